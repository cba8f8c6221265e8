import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asAdmin } from '@binnacle/testkit/test-database';
import { type GatewayUnderTest, OAUTH_ISSUER, startGatewayUnderTest } from '../testing/gateway-under-test.ts';
import { addClient, deleteClient, fetchToken, sendForm, type TestClient } from '../testing/oauth-clients.ts';

const GRANT = { grant_type: 'client_credentials' };

describe('the token endpoint', () => {
  let under: GatewayUnderTest;
  let client: TestClient;
  beforeAll(async () => {
    under = await startGatewayUnderTest();
    client = await addClient(under, 'application');
  });
  afterAll(() => under.stop());
  const ask = (form: Readonly<Record<string, string>>, by?: Pick<TestClient, 'id' | 'secret'>, headers?: Readonly<Record<string, string>>) =>
    sendForm(under, '/oauth2/token', form, by, headers);

  it('answers a client that shows itself by HTTP Basic with an opaque token and the scopes it asked for', async () => {
    const { status, headers, text, body } = await ask({ ...GRANT, scope: 'application:read application:write' }, client);
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([200, 'application/json; charset=utf-8', 'no-store']);
    expect(text).toMatch(/^\{"access_token":"[\w-]{64}","expires_in":3599,"scope":"application:read application:write","token_type":"bearer"\}$/);
    expect(headers.get('x-request-id')).toBeTruthy();
    expect(body['access_token']).not.toBe((await ask(GRANT, client)).body['access_token']);
  });

  it('answers a client that shows itself in the form', async () => {
    const { status, body } = await ask({ ...GRANT, client_id: client.id, client_secret: client.secret, scope: 'application:read' });
    expect([status, body['scope']]).toEqual([200, 'application:read']);
  });

  it.each([{}, { scope: '' }])('answers an empty scope for a request with %j', async (scope) => {
    const { status, body } = await ask({ ...GRANT, ...scope }, client);
    expect([status, body['scope']]).toEqual([200, '']);
  });

  it('refuses a scope that the client does not own', async () => {
    for (const scope of ['runtime:write', 'application:read tenant:write', 'no:such', 'openid']) {
      const { status, headers, body } = await ask({ ...GRANT, scope }, client);
      expect([status, headers.get('content-type'), body['error']]).toEqual([400, 'application/json; charset=utf-8', 'invalid_scope']);
    }
    expect((await ask({ ...GRANT, scope: 'a"b' }, client)).body['error']).toBe('invalid_scope');
  });

  it('knows the scopes of a client that has its own list', async () => {
    const narrow = await addClient(under, 'application', { scopes: ['application:read'] });
    expect((await ask({ ...GRANT, scope: 'application:read' }, narrow)).status).toBe(200);
    expect((await ask({ ...GRANT, scope: 'application:write' }, narrow)).body['error']).toBe('invalid_scope');
  });

  it('refuses wrong, unknown, deleted and missing clients in JSON, with a challenge', async () => {
    const deleted = await addClient(under, 'integration_system');
    await deleteClient(under, deleted.id);
    for (const by of [
      { ...client, secret: 'wrong' },
      { ...client, secret: `${client.secret}x` },
      { id: randomUUID(), secret: 'x' },
      { id: 'no uuid', secret: 'x' },
      deleted,
    ]) {
      const { status, headers, body } = await ask(GRANT, by);
      expect([status, headers.get('content-type'), body['error']]).toEqual([401, 'application/json; charset=utf-8', 'invalid_client']);
      expect(headers.get('www-authenticate')).toMatch(/^Basic realm="https:\/\/oauth2\.test", error="invalid_client"/);
    }
    const inForm = await ask({ ...GRANT, client_id: client.id, client_secret: 'wrong' });
    expect([inForm.status, inForm.headers.get('www-authenticate')?.startsWith('Basic ')]).toEqual([401, true]);
    expect((await ask(GRANT)).body['error']).toBe('invalid_request');
  });

  it('answers in JSON whatever the client accepts, and never a page', async () => {
    const { status, body } = await ask(GRANT, { ...client, secret: 'wrong' }, { accept: 'text/html' });
    expect([status, body['error']]).toEqual([401, 'invalid_client']);
  });

  it('refuses what is no such request', async () => {
    expect((await ask({ grant_type: 'password' }, client)).body['error']).toBe('unsupported_grant_type');
    expect((await ask({}, client)).body['error']).toBe('invalid_request');
    expect((await ask({ ...GRANT, client_secret: client.secret }, client)).body['error']).toBe('invalid_request');
    expect((await ask(GRANT, undefined, { authorization: 'Basic ????' })).body['error']).toBe('invalid_request');
    const asJson = await fetch(`${under.url}/oauth2/token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
    expect([asJson.status, ((await asJson.json()) as { error: string }).error]).toEqual([400, 'invalid_request']);
    const get = await fetch(`${under.url}/oauth2/token`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    expect((await fetch(`${under.url}/auth`)).status).toBe(404);
    expect((await fetch(`${under.url}/oauth2/auth`)).status).toBe(404);
  });

  it('refuses a form that is too large', async () => {
    expect((await ask({ ...GRANT, scope: 'a'.repeat(100_000) }, client)).status).toBe(400);
  });

  it('keeps neither tokens nor secrets', async () => {
    const token = await fetchToken(under, client);
    const kept = await asAdmin(under.database.adminUrl, async (admin) => {
      const tokens = await admin.query('select oauth_token::text as row from oauth_token');
      const auths = await admin.query('select system_auth::text as row from system_auth');
      return [...tokens.rows, ...auths.rows].map(({ row }: { row: string }) => row).join('\n');
    });
    expect(kept).toContain(client.id);
    expect(kept).not.toContain(token);
    expect(kept).not.toContain(Buffer.from(token).toString('hex'));
    expect(kept).not.toContain(client.secret);
  });

  it('gives no token to a client that is deleted while it asks', async () => {
    const racing = await addClient(under, 'runtime');
    const asked = Array.from({ length: 10 }, () => ask(GRANT, racing));
    await deleteClient(under, racing.id);
    const answers = await Promise.all(asked);
    for (const { status } of answers) expect([200, 401]).toContain(status);
    for (const { status, body } of answers.filter((answer) => answer.status === 200)) {
      expect(status).toBe(200);
      expect((await under.post({ query: '{ a }' }, { authorization: `Bearer ${String(body['access_token'])}` })).status).toBe(401);
    }
  });

  it('describes itself with addresses that a forged host does not change', async () => {
    const text = await under.raw(
      'GET /.well-known/openid-configuration HTTP/1.1\r\nhost: evil.example\r\nx-forwarded-host: evil.example\r\nconnection: close\r\n\r\n',
    );
    expect(text).not.toContain('evil');
    const document = JSON.parse(text.slice(text.indexOf('\r\n\r\n'))) as Record<string, unknown>;
    expect(document).toMatchObject({
      issuer: OAUTH_ISSUER,
      token_endpoint: `${OAUTH_ISSUER}/oauth2/token`,
      introspection_endpoint: `${OAUTH_ISSUER}/oauth2/introspect`,
      revocation_endpoint: `${OAUTH_ISSUER}/oauth2/revoke`,
      jwks_uri: `${OAUTH_ISSUER}/.well-known/jwks.json`,
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    });
    expect(document['scopes_supported']).toContain('application:read');
    expect(document['authorization_endpoint']).toBeUndefined();
    const keys = await fetch(`${under.url}/.well-known/jwks.json`);
    expect([keys.status, await keys.json()]).toEqual([200, { keys: [] }]);
  });

  it('lets no page of another origin read its answers', async () => {
    const { headers } = await ask(GRANT, client, { origin: 'https://evil.example' });
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('introspection and revocation', () => {
  let under: GatewayUnderTest;
  let client: TestClient;
  let other: TestClient;
  beforeAll(async () => {
    under = await startGatewayUnderTest({ introspectors: ['0197a000-0000-7000-8000-00000000000a'] });
    client = await addClient(under, 'application');
    other = await addClient(under, 'runtime');
  });
  afterAll(() => under.stop());
  const introspect = async (token: string, by: TestClient) => (await sendForm(under, '/oauth2/introspect', { token }, by)).body;

  it('tells a client about its own tokens and about no other', async () => {
    const token = await fetchToken(under, client, 'application:read');
    const said = await introspect(token, client);
    expect(said).toMatchObject({ active: true, client_id: client.id, sub: client.id, scope: 'application:read', iss: OAUTH_ISSUER });
    expect(Number(said['exp']) - Number(said['iat'])).toBe(3_599);
    expect(await introspect(token, other)).toEqual({ active: false });
    expect(await introspect('nothing', client)).toEqual({ active: false });
    expect((await sendForm(under, '/oauth2/introspect', { token }, { ...client, secret: 'wrong' })).status).toBe(401);
    expect((await sendForm(under, '/oauth2/introspect', { token })).status).toBe(400);
  });

  it('tells the services named in the settings about every token', async () => {
    const token = await fetchToken(under, client);
    const service = await addClient(under, 'integration_system');
    await asAdmin(under.database.adminUrl, (admin) =>
      admin.query(`update system_auth set id = '0197a000-0000-7000-8000-00000000000a' where id = $1`, [service.id]),
    );
    expect(await introspect(token, { ...service, id: '0197a000-0000-7000-8000-00000000000a' })).toMatchObject({ active: true, client_id: client.id });
  });

  it('revokes a token at its own client, and at once', async () => {
    const token = await fetchToken(under, client);
    const call = () => under.post({ query: '{ a }' }, { authorization: `Bearer ${token}` });
    expect((await call()).status).toBe(200);
    expect((await sendForm(under, '/oauth2/revoke', { token }, other)).status).toBe(200);
    expect((await call()).status).toBe(200);
    const { status, text } = await sendForm(under, '/oauth2/revoke', { token }, client);
    expect([status, text]).toEqual([200, '']);
    expect((await call()).status).toBe(401);
    expect(await introspect(token, client)).toEqual({ active: false });
    expect((await sendForm(under, '/oauth2/revoke', { token }, client)).status).toBe(200);
  });

  it('drops what has expired or was revoked, and nothing else', async () => {
    const [alive, revoked, expired] = [await fetchToken(under, client), await fetchToken(under, client), await fetchToken(under, client)];
    await sendForm(under, '/oauth2/revoke', { token: revoked }, client);
    const count = () => asAdmin(under.database.adminUrl, async (admin) => Number((await admin.query('select count(*) from oauth_token')).rows[0].count));
    await asAdmin(under.database.adminUrl, (admin) =>
      admin.query(
        `update oauth_token set expires_at = now() - interval '1 second' where hash = (select hash from oauth_token where revoked_at is null order by created_at desc limit 1)`,
      ),
    );
    expect(await introspect(expired, client)).toEqual({ active: false });
    const before = await count();
    const gone = await under.dropDeadTokens(100);
    expect(await count()).toBe(before - gone);
    expect(gone).toBeGreaterThanOrEqual(2);
    expect(await under.dropDeadTokens(100)).toBe(0);
    expect(await introspect(alive, client)).toMatchObject({ active: true });
  });
});

describe('clients that fail', () => {
  it('are held back alone, and told for how long', async () => {
    const under = await startGatewayUnderTest({ failures: { client: { perSecond: 0.001, burst: 3 }, address: { perSecond: 100, burst: 100 } } });
    const [client, other] = [await addClient(under, 'application'), await addClient(under, 'application')];
    const wrong = () => sendForm(under, '/oauth2/token', GRANT, { ...client, secret: 'wrong' });
    const statuses = [];
    for (let attempt = 0; attempt < 5; attempt += 1) statuses.push((await wrong()).status);
    expect(statuses).toEqual([401, 401, 401, 401, 429]);
    const refused = await wrong();
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.body['error']).toBe('temporarily_unavailable');
    expect((await sendForm(under, '/oauth2/token', GRANT, client)).status).toBe(429);
    expect((await sendForm(under, '/oauth2/token', GRANT, other)).status).toBe(200);
    await under.stop();
  });

  it('hold back their address when it fails with many names', async () => {
    const under = await startGatewayUnderTest({ failures: { client: { perSecond: 1, burst: 100 }, address: { perSecond: 0.001, burst: 3 } } });
    const statuses = [];
    for (let attempt = 0; attempt < 5; attempt += 1)
      statuses.push((await sendForm(under, '/oauth2/token', GRANT, { id: randomUUID(), secret: 'guess' })).status);
    expect(statuses).toEqual([401, 401, 401, 401, 429]);
    await under.stop();
  });

  it('are counted by what was wrong', async () => {
    const under = await startGatewayUnderTest({ failures: { client: { perSecond: 0.001, burst: 2 }, address: { perSecond: 100, burst: 100 } } });
    const client = await addClient(under, 'application');
    for (let attempt = 0; attempt < 4; attempt += 1) await sendForm(under, '/oauth2/token', GRANT, { ...client, secret: 'wrong' });
    await sendForm(under, '/oauth2/token', GRANT, { id: randomUUID(), secret: 'x' });
    const text = await under.metrics.metrics();
    for (const [reason, count] of [
      ['wrong secret', 3],
      ['failed too often', 1],
      ['unknown client', 1],
    ])
      expect(text).toContain(`gateway_auth_failures_total{method="client credentials",reason="${reason}",service="gateway"} ${count}`);
    await under.stop();
  });
});

describe('a client that asks for tokens all the time', () => {
  it('is held back, and its tokens go on', async () => {
    const under = await startGatewayUnderTest({ issues: { perSecond: 0.001, burst: 2 } });
    const client = await addClient(under, 'application');
    const token = await fetchToken(under, client);
    const statuses = [];
    for (let attempt = 0; attempt < 3; attempt += 1) statuses.push((await sendForm(under, '/oauth2/token', GRANT, client)).status);
    expect(statuses).toEqual([200, 429, 429]);
    expect((await under.post({ query: '{ a }' }, { authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await fetchToken(under, await addClient(under, 'application'))).length).toBe(64);
    await under.stop();
  });
});
