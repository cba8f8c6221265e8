import { X509Certificate } from 'node:crypto';
import { startLog } from '@binnacle/log/log';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Credential } from '../../services/connector/src/testing/connector-under-test.ts';
import { newRequest, type OpenSsl, openSsl, requestForKey, subjectOf } from '../../services/connector/src/testing/openssl.ts';
import { type LegacyScene, startLegacyScene } from './legacy-scene.ts';

const decode = (text: string): string => Buffer.from(text, 'base64').toString();
const blocksOf = (pem: string): readonly X509Certificate[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n/g) ?? []).map((block) => new X509Certificate(block));

const INFO = '/v1/applications/signingRequests/info';
const MANAGEMENT = '/v1/applications/management/info';
const CERTIFICATES = '/v1/applications/certificates';
const REFUSED = { code: 403, error: 'invalid token or certificate' };

describe('the older REST API for certificates', () => {
  let scene: LegacyScene;
  let ssl: OpenSsl;
  let authId: string;
  const token = async (): Promise<Credential> => scene.connector.spentToken(authId);
  beforeAll(async () => {
    scene = await startLegacyScene();
    ssl = openSsl();
    authId = await scene.connector.identity();
  });
  afterAll(async () => {
    ssl.remove();
    await scene.stop();
  });

  it('leads from a token to a certificate, to another one, and to none', async () => {
    const info = await scene.call('GET', INFO, await token());
    expect([info.status, info.type]).toEqual([200, 'application/json;charset=UTF-8']);
    const subject = `O=Org,OU=OrgUnit,L=Locality,ST=State,C=PL,CN=${authId}`;
    expect(info.json).toEqual({
      csrUrl: expect.stringMatching(/^https:\/\/adapter\.test\/v1\/applications\/certificates\?token=[A-Za-z0-9_-]{86}==$/),
      api: {
        eventsInfoUrl: '',
        eventsUrl: '',
        metadataUrl: 'https://adapter-mtls.test/mp-shop/v1/metadata/services',
        infoUrl: 'https://adapter-mtls.test/v1/applications/management/info',
        certificatesUrl: 'https://adapter.test/v1/applications/certificates',
      },
      certificate: { subject, extensions: '', 'key-algorithm': 'rsa2048' },
    });

    const spent = await scene.connector.spend((info.json.csrUrl as string).split('token=')[1] ?? '');
    const csr = await newRequest(ssl, subjectOf(authId));
    const made = await scene.call('POST', CERTIFICATES, spent, { csr });
    expect([made.status, Object.keys(made.json).sort()]).toEqual([201, ['caCrt', 'clientCrt', 'crt']]);
    const [leaf, ca, ...more] = blocksOf(decode(made.json.crt));
    expect(more).toEqual([]);
    expect([leaf, ca].map((block) => block?.fingerprint256)).toEqual(
      [decode(made.json.clientCrt), decode(made.json.caCrt)].map((pem) => new X509Certificate(pem).fingerprint256),
    );
    expect(leaf?.verify((ca as X509Certificate).publicKey)).toBe(true);

    const credential: Credential = {
      kind: 'certificate',
      authId,
      fingerprint: (leaf?.fingerprint256 ?? '').replaceAll(':', '').toLowerCase(),
      serial: (leaf?.serialNumber ?? '').toLowerCase(),
    };
    const management = await scene.call('GET', MANAGEMENT, credential);
    expect([management.status, management.json]).toEqual([
      200,
      {
        clientIdentity: { application: 'mp-shop' },
        urls: {
          eventsInfoUrl: '',
          eventsUrl: '',
          metadataUrl: 'https://adapter-mtls.test/mp-shop/v1/metadata/services',
          renewCertUrl: 'https://adapter-mtls.test/v1/applications/certificates/renewals',
          revokeCertUrl: 'https://adapter-mtls.test/v1/applications/certificates/revocations',
        },
        certificate: info.json.certificate,
      },
    ]);

    const renewal = { csr: await requestForKey(ssl, subjectOf(authId), 'client.key') };
    const renewed = await scene.call('POST', `${CERTIFICATES}/renewals`, credential, renewal);
    expect([renewed.status, blocksOf(decode(renewed.json.crt))]).toEqual([201, [expect.anything(), expect.anything()]]);
    const revoked = await scene.call('POST', `${CERTIFICATES}/revocations`, credential);
    expect(revoked).toMatchObject({ status: 201, text: '', type: 'application/json;charset=UTF-8' });
    for (const refused of [await scene.call('POST', `${CERTIFICATES}/renewals`, credential, renewal), await scene.call('GET', MANAGEMENT, credential)])
      expect([refused.status, refused.json]).toEqual([403, REFUSED]);
  });

  it('notes with the first call of a certificate that the Application is connected', async () => {
    const { credential } = await scene.enrol(ssl);
    const status = async (): Promise<string> => {
      const { application } = await scene.director('query ($id: ID!) { application(id: $id) { status { condition } } }', {
        id: scene.connector.scene.application,
      });
      return application.status.condition as string;
    };
    await scene.connector.scene.sql(`update application set status = 'INITIAL'`);
    await scene.call('GET', INFO, await token());
    expect(await status()).toBe('INITIAL');
    await scene.call('GET', MANAGEMENT, credential);
    expect(await status()).toBe('CONNECTED');
  });

  it('names the application by its name where it has no label', async () => {
    const { credential } = await scene.enrol(ssl);
    const { sql, application } = scene.connector.scene;
    await sql(`update application set labels = labels - 'name' where id = $1`, [application]);
    const { json } = await scene.call('GET', MANAGEMENT, credential);
    expect([json.clientIdentity.application, json.urls.metadataUrl]).toEqual(['shop', 'https://adapter-mtls.test/shop/v1/metadata/services']);
    expect((await scene.call('GET', '/shop/v1/metadata/services', credential)).status).toBe(200);
    await sql(`update application set labels = labels || '{"name": "mp-shop"}' where id = $1`, [application]);
  });

  it('tells where events go', async () => {
    const { json } = await scene.call('GET', INFO, await token());
    const { application } = await scene.director('query ($id: ID!) { application(id: $id) { eventingConfiguration { defaultURL } } }', {
      id: scene.connector.scene.application,
    });
    expect(json.api.eventsUrl).toBe(application.eventingConfiguration.defaultURL);
  });

  describe('refuses in the words that clients know', () => {
    const sign = async (body: unknown) => {
      const { status, json } = await scene.call('POST', CERTIFICATES, await token(), body);
      return [status, json.code, json.error] as const;
    };
    const signing = 'Failed to sign CSR: graphql: Error while signing Certificate Signing Request: ';

    it('a request that is no base64, no PEM, of somebody else, incomplete', async () => {
      const encoding =
        'Failed to sign CSR: graphql: Error while decoding Certificate Signing Request: Error while parsing base64 content. Incorrect value provided.';
      expect(await sign({ csr: 'wrong-csr' })).toEqual([400, 400, encoding]);
      expect(await sign({ csr: 'wrongCSR' })).toEqual([400, 400, `${signing}Error while decoding pem block.`]);
      for (const body of [{}, null, { csr: null }, { csr: '' }]) expect(await sign(body)).toEqual([400, 400, `${signing}Error while decoding pem block.`]);
      expect(await sign({ csr: await newRequest(ssl, subjectOf('somebody')) })).toEqual([400, 400, `${signing}CSR: Invalid common name provided.`]);
      const without = await newRequest(ssl, subjectOf(authId, '/O=Org/OU=OrgUnit/L=Locality/ST=State'));
      expect(await sign({ csr: without })).toEqual([400, 400, `${signing}CSR: No country provided.`]);
    });

    it('a body that is no JSON, and one of another shape', async () => {
      for (const body of ['', 'csr', '{"csr":', '[]', '"x"', '7', '{"csr":7}', '{"csr":["x"]}']) {
        const [status, code, error] = await sign(body);
        expect([status, code, error]).toEqual([
          400,
          400,
          expect.stringMatching(/^Failed to read certificate request: error while unmarshalling request body: %s: \S/),
        ]);
      }
    });

    it('takes white space in the request, and names of members in any case', async () => {
      const csr = (await newRequest(ssl, subjectOf(authId), { name: 'blank' })).replace(/(.{60})/g, '$1 \r\n\t');
      expect((await scene.call('POST', CERTIFICATES, await token(), { CSR: csr })).status).toBe(201);
    });

    it('a token that was spent on another certificate', async () => {
      const spent = await token();
      const other = await scene.connector.identity();
      expect((await scene.call('POST', CERTIFICATES, spent, { csr: await requestForKey(ssl, subjectOf(authId), 'blank.key') })).status).toBe(201);
      const again = await scene.call('POST', CERTIFICATES, spent, { csr: await newRequest(ssl, subjectOf(authId)) });
      expect([again.status, again.json]).toEqual([403, REFUSED]);
      expect(other).not.toBe(authId);
    });

    it('a caller whom the Gateway does not vouch for, and one without token and certificate', async () => {
      const paths = [
        ['GET', INFO],
        ['GET', MANAGEMENT],
        ['POST', CERTIFICATES],
        ['POST', `${CERTIFICATES}/renewals`],
        ['POST', `${CERTIFICATES}/revocations`],
        ['GET', scene.services],
      ] as const;
      const forged = { 'client-id-from-certificate': authId, 'client-certificate-hash': 'ab'.repeat(32), 'client-id-from-token': authId };
      for (const [method, path] of paths) {
        const nobody = await scene.call(method, path, undefined, method === 'POST' ? { csr: '' } : undefined, { headers: forged });
        expect([path, nobody.status, nobody.json]).toEqual([path, 403, REFUSED]);
        const person = await fetch(`${scene.connector.url}${path}`, {
          method,
          headers: { authorization: `Bearer ${scene.connector.internalToken(undefined)}` },
        });
        expect([path, person.status, await person.json()]).toEqual([path, 403, REFUSED]);
      }
    });

    it('a revocation by token, and a runtime that asks for what applications have', async () => {
      expect(await scene.call('POST', `${CERTIFICATES}/revocations`, await token())).toMatchObject({ status: 403, json: REFUSED });
      const { credential } = await scene.enrol(ssl);
      const runtime = { consumerType: 'Runtime', consumerId: scene.connector.scene.runtime } as const;
      expect(await scene.call('GET', MANAGEMENT, credential, undefined, runtime)).toMatchObject({ status: 403, json: REFUSED });
      expect(await scene.call('GET', scene.services, credential, undefined, runtime)).toMatchObject({ status: 403, json: REFUSED });
    });

    it('a caller without the scope', async () => {
      const { credential } = await scene.enrol(ssl);
      const reader = { scopes: ['application:read'] };
      expect(await scene.call('POST', scene.services, credential, {}, reader)).toMatchObject({
        status: 401,
        json: { code: 401, error: 'insufficient scopes provided [actual=application:read; required=application:write]' },
      });
      expect((await scene.call('GET', MANAGEMENT, credential, undefined, { scopes: [] })).status).toBe(401);
    });

    it('other methods with 405 and nothing else, other paths as plain text', async () => {
      for (const [method, path, allow] of [
        ['POST', INFO, 'GET'],
        ['DELETE', CERTIFICATES, 'POST'],
        ['PATCH', scene.services, 'GET, POST'],
        ['POST', '/v1/health', 'GET'],
      ] as const) {
        const response = await fetch(`${scene.connector.url}${path}`, { method });
        expect([response.status, await response.text(), response.headers.get('allow')]).toEqual([405, '', allow]);
      }
      for (const path of ['/v1/other', '/v1/applications', '/v1/applications/signingRequests/info/', '/shop/v1/metadata', '/v1/metadata/services'])
        expect(await scene.call('GET', path, undefined)).toMatchObject({ status: 404, text: '404 page not found\n', type: 'text/plain; charset=utf-8' });
    });

    it('a body that is too large, and keeps nothing of it', async () => {
      const { status, json } = await scene.call('POST', CERTIFICATES, await token(), { csr: 'A'.repeat(2_100_000) });
      expect([status, json]).toEqual([413, { code: 413, error: 'Payload Too Large' }]);
    });

    it('with a status of its own where the Connector itself is at fault, and tells nothing of the fault', async () => {
      await scene.connector.scene.sql(`create function full_disk() returns trigger language plpgsql as $$ begin raise 'disk is full'; end $$`);
      await scene.connector.scene.sql('create trigger full_disk before insert on certificate for each row execute function full_disk()');
      startLog({ service: 'connector', level: 'silent' });
      const [status, code, error] = await sign({ csr: await requestForKey(ssl, subjectOf(authId), 'blank.key') });
      startLog({ service: 'connector', level: 'error' });
      await scene.connector.scene.sql('drop trigger full_disk on certificate');
      expect([status, code, error]).toEqual([500, 500, expect.stringMatching(/^Internal Server Error \[errorID=/)]);
    });
  });

  it('is well', async () => {
    expect(await scene.call('GET', '/v1/health', undefined)).toMatchObject({ status: 200, text: '' });
  });
});
