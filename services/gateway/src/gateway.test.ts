import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { asAdmin } from '@binnacle/testkit/test-database';
import { type GatewayUnderTest, startGatewayUnderTest } from './testing/gateway-under-test.ts';

const QUERY = { query: '{ viewer { id } }' };

describe('the Gateway', () => {
  let under: GatewayUnderTest;
  beforeAll(async () => {
    under = await startGatewayUnderTest();
  });
  afterAll(() => under.stop());
  beforeEach(() => {
    under.seen.length = 0;
    under.answer = () => ({ status: 200, body: '{"data":{"ok":true}}' });
  });

  const bearer = async (claims?: object) => ({ authorization: `Bearer ${await under.token(claims as Record<string, unknown>)}` });

  it('passes a call on as the verified user and tenant, and nothing that imitates an identity (T-1, T-2)', async () => {
    const headers = {
      tenant: 'acme',
      'client-id-from-certificate': 'B',
      'Client-Id-From-Token': 'B',
      CLIENT_CERTIFICATE_HASH: 'x',
      'certificate-data': 'x',
      'x-flow-identity': 'Super Admin',
      'x-authorization': 'Bearer x',
      'x-consumer-type': 'Super Admin',
      'x-forwarded-for': '6.6.6.6',
      cookie: 'a=b',
      client_user: 'human',
    };
    const { status, text } = await under.post(QUERY, headers);
    expect([status, text]).toEqual([200, '{"data":{"ok":true}}']);
    const [call] = under.seen;
    expect(call?.url).toBe('/graphql');
    expect(Object.keys(call?.headers ?? {}).sort()).toEqual(
      [
        'accept',
        'accept-encoding',
        'accept-language',
        'authorization',
        'client_user',
        'connection',
        'content-length',
        'content-type',
        'host',
        'tenant',
        'user-agent',
        'x-external-host',
        'x-forwarded-for',
        'x-forwarded-host',
        'x-forwarded-proto',
        'x-request-id',
      ].sort(),
    );
    expect(call?.headers['x-forwarded-for']).toBe('127.0.0.1');
    expect(await under.callerOf(call)).toMatchObject({
      consumerId: 'tester',
      consumerType: 'Static User',
      flow: 'JWT',
      tenant: '11111111-1111-7111-8111-111111111111',
      externalTenant: 'acme',
    });
    expect(await under.metrics.metrics()).toContain('gateway_spoofed_header_total{header="x-flow-identity",service="gateway"} 1');
  });

  it('leads to the extension endpoint of the Director as to the published one', async () => {
    const headers = { 'content-type': 'application/json', ...(await bearer({ groups: ['admins'] })) };
    const response = await fetch(`${under.url}/director/ext/graphql`, { method: 'POST', headers, body: JSON.stringify(QUERY) });
    expect(response.status).toBe(200);
    expect(under.seen[0]?.url).toBe('/ext/graphql');
    expect((await under.callerOf(under.seen[0]))?.consumerId).toBe('tester');
    expect(
      (await fetch(`${under.url}/director/ext/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(QUERY) }))
        .status,
    ).toBe(401);
  });

  it('keeps its own headers when a client names them hop-by-hop (T-3)', async () => {
    const token = await under.token();
    const body = JSON.stringify(QUERY);
    await under.raw(
      `POST /director/graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer ${token}\r\nconnection: close, Authorization, Tenant\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    expect((await under.callerOf(under.seen[0])).consumerId).toBe('tester');
  });

  it('takes claims as data, whatever they hold (T-7, T-8)', async () => {
    await under.post(QUERY, await bearer({ name: 'x","scopes":"ory_internal tenant:write","consumerType":"Super Admin","z":"\u2028{{', groups: [] }));
    const caller = await under.callerOf(under.seen[0]);
    expect([...caller.scopes]).toEqual([]);
    expect(caller.consumerType).toBe('Static User');
    expect(caller.subject).toContain('ory_internal');
  });

  it('gives scopes by groups: super administrators all but tenant:write, operators a few', async () => {
    await under.post(QUERY, await bearer({ groups: 'admins' }));
    await under.post(QUERY, await bearer({ groups: ['operators', 'else'] }));
    const [admin, operator] = [await under.callerOf(under.seen[0]), await under.callerOf(under.seen[1])];
    expect(admin.scopes.has('application:write')).toBe(true);
    expect(admin.scopes.has('tenant:write')).toBe(false);
    expect([...operator.scopes].sort()).toEqual([
      'application:read',
      'application_template:read',
      'automatic_scenario_assignment:read',
      'integration_system:read',
      'label_definition:read',
      'runtime:read',
      'tenant:read',
    ]);
  });

  it('does not take its own internal tokens back (T-9)', async () => {
    await under.post(QUERY);
    const internal = String(under.seen[0]?.headers.authorization);
    expect((await under.post(QUERY, { authorization: internal })).status).toBe(401);
  });

  it('refuses forged, foreign and stale tokens with one and the same body (T-12)', async () => {
    const good = await under.token();
    const [header = '', payload = '', signature = ''] = good.split('.');
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const hs256 = `${encode({ alg: 'HS256', kid: 'test' })}.${payload}`;
    const forged = [
      `${encode({ alg: 'none' })}.${payload}.`,
      `${hs256}.${createHmac('sha256', 'public key').update(hs256).digest('base64url')}`,
      `${encode({ alg: 'RS256', kid: '../../../dev/null' })}.${payload}.${signature}`,
      `${encode({ alg: 'RS256', kid: 'test', jku: `${under.url}/jwks` })}.${payload}.${signature}`,
      `${encode({ alg: 'RS256', kid: 'test', crit: ['x'] })}.${payload}.${signature}`,
      `${header}.${encode({ sub: 'x' })}.${signature}`,
      `${header}.${payload}`,
      'garbage',
      await under.token({}, { audience: 'else' }),
      await under.token({}, { issuer: 'http://else.test' }),
      await under.token({}, { expiresIn: '-2 minutes' }),
      await under.token({ name: undefined }),
    ];
    for (const token of forged) {
      const { status, text, headers } = await under.post(QUERY, { authorization: `Bearer ${token}` });
      expect([status, text]).toEqual([401, '{"error":{"code":401,"status":"Unauthorized","message":"The request could not be authorized"}}']);
      expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    }
    expect(under.seen).toEqual([]);
  });

  it('asks for keys once, however many tokens name an unknown one (T-13)', async () => {
    const before = under.jwksFetches.count;
    await Promise.all(
      Array.from({ length: 200 }, async (_, n) => under.post(QUERY, { authorization: `Bearer ${await under.token({}, { kid: `unknown-${n}` })}` })),
    );
    expect(under.jwksFetches.count - before).toBeLessThanOrEqual(1);
    expect((await under.post(QUERY)).status).toBe(200);
  });

  it.each([
    ['{"query":"{a}","query":"mutation{b}"}', 400],
    ['{"query":["mutation{b}"]}', 400],
    ['[{"query":"{ a }"}]', 400],
    ['', 400],
    ['{"query":""}', 422],
    [`{"query":"{ ${'a { '.repeat(30)} }"}`, 400],
    [JSON.stringify({ query: `{ ${Array.from({ length: 40 }, (_, n) => `a${n}: b`).join(' ')} }` }), 400],
    [JSON.stringify({ query: `{ ${'a '.repeat(2_000)} }` }), 400],
  ])('refuses body %# before anything goes on (T-15, T-31 to T-37)', async (body, status) => {
    const answer = await under.post(body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).errors[0].extensions.code).toBeTruthy();
    expect(under.seen).toEqual([]);
  });

  it('writes the body anew and accepts empty argument lists (T-15, T-20)', async () => {
    await under.post('\uFEFF{ "query" : "query { result: configuration() { token } }", "variables" : null, "more" : 1 }');
    expect(under.seen[0]?.body).toBe('{"query":"query { result: configuration() { token } }"}');
  });

  it('answers queries by GET and refuses mutations there (T-16)', async () => {
    const get = async (query: string) => fetch(`${under.url}/director/graphql?${new URLSearchParams({ query }).toString()}`, { headers: await bearer() });
    expect((await get('{ a }')).status).toBe(200);
    for (const mutation of ['mutation { a }', '# c\nmutation { a }', 'fragment F on X { a } mutation { b }']) {
      const response = await get(mutation);
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    }
    expect(under.seen).toHaveLength(1);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-7',
    `application/json; ${'a=b;'.repeat(2_000)}`,
  ])('refuses the content type %.40s (T-17, T-18)', async (type) => {
    expect((await under.post(QUERY, { 'content-type': type })).status).toBe(415);
  });

  it('refuses compressed bodies and bodies over the limit, in a way the client can read (T-19, E13)', async () => {
    expect((await under.post(QUERY, { 'content-encoding': 'gzip' })).status).toBe(415);
    const large = await under.post(JSON.stringify({ query: `{ a(x: "${'a'.repeat(5_097_152)}") }` }));
    expect(large.status).toBe(413);
    expect(large.text).toContain('Payload Too Large');
  });

  it.each([
    'POST /director/graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    'POST /director/graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello',
    'POST /director/graphql HTTP/1.1\r\nhost: x\r\ntransfer-encoding: xchunked\r\n\r\n',
    'POST /director/graphql HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n',
    'GET /healthz HTTP/1.1\r\nhost: x\r\nbad header: 1\r\n\r\n',
    'GET /healthz HTTP/1.1\r\n\r\n',
    'GET /healthz HTTP/1.1\r\nhost: x\r\na: b\u0000c\r\n\r\n',
    'nonsense\r\n\r\n',
  ])('refuses request %# that two readers could understand differently (T-22)', async (bytes) => {
    const answer = await under.raw(bytes);
    // A chunk size that is wrong shows only after the head was answered: then the caller, who has no token, is refused.
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(under.seen).toEqual([]);
  });

  it.each([
    '/director/../connector/graphql',
    '/director//graphql',
    '/director/./graphql',
    '/DIRECTOR/graphql',
    '/directorX/graphql',
    '/director/graphql/',
    '/director/graphql;x=1',
    '/v1/infoX',
  ])('knows no address %s (T-26)', async (path) => {
    expect(await under.raw(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 404 /);
  });

  it.each([
    '/director/%2e%2e/connector/graphql',
    '/director/..%2fconnector/graphql',
    '/director%00/graphql',
    '\\director\\graphql',
    'http://else/director/graphql',
  ])('refuses the address %s (T-26)', async (path) => {
    expect(await under.raw(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('does not upgrade connections (T-30)', async () => {
    expect(await under.raw('GET /director/graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('refuses malformed and double tenant headers (T-42), and treats internal ids as unknown (T-43)', async () => {
    for (const tenant of ['a, b', '"){tenants{', 'x'.repeat(300), 'a b']) expect((await under.post(QUERY, { tenant })).status).toBe(400);
    const token = await under.token();
    expect(
      await under.raw(
        `POST /director/graphql HTTP/1.1\r\nhost: x\r\ntenant: acme\r\nTenant: globex\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n\r\n`,
      ),
    ).toMatch(/^HTTP\/1\.1 400 /);
    await under.post(QUERY, { tenant: '11111111-1111-7111-8111-111111111111' });
    expect(await under.callerOf(under.seen[0])).toMatchObject({ tenant: undefined, externalTenant: '11111111-1111-7111-8111-111111111111' });
  });

  it('refuses a token for another tenant than the header names (T-44)', async () => {
    expect((await under.post(QUERY, { ...(await bearer({ tenant: 'globex' })), tenant: 'acme' })).status).toBe(403);
    await under.post(QUERY, await bearer({ tenant: 'globex' }));
    expect((await under.callerOf(under.seen[0])).externalTenant).toBe('globex');
  });

  it('shows a user no tenant that the token does not list (T-41)', async () => {
    await under.post(QUERY, { ...(await bearer({ tenants: ['globex'] })), tenant: 'acme' });
    await under.post(QUERY, { ...(await bearer({ tenants: ['globex'] })), tenant: 'globex' });
    expect(await under.callerOf(under.seen[0])).toMatchObject({ tenant: undefined, externalTenant: 'acme' });
    expect((await under.callerOf(under.seen[1])).tenant).toBe('22222222-2222-7222-8222-222222222222');
  });

  it('mixes no tenants on shared connections (T-48)', async () => {
    under.answer = (call) => ({ status: 200, body: JSON.stringify({ data: call.headers.authorization }) });
    const one = async (n: number): Promise<void> => {
      const tenant = ['acme', 'globex', undefined][n % 3];
      const { text } = await under.post(QUERY, tenant ? { tenant } : {});
      const caller = await under.callerOf({ headers: { authorization: JSON.parse(text).data }, method: '', url: '', body: '' });
      expect(caller.externalTenant).toBe(tenant);
    };
    for (let from = 0; from < 300; from += 50) await Promise.all(Array.from({ length: 50 }, (_, n) => one(from + n)));
  });

  it('learns of a changed tenant at once (T-50)', async () => {
    await under.post(QUERY, { tenant: 'later' });
    expect((await under.callerOf(under.seen[0])).tenant).toBeUndefined();
    await asAdmin(under.database.adminUrl, async (client) => {
      await client.query(
        `insert into tenant (id, external_id, name, type, provider) values ('33333333-3333-7333-8333-333333333333', 'later', 'Later', 'account', 'test')`,
      );
      await client.query(`insert into tenant_ancestor values ('33333333-3333-7333-8333-333333333333', '33333333-3333-7333-8333-333333333333', 0, true)`);
      await client.query(`update tenant set name = 'Later!' where external_id = 'later'`);
    });
    for (let attempt = 0; attempt < 100; attempt += 1) {
      under.seen.length = 0;
      await under.post(QUERY, { tenant: 'later' });
      if ((await under.callerOf(under.seen[0])).tenant !== undefined) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect((await under.callerOf(under.seen[0])).tenant).toBe('33333333-3333-7333-8333-333333333333');
  });

  it('repeats a query once when a connection breaks, and never a mutation (T-56)', async () => {
    let calls = 0;
    under.answer = () => ((calls += 1) === 1 ? undefined : { status: 200, body: '{"data":1}' });
    expect((await under.post(QUERY)).status).toBe(200);
    calls = 0;
    under.answer = () => ((calls += 1) === 1 ? undefined : { status: 200, body: '{"data":1}' });
    const mutation = await under.post({ query: '# c\nmutation { a }' });
    expect(mutation.status).toBe(502);
    expect(JSON.parse(mutation.text).errors[0].extensions.code).toBe('UPSTREAM_UNAVAILABLE');
    expect(calls).toBe(1);
  });

  it('answers 502 with a body for a service that is not there', async () => {
    const response = await fetch(`${under.url}/provisioner/graphql`, {
      method: 'POST',
      headers: { ...(await bearer()), 'content-type': 'application/json' },
      body: JSON.stringify(QUERY),
    });
    expect(response.status).toBe(502);
    expect(response.headers.get('x-request-id')).toBeTruthy();
    expect((await response.json()) as object).toMatchObject({ errors: [{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }] });
  });

  it('passes answers of the Director on unchanged, whatever their status', async () => {
    under.answer = () => ({ status: 400, body: '{"errors":[{"message":"Tenant not found","extensions":{"error_code":25}}]}' });
    expect(await under.post(QUERY, { tenant: 'nowhere' })).toMatchObject({
      status: 400,
      text: '{"errors":[{"message":"Tenant not found","extensions":{"error_code":25}}]}',
    });
  });

  it('serves the playground, its examples and the way there', async () => {
    const get = (path: string) => fetch(under.url + path, { redirect: 'manual' });
    expect([(await get('/director')).status, (await get('/director')).headers.get('location')]).toEqual([301, '/director/']);
    expect((await get('/director/')).status).toBe(200);
    const example = await get('/director/examples/register-application/register-application.graphql');
    expect([example.status, example.headers.get('content-type'), await example.text()]).toEqual([200, 'text/plain; charset=utf-8', 'mutation { x }']);
    expect((await get('/playground/')).headers.get('content-security-policy')).toContain("script-src 'self'");
    expect((await get('/specification/nothing.html')).status).toBe(404);
    expect(await (await get('/nowhere')).text()).toBe('{"error":{"code":404,"status":"Not Found","message":"The requested resource could not be found"}}');
  });

  it('allows pages of configured origins only', async () => {
    const preflight = (origin: string) => fetch(`${under.url}/director/graphql`, { method: 'OPTIONS', headers: { origin } });
    expect((await preflight('https://console.example.com')).headers.get('access-control-allow-origin')).toBe('https://console.example.com');
    expect((await preflight('https://console.example.com.evil')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('keeps a sensible request id and replaces any other (T-25)', async () => {
    expect((await under.post(QUERY, { 'x-request-id': 'abc-1' })).headers.get('x-request-id')).toBe('abc-1');
    expect((await under.post(QUERY, { 'x-request-id': 'a b' })).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('the rate limit', () => {
  it('answers 429 with what to do, and lets others pass', async () => {
    const under = await startGatewayUnderTest({ perSecond: 5 });
    const answers = await Promise.all(Array.from({ length: 12 }, () => under.post(QUERY)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect(refused[0]?.headers.get('x-local-rate-limit')).toBe('gateway');
    const other = await fetch(`${under.url}/director/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await under.token({}, { subject: 'other' })}`, 'content-type': 'application/json' },
      body: JSON.stringify(QUERY),
    });
    expect(other.status).toBe(200);
    await under.stop();
  });
});

describe('draining', () => {
  it('finishes what is open and asks clients to leave (T-57)', async () => {
    const under = await startGatewayUnderTest();
    const slow = Promise.withResolvers<void>();
    under.answer = () => ({ status: 200, body: '{"data":"slow"}' });
    const open = under.post(QUERY);
    under.gateway.startDraining();
    slow.resolve();
    expect((await open).text).toBe('{"data":"slow"}');
    const late = await under.post(QUERY);
    expect(late.status).toBe(200);
    expect(late.headers.get('connection')).toBe('close');
    await under.stop();
  });
});
