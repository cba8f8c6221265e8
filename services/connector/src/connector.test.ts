import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLog } from '@binnacle/log/log';
import {
  CONFIGURATION,
  type ConnectorUnderTest,
  type Credential,
  credentialOf,
  REVOKE,
  signDocument,
  startConnectorUnderTest,
} from './testing/connector-under-test.ts';
import { NEW_KEY, newRequest, type OpenSsl, openSsl, requestForKey, subjectOf } from './testing/openssl.ts';

/** For what is to fail and be logged. */
async function quietly<T>(body: () => Promise<T>): Promise<T> {
  startLog({ service: 'connector', level: 'silent' });
  try {
    return await body();
  } finally {
    startLog({ service: 'connector', level: 'error' });
  }
}

const decode = (text: string): string => Buffer.from(text, 'base64').toString();
const blocksOf = (pem: string): readonly X509Certificate[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n/g) ?? []).map((block) => new X509Certificate(block));

describe('the Connector', () => {
  let connector: ConnectorUnderTest;
  let ssl: OpenSsl;
  beforeAll(async () => {
    connector = await startConnectorUnderTest();
    ssl = openSsl();
  });
  afterAll(async () => {
    ssl.remove();
    await connector.stop();
  });

  /** An identity with a certificate, whose key lies in `<name>.key`. */
  async function enrolled(name = 'client'): Promise<{ readonly authId: string; readonly credential: Credential; readonly pem: string }> {
    const authId = await connector.identity();
    const csr = await newRequest(ssl, subjectOf(authId), { name });
    const { data, errors } = await connector.sign(await connector.spentToken(authId), csr);
    if (errors) throw new Error(JSON.stringify(errors));
    return { authId, credential: credentialOf(data.result.clientCertificate, authId), pem: decode(data.result.certificateChain) };
  }
  const messageOf = async (credential: Credential, csr: string): Promise<string> => {
    const { status, data, errors } = await connector.sign(credential, csr);
    expect({ status, data, path: errors[0].path }).toEqual({ status: 200, data: null, path: ['result'] });
    return errors[0].message as string;
  };

  it('leads from a token to a certificate as existing clients ask for it: alias, empty argument list, base64 of PEM', async () => {
    const authId = await connector.identity();
    const first = await connector.call(await connector.spentToken(authId), CONFIGURATION);
    expect(first).toMatchObject({ status: 200, errors: undefined });
    const { token, certificateSigningRequestInfo, managementPlaneInfo } = first.data.result;
    expect(token.token).toMatch(/^[A-Za-z0-9_-]{86}==$/);
    expect(certificateSigningRequestInfo).toEqual({ subject: `O=Org,OU=OrgUnit,L=Locality,ST=State,C=PL,CN=${authId}`, keyAlgorithm: 'rsa2048' });
    expect(managementPlaneInfo).toEqual({
      directorURL: 'https://gateway-mtls.test/director/graphql',
      certificateSecuredConnectorURL: 'https://gateway-mtls.test/connector/graphql',
    });

    const csr = await newRequest(ssl, subjectOf(authId), { newKey: NEW_KEY['rsa2048'] ?? '' });
    const { data } = await connector.sign(await connector.spend(token.token), csr);
    const [chain, ca, client] = ['certificateChain', 'caCertificate', 'clientCertificate'].map((name) => decode(data.result[name] as string));
    expect(chain).toBe(`${client}${ca}`);
    expect(blocksOf(chain ?? '')).toHaveLength(2);
    const [leaf, issuer] = blocksOf(chain ?? '');
    expect(leaf?.issuer).toBe(issuer?.subject);
    expect(leaf?.verify((issuer as X509Certificate).publicKey)).toBe(true);
    expect(leaf?.subject).toBe(`C=PL\nST=State\nL=Locality\nO=Org\nOU=OrgUnit\nCN=${authId}`);
    expect(leaf?.subjectAltName).toBe(`URI:spiffe://binnacle.test/tenant/${connector.scene.tenant}/application/${connector.scene.application}`);
    expect(leaf?.infoAccess).toContain('http://gateway.test/v1/pki/ocsp');
    const days = (Date.parse(leaf?.validTo ?? '') - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(89.9);
    expect(days).toBeLessThan(90.1);
  });

  it('answers the two names of a certificate: subject and SPIFFE id of a runtime', async () => {
    const authId = await connector.identity('Runtime');
    const { data } = await connector.sign(await connector.spentToken(authId), await newRequest(ssl, subjectOf(authId)));
    const leaf = new X509Certificate(decode(data.result.clientCertificate as string));
    expect(leaf.subjectAltName).toBe(`URI:spiffe://binnacle.test/tenant/${connector.scene.tenant}/runtime/${connector.scene.runtime}`);
  });

  it.each(Object.keys(NEW_KEY))('certifies a key of kind %s, and openssl accepts the chain', async (kind) => {
    const authId = await connector.identity();
    const csr = await newRequest(ssl, subjectOf(authId), { newKey: NEW_KEY[kind] ?? '', name: 'kind' });
    const { data, errors } = await connector.sign(await connector.spentToken(authId), csr);
    expect(errors).toBeUndefined();
    ssl.write('leaf.pem', decode(data.result.clientCertificate as string));
    ssl.write('ca.pem', decode(data.result.caCertificate as string));
    ssl.write('roots.pem', await (await fetch(`${connector.url}/v1/pki/roots.pem`)).text());
    const verified = await ssl.run('verify -x509_strict -purpose sslclient -CAfile roots.pem -untrusted ca.pem leaf.pem');
    expect(verified).toEqual({ code: 0, output: 'leaf.pem: OK\n' });
  });

  it('gives each certificate a serial number of its own (T5)', async () => {
    const rows = await connector.scene.sql<{ serial: string }>(`select encode(serial, 'hex') as serial from certificate`);
    expect(new Set(rows.map(({ serial }) => serial)).size).toBe(rows.length);
    expect(rows.every(({ serial }) => serial.length === 32)).toBe(true);
  });

  describe('over mutual TLS', () => {
    it('tells the same configuration as for a token, with a token that is good', async () => {
      const { authId, credential } = await enrolled();
      const withToken = await connector.call(await connector.spentToken(authId), CONFIGURATION);
      const withCertificate = await connector.call(credential, CONFIGURATION);
      const { token: one, ...rest } = withToken.data.result;
      const { token: two, ...restAgain } = withCertificate.data.result;
      expect(restAgain).toEqual(rest);
      expect(two.token).not.toBe(one.token);
      const again = await connector.sign(await connector.spend(two.token), await requestForKey(ssl, subjectOf(authId), 'client.key'));
      expect(again.errors).toBeUndefined();
    });

    it('writes nothing for a poll', async () => {
      const { credential } = await enrolled();
      const rows = () =>
        connector.scene.sql('select (select json_agg(t) from one_time_token t)::text as tokens, (select json_agg(c) from certificate c)::text as certificates');
      const before = await rows();
      for (let n = 0; n < 20; n += 1) expect((await connector.call(credential, CONFIGURATION)).errors).toBeUndefined();
      expect(await rows()).toEqual(before);
    });

    it('renews, with the same key and with another, and leaves the old certificate valid', async () => {
      const { authId, credential, pem } = await enrolled();
      const same = await connector.sign(credential, await requestForKey(ssl, subjectOf(authId), 'client.key'));
      const other = await connector.sign(credential, await newRequest(ssl, subjectOf(authId), { name: 'other' }));
      expect([same.errors, other.errors]).toEqual([undefined, undefined]);
      const [old] = blocksOf(pem);
      const fresh = new X509Certificate(decode(same.data.result.clientCertificate as string));
      expect(fresh.serialNumber).not.toBe(old?.serialNumber);
      expect((await connector.call(credential, CONFIGURATION)).errors).toBeUndefined();
      const vias = await connector.scene.sql<{ via: string }>('select via from certificate where auth_id = $1 order by id', [authId]);
      expect(vias.map(({ via }) => via)).toEqual(['token', 'renewal', 'renewal']);
    });

    it('revokes the certificate that is shown, and no other; twice is no error', async () => {
      const { authId, credential } = await enrolled();
      const second = await connector.sign(credential, await newRequest(ssl, subjectOf(authId), { name: 'second' }));
      expect((await connector.call(credential, REVOKE)).data).toEqual({ result: true });
      expect((await connector.call(credential, REVOKE)).data).toEqual({ result: true });
      expect((await connector.call(credential, CONFIGURATION)).errors[0].extensions.code).toBe('UNAUTHENTICATED');
      const stillGood = credentialOf(second.data.result.clientCertificate as string, authId);
      expect((await connector.call(stillGood, CONFIGURATION)).errors).toBeUndefined();
    });

    it('renews for the living only (B10): not when revoked, not when the identity is gone', async () => {
      const revoked = await enrolled();
      await connector.call(revoked.credential, REVOKE);
      expect(await messageOf(revoked.credential, await requestForKey(ssl, subjectOf(revoked.authId), 'client.key'))).toBe(
        'Error while signing Certificate Signing Request: the client certificate is revoked',
      );
      const gone = await enrolled();
      await connector.scene.sql('delete from system_auth where id = $1', [gone.authId]);
      expect(await messageOf(gone.credential, await requestForKey(ssl, subjectOf(gone.authId), 'client.key'))).toBe(
        `Error while signing Certificate Signing Request: the identity ${gone.authId} does not exist any more`,
      );
    });

    it('does not renew for somebody else than the holder', async () => {
      const [one, two] = [await enrolled('one'), await enrolled('two')];
      const mixed = { ...one.credential, authId: two.authId };
      expect(await messageOf(mixed, await newRequest(ssl, subjectOf(two.authId)))).toContain('the client certificate is not one of this identity');
    });

    it('answers 500 revocations at once with 500 revoked certificates (T11)', async () => {
      const authId = await connector.identity();
      const csr = await newRequest(ssl, subjectOf(authId));
      const token = { kind: 'token', authId } as const;
      const certificates: Credential[] = [];
      for (let n = 0; n < 500; n += 1) certificates.push(credentialOf((await connector.sign(token, csr)).data.result.clientCertificate as string, authId));
      const answers = await Promise.all(certificates.map((credential) => connector.call(credential, REVOKE)));
      expect(answers.every(({ data }) => data?.result === true)).toBe(true);
      expect(await connector.scene.sql('select count(*)::int as revoked from certificate where auth_id = $1 and revoked_at is not null', [authId])).toEqual([
        { revoked: 500 },
      ]);
    });
  });

  describe('refuses requests in the words of the contract', () => {
    const signing = 'Error while signing Certificate Signing Request: ';
    let token: Credential;
    let authId: string;
    beforeAll(async () => {
      authId = await connector.identity();
      token = { kind: 'token', authId };
    });
    const request = (subject: string, more = '', newKey?: string): Promise<string> =>
      newRequest(ssl, subject, { name: 'refused', more, ...(newKey === undefined ? {} : { newKey }) });

    it('what is not base64', async () => {
      const words = 'Error while decoding Certificate Signing Request: Error while parsing base64 content. Incorrect value provided.';
      for (const csr of ['wrong-csr', 'a b', 'abc', 'ä']) expect(await messageOf(token, csr)).toBe(words);
    });

    it('what is base64 and no PEM', async () => {
      for (const csr of ['wrongCSR', '', Buffer.from('-----BEGIN X-----').toString('base64')])
        expect(await messageOf(token, csr)).toBe(`${signing}Error while decoding pem block.`);
    });

    it('what is PEM and no request', async () => {
      const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from('nonsense').toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
      expect(await messageOf(token, Buffer.from(pem).toString('base64'))).toMatch(
        /^Error while signing Certificate Signing Request: Error while parsing CSR: /,
      );
    });

    it('a signature that does not match', async () => {
      const der = Buffer.from(decode(await request(subjectOf(authId))).replace(/-----.*-----/g, ''), 'base64');
      der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
      const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
      expect(await messageOf(token, Buffer.from(pem).toString('base64'))).toMatch(/^Error while signing Certificate Signing Request: CSR signature invalid: /);
    });

    it('a common name that is not the identity', async () => {
      const other = await connector.identity();
      for (const subject of [subjectOf(other), '/O=Org/OU=OrgUnit/L=Locality/ST=State/C=PL', subjectOf(authId.toUpperCase())])
        expect(await messageOf(token, await request(subject))).toBe(`${signing}CSR: Invalid common name provided.`);
    });

    it.each([
      ['country', 'C', 'DE'],
      ['organization', 'O', 'Other'],
      ['organizational unit', 'OU', 'Other'],
      ['locality', 'L', 'Other'],
      ['province', 'ST', 'Other'],
    ])('a subject whose %s is missing or another', async (word, type, other) => {
      const parts = ['O=Org', 'OU=OrgUnit', 'L=Locality', 'ST=State', 'C=PL'];
      const without = parts.filter((part) => !part.startsWith(`${type}=`));
      expect(await messageOf(token, await request(subjectOf(authId, `/${without.join('/')}`)))).toBe(`${signing}CSR: No ${word} provided.`);
      expect(await messageOf(token, await request(subjectOf(authId, `/${[...without, `${type}=${other}`].join('/')}`)))).toBe(
        `${signing}CSR: Invalid ${word} provided.`,
      );
    });

    it('a subject with more in it than it should have (T2): identity takeover by another attribute', async () => {
      const victim = await connector.identity();
      for (const extra of [`/serialNumber=CN=${victim}`, `/street=CN=${victim}`, `/CN=${victim}`, '/O=Org', '/emailAddress=a@b.c'])
        expect(await messageOf(token, await request(`${subjectOf(authId)}${extra}`))).toContain('CSR: Invalid');
    });

    it('weak keys and weak signatures (T4)', async () => {
      const invalidKey = `${signing}CSR: Invalid key`;
      expect(await messageOf(token, await request(subjectOf(authId), '', '-newkey rsa:1024'))).toBe(invalidKey);
      expect(await messageOf(token, await request(subjectOf(authId), '', '-newkey rsa:512'))).toBe(invalidKey);
      expect(await messageOf(token, await request(subjectOf(authId), '', '-newkey ec -pkeyopt ec_paramgen_curve:secp224r1'))).toBe(invalidKey);
      expect(await messageOf(token, await request(subjectOf(authId), '', '-newkey ec -pkeyopt ec_paramgen_curve:secp256k1'))).toBe(invalidKey);
      expect(await messageOf(token, await request(subjectOf(authId), '-sha1', '-newkey rsa:2048'))).toBe(`${signing}CSR: Invalid signature algorithm`);
    });

    it('extensions that are not given (B7), and accepts the one that is', async () => {
      for (const extension of ['basicConstraints=critical,CA:TRUE', 'subjectAltName=DNS:example.com', 'subjectAltName=URI:spiffe://binnacle.test/else'])
        expect(await messageOf(token, await request(subjectOf(authId), `-addext "${extension}"`))).toContain('CSR: Invalid extension requested');
      const own = `subjectAltName=URI:spiffe://binnacle.test/tenant/${connector.scene.tenant}/application/${connector.scene.application}`;
      expect((await connector.sign(token, await request(subjectOf(authId), `-addext "${own}"`))).errors).toBeUndefined();
    });

    it('the key of another identity, and the key of an authority (B6)', async () => {
      await enrolled('foreign');
      expect(await messageOf(token, await requestForKey(ssl, subjectOf(authId), 'foreign.key'))).toBe(`${signing}CSR: Invalid key`);
    });

    it('any key but the one that the enrolment is bound to (B4)', async () => {
      const bound = await connector.identity();
      await newRequest(ssl, subjectOf(bound), { name: 'bound' });
      await ssl.run('pkey -in bound.key -pubout -outform DER -out bound.der');
      const { output } = await ssl.run('dgst -sha256 -hex bound.der');
      await connector.scene.sql(`update system_auth set bound_spki_sha256 = decode($2, 'hex') where id = $1`, [bound, output.trim().split('= ')[1]]);
      expect(await messageOf({ kind: 'token', authId: bound }, await newRequest(ssl, subjectOf(bound), { name: 'thief' }))).toBe(`${signing}CSR: Invalid key`);
      expect((await connector.sign({ kind: 'token', authId: bound }, await requestForKey(ssl, subjectOf(bound), 'bound.key'))).errors).toBeUndefined();
    });

    it('line breaks inside the base64 are no reason', async () => {
      const csr = (await request(subjectOf(authId))).replace(/(.{64})/g, '$1\\n');
      expect((await connector.sign(token, csr)).errors).toBeUndefined();
    });
  });

  describe('believes the Gateway alone', () => {
    const victimHeaders = (authId: string) => ({
      'client-id-from-certificate': authId,
      'client-id-from-token': authId,
      'client-certificate-hash': 'ab'.repeat(32),
    });
    const post = async (headers: Readonly<Record<string, string>>, query: string): Promise<{ status: number; text: string }> => {
      const response = await fetch(`${connector.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query }),
      });
      return { status: response.status, text: await response.text() };
    };

    it('refuses identity headers without a token, and with one that nobody signed (T1)', async () => {
      const victim = await connector.identity();
      const csr = await newRequest(ssl, subjectOf(victim));
      const header = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
      const claims = Buffer.from(JSON.stringify({ tenant: JSON.stringify({ consumerTenant: connector.scene.tenant }), consumerType: 'Application' })).toString(
        'base64url',
      );
      const before = connector.events.length;
      for (const authorization of [undefined, `Bearer ${header}.${claims}.`, `Bearer ${header}.${claims}.x`]) {
        const { status, text } = await post({ ...victimHeaders(victim), ...(authorization ? { authorization } : {}) }, signDocument(csr));
        expect({ status, errors: JSON.parse(text).errors[0].extensions.code }).toEqual({ status: 401, errors: 'UNAUTHENTICATED' });
      }
      expect(await connector.scene.sql('select from certificate where auth_id = $1', [victim])).toEqual([]);
      expect(connector.events.slice(before).map(({ action }) => action)).toEqual(['call.unauthenticated', 'call.unauthenticated', 'call.unauthenticated']);
    });

    it('does not take the identity of headers beside a signed token', async () => {
      const [victim, attacker] = [await connector.identity(), await connector.identity()];
      const { errors } = await connector.sign({ kind: 'token', authId: attacker }, await newRequest(ssl, subjectOf(victim)), {
        headers: victimHeaders(victim),
      });
      expect(errors[0].message).toContain('CSR: Invalid common name provided.');
      expect((await connector.call(undefined, CONFIGURATION, { headers: victimHeaders(victim) })).errors).toHaveLength(1);
    });

    it('answers 401 to a short Authorization, and the connection stays usable (T9)', async () => {
      for (const authorization of ['abc', 'B', 'Bearer', 'Bearer x']) expect((await post({ authorization }, CONFIGURATION)).status).toBe(401);
      expect((await fetch(`${connector.url}/healthz`)).status).toBe(200);
    });

    it('does not take a token that was made for another service', async () => {
      const { errors, status } = await connector.call(undefined, CONFIGURATION, { headers: { authorization: 'Bearer eyJhbGciOiJFUzI1NiJ9.e30.AAAA' } });
      expect([status, errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
    });

    it('tells callers without token and certificate so', async () => {
      const neither =
        'Token authentication error: Failed to authenticate with one time token.. Certificate authentication error: Failed to authenticate with Certificate. Invalid subject.';
      const none = await connector.call(undefined, CONFIGURATION);
      expect(none).toMatchObject({ status: 200, data: null, errors: [{ message: `Failed to authenticate request. ${neither}`, path: ['result'] }] });
      const sign = await connector.sign(undefined as unknown as Credential, 'x');
      expect(sign.errors[0].message).toBe(`Failed to authenticate with token: Failed to authenticate request. ${neither}`);
      const revoke = await connector.call({ kind: 'token', authId: await connector.identity() }, REVOKE);
      expect(revoke.errors[0].message).toBe('Failed to authenticate with certificate: Failed to authenticate with Certificate. Invalid subject.');
    });

    it('gives tokens to Applications and Runtimes of a tenant only', async () => {
      const token: Credential = { kind: 'token', authId: await connector.identity() };
      const prefix = 'Failed to get one-time token during fetching configuration process: could not get one time token: ';
      const noTenant = await connector.call(token, CONFIGURATION, { tenant: undefined });
      expect(noTenant.errors[0].message).toBe(`${prefix}Failed to authenticate request, tenant not found: cannot read TenantKey key from context`);
      const system = await connector.call(token, CONFIGURATION, { consumerType: 'Integration System' });
      expect(system.errors[0].message).toBe(`${prefix}No token generation for consumer type Integration System`);
    });
  });

  describe('lets one token buy one answer', () => {
    it('when the call that it was spent for comes twice: one certificate, and the same answer again', async () => {
      const authId = await connector.identity();
      const token = await connector.spentToken(authId);
      const csr = await newRequest(ssl, subjectOf(authId));
      const [one, two, three] = await Promise.all([connector.sign(token, csr), connector.sign(token, csr), connector.sign(token, csr)]);
      expect(two.data).toEqual(one.data);
      expect(three.data).toEqual(one.data);
      expect(await connector.scene.sql('select from certificate where auth_id = $1', [authId])).toHaveLength(1);
    });

    it('and refuses another request for it', async () => {
      const authId = await connector.identity();
      const token = await connector.spentToken(authId);
      expect((await connector.sign(token, await newRequest(ssl, subjectOf(authId)))).errors).toBeUndefined();
      expect(await messageOf(token, await newRequest(ssl, subjectOf(authId)))).toContain('the one-time token was spent on another certificate');
    });

    it('gives a repeated configuration with an idempotency key the same token, which still works once', async () => {
      const authId = await connector.identity();
      const token = await connector.spentToken(authId);
      const headers = { 'idempotency-key': 'again' };
      const [one, two] = [await connector.call(token, CONFIGURATION, { headers }), await connector.call(token, CONFIGURATION, { headers })];
      expect(two.data).toEqual(one.data);
      await connector.spend(one.data.result.token.token as string);
      await expect(connector.spend(one.data.result.token.token as string)).rejects.toThrow('refused');
    });

    it('and the newest token of an identity is the only one that works', async () => {
      const authId = await connector.identity();
      const [one, two] = [await connector.call({ kind: 'token', authId }, CONFIGURATION), await connector.call({ kind: 'token', authId }, CONFIGURATION)];
      await expect(connector.spend(one.data.result.token.token as string)).rejects.toThrow('superseded');
      await connector.spend(two.data.result.token.token as string);
    });
  });

  it('hands out no certificate whose record or audit event cannot be stored (B21)', async () => {
    const authId = await connector.identity();
    const csr = await newRequest(ssl, subjectOf(authId));
    await connector.scene.sql(`create function full_disk() returns trigger language plpgsql as $$ begin raise 'disk is full'; end $$`);
    await connector.scene.sql('create trigger full_disk before insert on certificate for each row execute function full_disk()');
    const notRecorded = await quietly(() => connector.sign({ kind: 'token', authId }, csr));
    await connector.scene.sql('drop trigger full_disk on certificate');
    connector.failAudit('the audit log is full');
    const notAudited = await quietly(() => connector.sign({ kind: 'token', authId }, csr));
    connector.failAudit(undefined);
    for (const { data, errors } of [notRecorded, notAudited])
      expect({ data, text: errors[0].message }).toEqual({ data: null, text: expect.stringMatching(/^Internal Server Error \[errorID=/) });
    expect(await connector.scene.sql('select from certificate where auth_id = $1', [authId])).toEqual([]);
    expect((await connector.sign({ kind: 'token', authId }, csr)).errors).toBeUndefined();
  });

  it('limits what one identity may have signed in an hour, and says so', async () => {
    const limited = await startConnectorUnderTest({ signingLimits: { perIdentityAnHour: 2, perTenantAMinute: 100 } });
    try {
      const authId = await limited.identity();
      const token: Credential = { kind: 'token', authId };
      const csr = await newRequest(ssl, subjectOf(authId));
      expect([(await limited.sign(token, csr)).errors, (await limited.sign(token, csr)).errors]).toEqual([undefined, undefined]);
      const { errors } = await limited.sign(token, csr);
      expect(errors[0]).toMatchObject({
        message: expect.stringContaining('this identity may have 2 certificates signed an hour'),
        extensions: { code: 'RATE_LIMITED' },
      });
    } finally {
      await limited.stop();
    }
  });

  it('leaves no token in the database', async () => {
    const authId = await connector.identity();
    const { data } = await connector.call(await connector.spentToken(authId), CONFIGURATION);
    const rows = await connector.scene.sql<{ found: boolean }>(`select bool_or(t::text like '%' || $1 || '%') as found from one_time_token t`, [
      data.result.token.token,
    ]);
    expect(rows).toEqual([{ found: false }]);
  });
});
