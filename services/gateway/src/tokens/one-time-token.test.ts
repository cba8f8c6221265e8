import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { DOMAIN, type DoorCall, type DoorsUnderTest, QUERY, SIGN, startDoorsUnderTest } from '../testing/doors-under-test.ts';

describe('callers with one-time tokens', () => {
  let doors: DoorsUnderTest;
  let patient: DoorsUnderTest;
  let authId: string;
  let token: string;
  beforeAll(async () => {
    doors = await startDoorsUnderTest({ GATEWAY_REFUSED_TOKENS_PER_MINUTE: '100000' });
    patient = await startDoorsUnderTest({ GATEWAY_REFUSED_TOKENS_PER_MINUTE: '60', GATEWAY_TRUSTED_PROXIES: '127.0.0.1' }, doors.scene);
  });
  afterAll(async () => {
    await patient.stop();
    await doors.stop();
  });
  beforeEach(async () => {
    authId = await doors.identity();
    token = await doors.token(authId);
    doors.seen.length = 0;
  });

  const connector = (given: string | undefined, call: DoorCall = {}) =>
    doors.call({ at: 'http', path: '/connector/graphql', ...call, headers: { ...(given === undefined ? {} : { 'connector-token': given }), ...call.headers } });
  const REFUSED = { status: 401, json: { data: null, errors: [{ message: 'The request could not be authorized', extensions: { code: 'UNAUTHENTICATED' } }] } };
  const usedFor = async (): Promise<unknown> =>
    (await doors.scene.sql('select used_for, used_at is not null as used from one_time_token where auth_id = $1', [authId]))[0];

  it.each([
    ['in clear at a bare name', { at: 'http' }],
    ['with TLS at a bare name', { at: 'tls' }],
    ['with TLS at the name for tokens', { at: 'tls', label: 'compass-gateway' }],
  ] as const)('come in once, %s, and are told to the Connector as who they are', async (_, call) => {
    expect((await connector(token, call)).status).toBe(200);
    expect(await doors.callerOf(doors.seen.at(-1), 'connector')).toMatchObject({
      consumerId: doors.scene.application,
      consumerType: 'Application',
      flow: 'OneTimeToken',
      tenant: doors.scene.tenant,
      externalTenant: 'acme',
      systemAuthId: authId,
    });
    expect(await usedFor()).toEqual({ used_for: 'configuration', used: true });
    expect(doors.seen.at(-1)?.headers).not.toHaveProperty('connector-token');
    expect(JSON.stringify(doors.seen.at(-1))).not.toContain(token);
    // One that has been spent says so, to whoever holds it.
    expect(await connector(token, call)).toMatchObject({
      status: 401,
      json: {
        data: null,
        errors: [{ message: 'The request could not be authorized: the one-time token has been used', extensions: { code: 'UNAUTHENTICATED' } }],
      },
    });
    expect(doors.seen).toHaveLength(1);
  });

  it.each([
    ['no token', undefined],
    ['an empty one', ''],
    ['an unknown one', 'incorrectToken'],
    ['one of the right form that was never minted', `${'A'.repeat(86)}==`],
    ['text of another language', 'x") { id } inj: tenants { id } y: systemAuth(id: "z'],
    ['text with a backslash', 'a\\"){tenants{id}}aaaaaaaaaaaaaaaa'],
    ['ten thousand characters', 'a'.repeat(10_000)],
    ['a bearer token of the Gateway’s own', 'eyJhbGciOiJub25lIn0.e30.'],
  ] as const)('are refused in one and the same way with %s', async (_, given) => {
    expect(await connector(given)).toMatchObject(REFUSED);
    expect(doors.seen).toEqual([]);
  });

  it('are refused with one that has expired, and with one that a newer one has replaced', async () => {
    await doors.scene.sql(`update one_time_token set expires_at = now() - interval '1 second' where auth_id = $1`, [authId]);
    expect(await connector(token)).toMatchObject(REFUSED);
    const first = await doors.token(authId);
    const second = await doors.token(authId);
    expect(await connector(first)).toMatchObject(REFUSED);
    expect((await connector(second)).status).toBe(200);
  });

  it('say by their operation what the token is spent on', async () => {
    await connector(token, { body: SIGN });
    expect(await usedFor()).toMatchObject({ used_for: 'sign' });
    expect(await doors.callerOf(doors.seen.at(-1), 'connector')).toMatchObject({ flow: 'OneTimeToken', systemAuthId: authId });
  });

  it('wait with a certificate, but not with their configuration, where enrolments are approved first', async () => {
    await doors.scene.sql(
      `insert into trust_policy (tenant_id, enrolment_approval) values ($1, true) on conflict (tenant_id) do update set enrolment_approval = true`,
      [doors.scene.tenant],
    );
    const pending = await connector(token, { body: SIGN });
    expect(pending).toMatchObject({ status: 403, json: { errors: [{ extensions: { code: 'APPROVAL_PENDING' } }], data: null } });
    expect(pending.headers['retry-after']).toBe('30');
    expect(await usedFor()).toMatchObject({ used: false });
    await doors.scene.sql(`update system_auth set approved_at = now() where id = $1`, [authId]);
    expect((await connector(token, { body: SIGN })).status).toBe(200);
    await doors.scene.sql(`delete from trust_policy`);
  });

  it.each([
    ['no JSON', 'nonsense', 400],
    ['a document that cannot be read', JSON.stringify({ query: 'mutation {' }), 422],
    ['no operation of the name', JSON.stringify({ query: 'query a { b }', operationName: 'c' }), 422],
    ['two operations that are one too many', JSON.stringify([{ query: '{ a }' }]), 400],
  ] as const)('keep their token when they ask with %s', async (_, body, status) => {
    expect((await connector(token, { body })).status).toBe(status);
    expect(await usedFor()).toMatchObject({ used: false });
    expect((await connector(token)).status).toBe(200);
  });

  it('may repeat the same request with the same idempotency key, and no other', async () => {
    const headers = { 'idempotency-key': 'key-1' };
    expect((await connector(token, { headers, body: SIGN })).status).toBe(200);
    expect((await connector(token, { headers, body: SIGN })).status).toBe(200);
    const [first, second] = await Promise.all(doors.seen.map((call) => doors.callerOf(call, 'connector')));
    expect(first?.oneTimeTokenId).toBeDefined();
    expect(second?.oneTimeTokenId).toBe(first?.oneTimeTokenId);
    expect(doors.seen.at(-1)?.headers['idempotency-key']).toBe('key-1');
    expect((await connector(token, { headers, body: SIGN.replace('\\"x\\"', '\\"y\\"') })).status).toBe(401);
    expect((await connector(token, { headers: { 'idempotency-key': 'key-2' }, body: SIGN })).status).toBe(401);
    expect((await connector(token, { body: SIGN })).status).toBe(401);
    await doors.scene.sql(`update one_time_token set used_at = used_at - interval '31 seconds' where auth_id = $1`, [authId]);
    expect((await connector(token, { headers, body: SIGN })).status).toBe(401);
  });

  it('cannot work in a tenant that is not theirs', async () => {
    expect((await connector(token, { headers: { tenant: 'globex' } })).status).toBe(200);
    const caller = await doors.callerOf(doors.seen.at(-1), 'connector');
    expect(caller.tenant).toBeUndefined();
    expect(caller.externalTenant).toBe('globex');
    const next = await doors.token(authId);
    expect((await connector(next, { headers: { tenant: '"){tenants{' } })).status).toBe(400);
    expect((await connector(next)).status).toBe(200);
  });

  it.each([
    ['two tokens', () => ({ 'connector-token': [token, token] }), 400],
    ['a bearer token beside it', () => ({ authorization: 'Bearer abc' }), 400],
    ['the header written with an underscore', () => ({ 'connector-token': '', connector_token: token }), 401],
    ['the headers of an identity', () => ({ 'client-id-from-token': newUuidV7() }), 200],
    ['a short word where a bearer token belongs', () => ({ authorization: 'abc' }), 400],
  ] as const)('with %s', async (_, headers, status) => {
    expect((await connector(token, { headers: headers() })).status).toBe(status);
    if (status === 200) expect(await doors.callerOf(doors.seen.at(-1), 'connector')).toMatchObject({ systemAuthId: authId });
    else expect(await usedFor()).toMatchObject({ used: false });
  });

  it('get in nowhere else with it', async () => {
    const headers = { 'connector-token': token };
    expect((await doors.call({ at: 'http', path: '/director/graphql', headers })).status).toBe(401);
    for (const label of ['compass-gateway-auth-oauth', 'adapter-gateway', 'oauth2'])
      expect((await doors.call({ label, path: '/connector/graphql', headers })).status).toBe(404);
    expect(await usedFor()).toMatchObject({ used: false });
  });

  it('win once however many of them race, in two Gateways', async () => {
    const racers = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? doors : patient));
    for (let round = 0; round < 3; round += 1) {
      const contested = await doors.token(authId);
      const call = { at: 'http', path: '/connector/graphql', headers: { 'connector-token': contested, 'x-forwarded-for': `192.0.2.${round}` } } as const;
      const outcomes = await Promise.all(racers.map((racer) => racer.call(call)));
      expect(outcomes.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(outcomes.filter(({ status }) => status === 401)).toHaveLength(49);
    }
  });

  it('are held back when sixty tokens from their address were refused in a minute; others are not', async () => {
    const wrong = (address: string, given = 'wrong-token-0000000') =>
      patient.call({ at: 'http', path: '/connector/graphql', headers: { 'connector-token': given, 'x-forwarded-for': address } });
    const before = await doors.scene.sql<{ count: number }>(`select count(*)::int as count from audit where action = 'token.refused'`);
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => wrong('198.51.100.1')));
    const after = await doors.scene.sql<{ count: number }>(`select count(*)::int as count from audit where action = 'token.refused'`);
    expect(Number(after[0]?.count) - Number(before[0]?.count)).toBe(60);
    expect(outcomes.filter(({ status }) => status === 401)).toHaveLength(60);
    const [held] = outcomes.filter(({ status }) => status === 429);
    expect(held).toMatchObject({ json: { data: null, errors: [{ extensions: { code: 'RATE_LIMITED', retryable: true } }] } });
    expect(Number(held?.headers['retry-after'])).toBeGreaterThan(0);
    // The right token is not spent by a call that is held back.
    expect((await wrong('198.51.100.1', token)).status).toBe(429);
    expect((await wrong('198.51.100.2', token)).status).toBe(200);
    const certificate = await patient.issue(authId);
    expect((await patient.call({ at: 'mtls', certificate, headers: { 'x-forwarded-for': '198.51.100.1' } })).status).toBe(200);
  });

  it('leave a trace in the audit log, of use and of refusal, without the token', async () => {
    await connector(token);
    await connector(token);
    const rows = await doors.scene.sql(
      `select action, result, actor_type, actor, object_id, diff->>'reason' as reason, diff::text as diff from audit where object_id = $1 order by id`,
      [authId],
    );
    expect(rows).toMatchObject([
      { action: 'token.burned', result: 'success', actor_type: 'Application', actor: doors.scene.application },
      { action: 'token.refused', result: 'refused', reason: 'used' },
    ]);
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it('use the legacy API with the token in the address, where such addresses are handed out, and it goes no further', async () => {
    const call = { label: 'adapter-gateway', method: 'GET', path: `/v1/applications/signingRequests/info?a=1&token=${token}` } as const;
    expect((await doors.call(call)).status).toBe(200);
    expect(doors.seen.at(-1)).toMatchObject({ method: 'GET', url: '/v1/applications/signingRequests/info?a=1' });
    expect(await doors.callerOf(doors.seen.at(-1), 'connector')).toMatchObject({ flow: 'OneTimeToken', systemAuthId: authId });
    expect(await usedFor()).toMatchObject({ used_for: 'configuration' });
    expect(await doors.call(call)).toMatchObject({ status: 403, json: { code: 403, error: 'invalid token or certificate' } });
    const next = await doors.token(authId);
    const post = { at: 'http', method: 'POST', body: '{"csr":"x"}' } as const;
    expect((await doors.call({ ...post, path: `/v1/applications/management/info?token=${next}` })).status).toBe(403);
    expect((await doors.call({ ...post, path: `/v1/applications/certificates?token=${next}` })).status).toBe(200);
    expect(doors.seen.at(-1)).toMatchObject({ method: 'POST', url: '/v1/applications/certificates', body: '{"csr":"x"}' });
    const third = await doors.token(authId);
    expect((await doors.call({ ...call, path: '/v1/applications/management/info', headers: { 'connector-token': third } })).status).toBe(200);
  });
});

describe('what anybody may read of the authorities', () => {
  let doors: DoorsUnderTest;
  beforeAll(async () => {
    doors = await startDoorsUnderTest({ GATEWAY_HTTPS_REDIRECT_PORT: '8443' });
  });
  afterAll(() => doors.stop());

  it.each(['/v1/pki', '/v1/pki/crl/1.der', '/v1/pki/ocsp/MEUwQzBBMD8wPTAJBgUr%2BDgMC%2FGgUABBQ//K/3D%3D', '/.well-known/spiffe/bundle'])(
    '%s is passed on as it is, in clear and at every name',
    async (path) => {
      for (const call of [{ at: 'http' }, { at: 'tls' }, { label: 'adapter-gateway' }, { label: 'oauth2' }] as const) {
        expect(await doors.call({ ...call, method: 'GET', path, headers: { 'if-none-match': '"x"' } })).toMatchObject({
          status: 200,
          headers: { etag: '"x"' },
        });
        expect(doors.seen.at(-1)).toMatchObject({ method: 'GET', url: path, headers: { 'if-none-match': '"x"' } });
        expect(doors.seen.at(-1)?.headers).not.toHaveProperty('authorization');
      }
    },
  );

  it('can be asked with bytes that are no text', async () => {
    const body = Buffer.from([0x30, 0x03, 0xff, 0x00, 0x80]);
    expect((await doors.call({ at: 'http', path: '/v1/pki/ocsp', body, headers: { 'content-type': 'application/ocsp-request' } })).status).toBe(200);
    expect(doors.seen.at(-1)?.headers).toMatchObject({ 'content-type': 'application/ocsp-request', 'content-length': '5' });
    expect((await doors.call({ at: 'http', path: '/v1/pki/ocsp', body: Buffer.alloc(300_000) })).status).toBe(413);
    for (const path of ['/v1/pki/../../connector/graphql', '/v1/pki/ocsp/..%2f..%2fgraphql', '/v1/pki%2focsp'])
      expect([400, 404]).toContain((await doors.call({ path })).status);
  });

  it('is all that is answered in clear where everything else is sent to TLS', async () => {
    const sent = await doors.call({ at: 'http', label: 'compass-gateway', host: `compass-gateway.${DOMAIN}:8080`, path: '/connector/graphql', body: QUERY });
    expect(sent).toMatchObject({ status: 301, headers: { location: `https://compass-gateway.${DOMAIN}:8443/connector/graphql` } });
    const forged = await doors.call({
      at: 'http',
      method: 'GET',
      path: '/director/',
      headers: { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' },
    });
    expect(forged).toMatchObject({ status: 301, headers: { location: 'https://localhost:8443/director/' } });
    expect((await doors.call({ at: 'http', method: 'GET', path: '/healthz' })).status).toBe(200);
    expect((await doors.call({ at: 'http', method: 'GET', host: 'evil.example', path: '/' })).status).toBe(421);
  });
});
