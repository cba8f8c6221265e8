import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { type DoorCall, type DoorsUnderTest, startDoorsUnderTest } from '../testing/doors-under-test.ts';

const HASH = 'f4cf22fb633d4df500e371daf703d4b4d14a0ea9d69cd631f95f9e6ba840f8ad';
const SUPER_ADMIN = {
  subject: 'C=DE, L=local, O=SAP SE, OU=Region, OU=SAP Cloud Platform Clients, OU=client-1, CN=compass',
  consumer_type: 'Super Admin',
  tenant_access_levels: ['account', 'global'],
};

describe('the hydrator', () => {
  let guarded: DoorsUnderTest;
  let open: DoorsUnderTest;
  beforeAll(async () => {
    const env = { APP_SUBJECT_CONSUMER_MAPPING_CONFIG: JSON.stringify([SUPER_ADMIN]), GATEWAY_REFUSED_TOKENS_PER_MINUTE: '1000' };
    guarded = await startDoorsUnderTest(env);
    open = await startDoorsUnderTest({ ...env, GATEWAY_OPEN_HYDRATOR: 'true' }, guarded.scene);
  });
  afterAll(async () => {
    await open.stop();
    await guarded.stop();
  });

  const ask = (doors: DoorsUnderTest, path: string, body: string, headers: DoorCall['headers'] = {}, method = 'POST') =>
    doors.call({ at: 'internal', path: `/hydrators${path}`, body, headers, method });

  it.each(['/v1/tokens/resolve', '/v1/certificate/data/resolve', '/tenant-mapping', '/authn-mapping/any'])(
    '%s answers services only, who show themselves beside the token of the caller',
    async (path) => {
      for (const headers of [{}, { authorization: 'Bearer abc' }, { 'x-authorization': 'Bearer abc' }, { authorization: `Bearer ${guarded.serviceToken()}x` }])
        expect((await ask(guarded, path, '{"subject":"x"}', headers)).status).toBe(401);
      expect((await ask(guarded, path, '{"subject":"x"}', { authorization: `Bearer ${guarded.serviceToken()}` })).status).toBe(200);
      expect(
        (
          await ask(guarded, path, '{"subject":"x"}', {
            'x-authorization': `Bearer ${guarded.serviceToken()}`,
            authorization: 'Bearer of-the-caller',
            tenant: 'acme',
          })
        ).status,
      ).toBe(200);
      expect((await ask(open, path, '{"subject":"x"}', { 'x-authorization': 'Bearer anything' })).status).toBe(200);
      expect((await guarded.call({ path: `/hydrators${path}` })).status).toBe(404);
    },
  );

  it('resolves a one-time token once, from the header or the query', async () => {
    const authId = await open.identity();
    const token = await open.token(authId);
    const resolved = `{"subject":"x","extra":null,"header":{"Client-Id-From-Token":["${authId}"]}}`;
    expect((await ask(open, '/v1/tokens/resolve', '{"subject":"x"}', { 'connector-token': token })).text).toBe(resolved);
    expect((await ask(open, '/v1/tokens/resolve', '{"subject":"x"}', { 'connector-token': token })).text).toBe('{"subject":"x","extra":null,"header":null}');
    const next = await open.token(authId);
    expect((await ask(open, `/v1/tokens/resolve?token=${next}`, '{"subject":"x"}')).text).toBe(resolved);
    for (const headers of [{}, { 'connector-token': 'unknown-token-00000' }])
      expect((await ask(open, '/v1/tokens/resolve', '{"subject":"s","extra":{"b":1,"a":2},"header":{"X":["y"]}}', headers)).text).toBe(
        '{"subject":"s","extra":{"a":2,"b":1},"header":{"X":["y"]}}',
      );
  });

  it.each(['/v1/tokens/resolve', '/v1/certificate/data/resolve'])('%s says what is wrong with what is no envelope', async (path) => {
    for (const body of ['nonsense', '[]', '{"subject":1}']) {
      const answer = await ask(open, path, body);
      expect(answer.status).toBe(400);
      expect(answer.json.errors[0].message).toMatch(/^failed to decode /);
    }
  });

  it('resolves a certificate by the text of its subject where that is believed, and only then', async () => {
    const data = (subject: string): string => `By=spiffe://cluster.local/ns/kyma-system/sa/default;Hash=${HASH};Subject="${subject}";URI=`;
    const subject = 'CN=cid-1,OU=OrgUnit,O=Org,L=Locality,ST=State,C=PL';
    const given = '{"subject":"","extra":null,"header":null}';
    const answer = await ask(open, '/v1/certificate/data/resolve', given, { 'certificate-data': data(subject) });
    expect(answer.text).toBe(
      `{"subject":"","extra":{},"header":{"Client-Certificate-Hash":["${HASH}"],"Client-Certificate-Issuer":["connector"],"Client-Id-From-Certificate":["cid-1"],"Subject-From-Certificate":["${subject}"]}}`,
    );
    const guardedAsk = (text: string) =>
      ask(guarded, '/v1/certificate/data/resolve', given, { 'certificate-data': text, 'x-authorization': `Bearer ${guarded.serviceToken()}` });
    expect((await guardedAsk(data(subject))).text).toBe(given);
    const authId = await guarded.identity();
    const { fingerprint } = await guarded.issue(authId);
    const known = data(subject.replace('cid-1', authId)).replace(HASH, fingerprint);
    expect((await guardedAsk(known)).json.header['Client-Id-From-Certificate']).toEqual([authId]);
    await guarded.scene.sql(`update certificate set revoked_at = now() where fingerprint_sha256 = decode($1, 'hex')`, [fingerprint]);
    for (const doors of [guarded, open]) {
      const again = () =>
        ask(doors, '/v1/certificate/data/resolve', given, { 'certificate-data': known, 'x-authorization': `Bearer ${guarded.serviceToken()}` });
      for (const end = performance.now() + 2_000; (await again()).text !== given; ) expect(performance.now()).toBeLessThan(end);
    }
    for (const odd of [
      data('serialNumber=CN=victim,CN=attacker,OU=OrgUnit,O=Org,L=Locality,ST=State'),
      data('CN=a,O=Org'),
      'nonsense',
      `Hash=${HASH}`,
      `${data(subject)},${data(subject)}`,
    ])
      expect((await ask(open, '/v1/certificate/data/resolve', given, { 'certificate-data': odd })).text).toBe(given);
    expect((await ask(open, '/v1/certificate/data/resolve', given)).text).toBe(given);
  });

  it('resolves a mapped certificate of an external authority', async () => {
    const subject = 'CN=compass,OU=client-1,OU=SAP Cloud Platform Clients,OU=Region,O=SAP SE,L=local,C=DE';
    const answer = await ask(open, '/v1/certificate/data/resolve', '{"subject":""}', { 'certificate-data': `Hash=${HASH};Subject="${subject}";URI=` });
    expect(answer.text).toBe(
      `{"subject":"","extra":{"consumer_type":"Super Admin","internal_consumer_id":"","tenant_access_levels":["account","global"]},"header":{"Client-Certificate-Hash":["${HASH}"],"Client-Certificate-Issuer":["certificate-service"],"Client-Id-From-Certificate":["client-1"],"Subject-From-Certificate":["${subject}"]}}`,
    );
    const mapped = await ask(open, '/tenant-mapping', answer.text, { tenant: 'acme' });
    expect(mapped.json.extra).toMatchObject({
      consumerType: 'Super Admin',
      consumerID: 'client-1',
      flow: 'Certificate',
      tenant: JSON.stringify({ consumerTenant: open.scene.tenant, externalTenant: 'acme' }),
    });
  });

  it('fills in tenant and rights of whoever was resolved', async () => {
    const authId = await open.identity('Runtime');
    const map = async (envelope: object, headers: DoorCall['headers'] = {}) => (await ask(open, '/tenant-mapping', JSON.stringify(envelope), headers)).json;
    const own = JSON.stringify({ consumerTenant: open.scene.tenant, externalTenant: 'acme' });
    for (const [header, flow] of [
      ['Client-Id-From-Token', 'OneTimeToken'],
      ['Client-Id-From-Certificate', 'Certificate'],
    ] as const) {
      const { subject, extra } = await map({ subject: 's', extra: null, header: { [header]: [authId] } });
      expect(subject).toBe('s');
      expect(extra).toMatchObject({ consumerID: open.scene.runtime, consumerType: 'Runtime', flow, tenant: own, onBehalfOf: '' });
      expect(extra.scope.split(' ')).toContain('runtime:write');
    }
    expect((await map({ subject: 's', extra: { client_id: authId, scope: 'runtime:read' } })).extra).toMatchObject({
      flow: 'OAuth2',
      scope: 'runtime:read',
      tenant: own,
    });
    expect((await map({ subject: 's', extra: { name: 'jo', groups: ['operators'] } }, { tenant: 'acme' })).extra).toMatchObject({
      consumerType: 'Static User',
      flow: 'JWT',
      tenant: own,
    });
    expect((await map({ subject: 's', header: { 'Client-Id-From-Token': [newUuidV7()] } })).extra).toBeNull();
    expect((await ask(open, '/tenant-mapping', 'nonsense')).text).toBe('{"subject":"","extra":null,"header":null}');
    expect(await ask(open, '/tenant-mapping', '', {}, 'GET')).toMatchObject({ status: 400, text: 'Bad request method. Got GET, expected POST' });
  });

  it('knows no authenticators of its own, and says so', async () => {
    expect((await ask(open, '/authn-mapping/subscriber', '{"subject":"x"}')).text).toBe(
      '{"subject":"x","extra":{"error":{"message":"Missing authenticator"}},"header":null}',
    );
    expect(await ask(open, '/authn-mapping/subscriber', '')).toMatchObject({ status: 200, text: 'Unable to parse request data' });
    expect(await ask(open, '/authn-mapping/subscriber', '', {}, 'GET')).toMatchObject({ status: 200, text: 'Bad request method. Got GET, expected POST' });
  });

  it('has doors to the Director beside it, for services with fixed rights and the tenant they name', async () => {
    const headers = { authorization: `Bearer ${guarded.serviceToken()}`, tenant: guarded.scene.tenant };
    for (const path of ['/director/graphql', '/graphql']) {
      expect((await guarded.call({ at: 'internal', path, headers })).status).toBe(200);
      expect(guarded.seen.at(-1)?.url).toBe('/graphql');
      const caller = await guarded.callerOf(guarded.seen.at(-1));
      expect(caller).toMatchObject({ consumerType: 'Internal Component', flow: 'Internal', tenant: guarded.scene.tenant });
      expect(caller.scopes.has('ory_internal')).toBe(true);
      expect((await guarded.call({ at: 'internal', path })).status).toBe(401);
      expect((await guarded.call({ at: 'internal', path, headers: { ...headers, tenant: 'acme' } })).status).toBe(400);
    }
  });
});
