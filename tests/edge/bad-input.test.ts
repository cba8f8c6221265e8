import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { asAdmin } from '@binnacle/testkit/test-database';
import { type Edge, startEdge } from './support/edge.ts';

const VIEWER = '{ viewer { id } }';
const body = (query: string, more: object = {}): string => JSON.stringify({ query, ...more });

describe('bad input through the Gateway to the Director', () => {
  let edge: Edge;
  let token: string;
  beforeAll(async () => {
    edge = await startEdge();
    token = await edge.issuer.token();
  }, 60_000);
  afterAll(() => edge.stop());
  let logged = 0;
  beforeEach(() => {
    logged = edge.gateway.output().length;
  });

  interface Answer {
    readonly status: number;
    readonly text: string;
    readonly code: unknown;
    readonly message: string;
    readonly headers: Headers;
  }

  const send = async (method: string, target: string, content?: string | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<Answer> => {
    const response = await fetch(edge.url + target, {
      method,
      redirect: 'manual',
      headers: { authorization: `Bearer ${token}`, ...(content === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(content === undefined ? {} : { body: content }),
    });
    const text = await response.text();
    const error = text.startsWith('{') ? (JSON.parse(text).errors?.[0] as { message: string; extensions: Record<string, unknown> } | undefined) : undefined;
    return {
      status: response.status,
      text,
      code: error?.extensions['error_code'] ?? error?.extensions['code'],
      message: error?.message ?? '',
      headers: response.headers,
    };
  };
  const post = (content: string | Buffer, headers?: Readonly<Record<string, string>>) => send('POST', '/director/graphql', content, headers);
  const get = (parameters: string) => send('GET', `/director/graphql?${parameters}`);
  const asked = (query: string): string => `query=${encodeURIComponent(query)}`;

  /** Lines that requests of this test have left in the access log, as soon as one is like `wanted`. */
  async function accessLog(wanted: Readonly<Record<string, unknown>>): Promise<unknown> {
    for (let attempt = 0; ; attempt += 1) {
      const lines = edge.gateway
        .output()
        .slice(logged)
        .split('\n')
        .filter((line) => line.includes('"msg":"request"'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const found = lines.find((line) => Object.entries(wanted).every(([name, value]) => line[name] === value));
      if (found || attempt === 100) return found ?? lines;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  const deep = (levels: number): string => `{ ${'a { '.repeat(levels)} b ${'} '.repeat(levels)} }`;
  const many = (count: number, part: (n: number) => string): string => Array.from({ length: count }, (_, n) => part(n)).join(' ');

  it.each<readonly [name: string, content: string | Buffer, status: number, code: unknown, message?: RegExp]>([
    ['E1 nothing', '', 400, 'BAD_REQUEST', /^json request body could not be decoded: /],
    ['E1 half of it', '{"query":"{ secretive', 400, 'BAD_REQUEST', /^json request body could not be decoded: (?!.*secretive)/],
    ['E1 no JSON', 'secretive', 400, 'BAD_REQUEST', /^json request body could not be decoded: (?!.*secretive)/],
    ['E2 null', 'null', 400, 'BAD_REQUEST', /^json request body could not be decoded: /],
    ['E2 a number', '1', 400, 'BAD_REQUEST', /^json request body could not be decoded: /],
    ['E2 a text', '"x"', 400, 'BAD_REQUEST', /^json request body could not be decoded: /],
    ['E2 true', 'true', 400, 'BAD_REQUEST', /^json request body could not be decoded: /],
    ['E3 a batch', `[${body(VIEWER)}]`, 400, 'BATCHING_DISABLED'],
    ['E4 no query', '{}', 422, 'GRAPHQL_VALIDATION_FAILED', /^no operation provided$/],
    ['E4 an empty query', body(''), 422, 'GRAPHQL_VALIDATION_FAILED', /^no operation provided$/],
    ['E4 comments', body(' # only\n , #this'), 422, 'GRAPHQL_VALIDATION_FAILED', /^no operation provided$/],
    ['E5 a list of queries', '{"query":["mutation { b }"]}', 400, 'BAD_REQUEST'],
    ['E5 variables in a list', '{"query":"{ a }","variables":[1]}', 400, 'BAD_REQUEST'],
    ['E5 variables in a text', '{"query":"{ a }","variables":"{}"}', 400, 'BAD_REQUEST'],
    ['E5 two queries', '{"query":"{ a }","query":"mutation { b }"}', 400, 'BAD_REQUEST'],
    ['E6 a syntax error', body('{ a '), 422, 'GRAPHQL_PARSE_FAILED', /Syntax Error/],
    ['E7 an unknown field', body('{ aplications { totalCount } }'), 422, 'GRAPHQL_VALIDATION_FAILED', /^Cannot query field "aplications" on type "Query"\.$/],
    ['E7 a wrong argument', body('{ applications(first: "x") { totalCount } }'), 422, 'GRAPHQL_VALIDATION_FAILED'],
    ['E7 a missing variable', body('query ($a: ID!) { application(id: $a) { id } }'), 422, 'GRAPHQL_VALIDATION_FAILED'],
    ['E7 a large number', body('{ applications(first: 3000000000) { totalCount } }'), 422, 'GRAPHQL_VALIDATION_FAILED'],
    ['E8 two operations', body('query A { viewer { id } } mutation B { a }'), 422, 'GRAPHQL_VALIDATION_FAILED'],
    ['E8 an unknown operation', body('query A { viewer { id } }', { operationName: 'C' }), 422, 'GRAPHQL_VALIDATION_FAILED', /^operation C not found$/],
    ['E14 depth', body(deep(30)), 400, 'MAX_DEPTH_LIMIT'],
    ['E14 great depth', body(deep(5_000)), 400, 'MAX_DEPTH_LIMIT'],
    ['E14 a deep list', body(`{ a(x: ${'['.repeat(9_000)}${']'.repeat(9_000)}) }`), 400, 'MAX_DEPTH_LIMIT'],
    ['E14 a deep type', body(`query ($x: ${'['.repeat(9_000)}Int${']'.repeat(9_000)}) { a }`), 400, 'MAX_DEPTH_LIMIT'],
    ['E14 tokens', body(`{ ${many(20_000, (n) => `a${n}`)} }`), 400, 'MAX_TOKENS_LIMIT'],
    ['E14 aliases', body(`{ viewer { ${many(31, (n) => `a${n}: id`)} } }`), 400, 'MAX_ALIASES_LIMIT'],
    ['E14 root fields', body(`{ ${many(21, (n) => `a${n}`)} }`), 400, 'MAX_ROOT_FIELDS_LIMIT'],
    ['E14 root fields in a fragment', body(`{ ...F } fragment F on Query { ${many(21, (n) => `a${n}`)} }`), 400, 'MAX_ROOT_FIELDS_LIMIT'],
    ['E14 fields', body(`{ a { ${many(2_600, (n) => `a${n}`)} } }`), 400, 'MAX_FIELDS_LIMIT'],
    ['E14 directives', body(`{ a ${'@x '.repeat(51)} }`), 400, 'MAX_DIRECTIVES_LIMIT'],
    ['E15 one key', body(`{ a { ${'b '.repeat(101)} } }`), 400, 'MAX_DUPLICATE_FIELDS_LIMIT'],
    ['E16 no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, 'BAD_REQUEST'],
    ['E16 UTF-16', Buffer.from(body(VIEWER), 'utf16le'), 400, 'BAD_REQUEST'],
    ['E18 deep variables', `{"query":"{ a }","variables":{"x":${'['.repeat(33)}${']'.repeat(33)}}}`, 400, 'BAD_REQUEST'],
    ['E18 many members', body(VIEWER, { variables: Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`k${n}`, 1])) }), 400, 'BAD_REQUEST'],
    ['E18 no number', '{"query":"{ a }","variables":{"x":1e999}}', 400, 'BAD_REQUEST'],
    ['E18 a long number', `{"query":"{ a }","variables":{"x":${'9'.repeat(100_000)}}}`, 400, 'BAD_REQUEST'],
    ['E20 a persisted query', body(VIEWER, { extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }), 400, 'PERSISTED_QUERY_NOT_SUPPORTED'],
  ])('%s', async (_, content, status, code, message = /./) => {
    const answer = await post(content, { tenant: 'acme' });
    expect({ status: answer.status, code: answer.code }).toEqual({ status, code });
    expect(answer.message).toMatch(message);
    expect(answer.text).not.toMatch(/Did you mean|at .*\.(ts|js):\d+|node_modules/);
    const line = { requestId: answer.headers.get('x-request-id'), tenant: 'acme', status };
    expect(await accessLog(line)).toMatchObject(line);
  });

  it('E6 takes an empty argument list as none', async () => {
    expect(await post(body('{ viewer() { id } }'))).toMatchObject({ status: 200, text: '{"data":{"viewer":{"id":"tester"}}}' });
  });

  it.each<readonly [name: string, parameters: string, status: number, code: unknown]>([
    ['E9a a query', asked(VIEWER), 200, undefined],
    ['E9 a mutation', asked('mutation { a }'), 405, 'METHOD_NOT_ALLOWED'],
    ['E9 a mutation behind a comment', asked('# c\nmutation { a }'), 405, 'METHOD_NOT_ALLOWED'],
    ['E9 a chosen mutation', `${asked('query A { viewer { id } } mutation B { a }')}&operationName=B`, 405, 'METHOD_NOT_ALLOWED'],
    ['E6 a syntax error', asked('{ a '), 422, 'GRAPHQL_PARSE_FAILED'],
    ['E8 an unknown operation', `${asked(VIEWER)}&operationName=C`, 422, 'GRAPHQL_VALIDATION_FAILED'],
    ['E8 no operation', asked('fragment F on Query { a }'), 422, 'GRAPHQL_VALIDATION_FAILED'],
    ['E10 broken variables', `${asked(VIEWER)}&variables=%7B`, 400, 'BAD_REQUEST'],
    ['E10 a list of variables', `${asked(VIEWER)}&variables=%5B%5D`, 400, 'BAD_REQUEST'],
    ['E5 two queries', `${asked(VIEWER)}&${asked('mutation { a }')}`, 400, 'BAD_REQUEST'],
    ['E18 deep variables', `${asked(VIEWER)}&variables=${encodeURIComponent(`{"x":${'['.repeat(500)}${']'.repeat(500)}}`)}`, 400, 'BAD_REQUEST'],
    ['E20 a persisted query', `extensions=${encodeURIComponent('{"persistedQuery":{"version":1,"sha256Hash":"x"}}')}`, 400, 'PERSISTED_QUERY_NOT_SUPPORTED'],
    ['E4 nothing', '', 422, 'GRAPHQL_VALIDATION_FAILED'],
  ])('by GET: %s', async (_, parameters, status, code) => {
    const answer = await get(parameters);
    expect({ status: answer.status, code: answer.code }).toEqual({ status, code });
    if (status === 405) expect(answer.headers.get('allow')).toBe('POST');
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16'])(
    'E11 refuses the content type %s',
    async (type) => {
      expect(await post(body(VIEWER), { 'content-type': type })).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
    },
  );

  it.each(['PUT', 'DELETE', 'PATCH', 'HEAD'])('E12 refuses %s and names what is served', async (method) => {
    const answer = await send(method, '/director/graphql');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST, OPTIONS']);
  });

  it('E13 refuses bodies over the edge’s limit and over the service’s, readably, on a connection that stays usable', async () => {
    const query = (letters: number): string => body(`{ application(id: "${'a'.repeat(letters)}") { id } }`);
    const request = (content: string): string =>
      `POST /director/graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: ${content.length}\r\n\r\n${content}`;
    for (const letters of [5_097_152, 2_097_152]) {
      const last = request(body(VIEWER)).replace('host: x', 'host: x\r\nconnection: close');
      const answers = await edge.raw(request(query(letters)) + last, 10_000);
      expect(answers).toMatch(/^HTTP\/1\.1 413 [\s\S]*Payload Too Large[\s\S]*HTTP\/1\.1 200 OK[\s\S]*"tester"/);
    }
  });

  it('E13 counts what comes in pieces, and stops listening to what does not end', async () => {
    const head = `POST /director/graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;
    const piece = Buffer.from(`100000\r\n${' '.repeat(0x100000)}\r\n`);
    const answer = await edge.raw([Buffer.from(head), ...Array.from({ length: 40 }, () => piece)], 3_000);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('E16, E17 takes a byte order mark, and has the Director refuse what Postgres cannot store', async () => {
    expect((await post(`\uFEFF${body(VIEWER)}`)).status).toBe(200);
    for (const strange of ['\\ud800', '\\u0000']) {
      const answer = await post(`{"query":"mutation($n: String!) { registerApplication(in: {name: $n}) { id } }","variables":{"n":"x${strange}"}}`, {
        tenant: 'acme',
      });
      expect([answer.status, answer.code]).toEqual([200, 22]);
    }
  });

  it('E19 keeps names of every object’s members as data', async () => {
    const labels = '{"__proto__":{"a":1},"constructor":"c","toString":"t"}';
    const made = await post(
      `{"query":"mutation($l: Labels) { registerApplication(in: {name: \\"proto\\", labels: $l}) { labels } }","variables":{"l":${labels}}}`,
      { tenant: 'acme' },
    );
    expect(made.status).toBe(200);
    expect(made.text).not.toContain('"a":1}}}}}}');
    expect((await post(body(VIEWER))).text).toBe('{"data":{"viewer":{"id":"tester"}}}');
  });

  it('E21 refuses long addresses, large and many headers', async () => {
    const status = async (head: string): Promise<string> => (await edge.raw(`${head}\r\nconnection: close\r\n\r\n`)).slice(9, 12);
    expect(await status(`GET /director/graphql?query=${'a'.repeat(9_000)} HTTP/1.1\r\nhost: x`)).toBe('414');
    expect(await status(`GET /director/graphql?query=${'a'.repeat(30_000)} HTTP/1.1\r\nhost: x`)).toBe('414');
    expect(await status(`GET /healthz HTTP/1.1\r\nhost: x\r\nx-large: ${'a'.repeat(17_000)}`)).toBe('431');
    expect(
      await status(
        `GET /healthz HTTP/1.1\r\nhost: x\r\n${many(101, (n) => `x-${n}: 1\r\n`)
          .replaceAll('\r\n ', '\r\n')
          .trim()}`,
      ),
    ).toBe('431');
    expect(await status('GET /healthz HTTP/1.1\r\nhost: x\r\n__proto__: x')).toBe('200');
  });

  const post11 = (headers: string, content = ''): string => `POST /director/graphql HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n${content}`;
  const smuggled = 'GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n';

  it.each<readonly [name: string, bytes: string]>([
    ['a length and chunks', post11('content-length: 5\r\ntransfer-encoding: chunked', `0\r\n\r\n${smuggled}`)],
    ['two lengths', post11('content-length: 5\r\ncontent-length: 6', `hello${smuggled}`)],
    ['an unknown coding', post11('transfer-encoding: xchunked', smuggled)],
    ['a coding behind chunks', post11('transfer-encoding: chunked, identity', smuggled)],
    ['a size in hex notation', post11('transfer-encoding: chunked', `0x5\r\nhello\r\n0\r\n\r\n${smuggled}`)],
    ['a size with a sign', post11('transfer-encoding: chunked', `+5\r\nhello\r\n0\r\n\r\n${smuggled}`)],
    ['a size of 17 digits', post11('transfer-encoding: chunked', `${'0'.repeat(16)}fffffffffffffffff\r\nhello\r\n${smuggled}`)],
    ['a line feed in a chunk extension', post11('transfer-encoding: chunked', `5;a=b\nhello\r\n0\r\n\r\n${smuggled}`)],
    ['bare line feeds', `GET /healthz HTTP/1.1\nhost: x\n\n${smuggled}`],
    ['a folded header', `GET /healthz HTTP/1.1\r\nhost: x\r\na: b\r\n c: d\r\n\r\n${smuggled}`],
    ['a blank before the colon', `GET /healthz HTTP/1.1\r\nhost: x\r\nClient-Id-From-Certificate : B\r\n\r\n${smuggled}`],
    ['two hosts', `GET /healthz HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n${smuggled}`],
    ['a carriage return in a value (G5)', `GET /healthz HTTP/1.1\r\nhost: x\r\ntenant: a\rb\r\n\r\n${smuggled}`],
    ['two authorizations (G5)', post11(`authorization: Bearer a\r\nAuthorization: Bearer b\r\ncontent-length: 0`, smuggled)],
    ['a body where none belongs', `GET /v1/info HTTP/1.1\r\nhost: x\r\ncontent-length: ${smuggled.length}\r\n\r\n${smuggled}`],
    ['chunks where no body belongs', `GET /v1/info HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n${smuggled}`],
  ])('E22 closes the connection on %s, and nothing behind it is read', async (_, bytes) => {
    const answer = await edge.raw(bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(answer).toMatch(/connection: close/i);
    const line = { requestId: /x-request-id: (\S+)/i.exec(answer)?.[1], status: Number(answer.slice(9, 12)) };
    expect(await accessLog(line)).toMatchObject(line);
  });

  it('E23 executes nothing for a client that goes in the middle', async () => {
    const content = body('mutation { registerApplication(in: {name: "half"}) { id } }');
    const head = `authorization: Bearer ${token}\r\ntenant: acme\r\ncontent-type: application/json\r\ncontent-length: ${content.length}`;
    await edge.raw(post11(head, content.slice(0, -5)), 200);
    const rows = await asAdmin(edge.database.adminUrl, async (client) => (await client.query(`select 1 from application where name = 'half'`)).rows);
    expect(rows).toEqual([]);
  });

  it('E24 completes a mutation whose client has gone', async () => {
    await asAdmin(edge.database.adminUrl, async (client) => {
      const rows = async (sql: string): Promise<number> => (await client.query(sql)).rows.length;
      const until = async (sql: string): Promise<void> => {
        for (let attempt = 0; (await rows(sql)) === 0; attempt += 1) {
          if (attempt === 200) throw new Error(`never: ${sql}`);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      await client.query('begin');
      await client.query('lock table application in exclusive mode');
      const content = body('mutation { registerApplication(in: {name: "gone"}) { id } }');
      const leaving = edge.raw(
        post11(`authorization: Bearer ${token}\r\ntenant: acme\r\ncontent-type: application/json\r\ncontent-length: ${content.length}`, content),
        500,
      );
      await until(`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
      expect(await leaving).toBe('');
      await client.query('commit');
      await until(`select 1 from application where name = 'gone'`);
    });
  });

  it.each<readonly [name: string, authorization: () => Promise<string>]>([
    ['A1 nothing', async () => ''],
    ['A2 garbage', async () => 'Bearer garbage'],
    ['A2 two segments', async () => `Bearer ${token.split('.').slice(0, 2).join('.')}`],
    ['A2 a large token', async () => `Bearer ${token}${'a'.repeat(12_500)}`],
    ['A3 no algorithm', async () => `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`],
    [
      'A3 a key of its own',
      async () =>
        `Bearer ${Buffer.from(`{"alg":"RS256","kid":"key-1","jku":"${edge.issuer.url}/evil"}`).toString('base64url')}.${token.split('.')[1]}.${token.split('.')[2]}`,
    ],
    ['A4 an unknown key', async () => `Bearer ${await edge.issuer.token({}, { kid: 'unknown' })}`],
    ['A5 an expired token', async () => `Bearer ${await edge.issuer.token({}, { expiresIn: '-2 minutes' })}`],
    ['A5 a token of later', async () => `Bearer ${await edge.issuer.token({ nbf: Math.floor(Date.now() / 1000) + 600 })}`],
    ['A5 a token for others', async () => `Bearer ${await edge.issuer.token({ aud: 'others' }).then((made) => made.replace(/.$/, 'x'))}`],
    ['G2 another scheme', async () => 'Basic YTpi'],
  ])('%s is refused at the edge with the body that clients know', async (_, authorization) => {
    const answer = await post(body('mutation { a }'), { authorization: await authorization() });
    expect(answer.status).toBe(401);
    expect(answer.text).toBe('{"error":{"code":401,"status":"Unauthorized","message":"The request could not be authorized"}}');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });

  it('A6 counts and drops what imitates an identity', async () => {
    const answer = await post(body(VIEWER), { 'client-id-from-certificate': 'B', 'x-flow-identity': 'Super Admin', 'x-consumer-type': 'Super Admin' });
    expect(answer.text).toBe('{"data":{"viewer":{"id":"tester"}}}');
    const metrics = await (await fetch(`http://127.0.0.1:${edge.gateway.adminPort}/metrics`)).text();
    expect(metrics).toContain('gateway_spoofed_header_total{header="x-flow-identity",service="gateway"} 1');
  });

  it('A7 to A9 judges the tenant', async () => {
    expect(await post(body('{ applications { totalCount } }'), { tenant: 'nowhere' })).toMatchObject({
      status: 400,
      code: 25,
      message: 'Tenant not found [externalTenant=nowhere]',
    });
    expect(await post(body('{ applications { totalCount } }'))).toMatchObject({ status: 200, code: 24, message: 'Tenant is required' });
    for (const tenant of ['acme, globex', '"acme"', 'x'.repeat(10_000), 'a b']) {
      const answer = await edge.raw(post11(`authorization: Bearer ${token}\r\ncontent-type: application/json\r\ntenant: ${tenant}\r\ncontent-length: 0`));
      expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*"BAD_REQUEST"/);
    }
    expect(await edge.raw(post11(`authorization: Bearer ${token}\r\ntenant: acme\r\nTENANT: globex\r\ncontent-length: 0`))).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('A10, A11 says which scope is missing, and nothing of other tenants', async () => {
    const operator = await edge.issuer.token({ groups: ['runtimeOperator'], tenants: ['acme'] });
    const answer = await post(body('mutation { registerApplication(in: {name: "x"}) { id } }'), { tenant: 'acme', authorization: `Bearer ${operator}` });
    expect([answer.status, answer.code]).toEqual([200, 23]);
    expect(answer.message).toMatch(/^insufficient scopes provided \[actual=.*; required=application:write\]$/);
    const made = await post(body('mutation { result: registerApplication(in: {name: "mine"}) { id } }'), { tenant: 'acme' });
    const { id } = JSON.parse(made.text).data.result as { id: string };
    const ask = async (of: string) => (await post(body(`{ application(id: "${of}") { id } }`), { tenant: 'globex' })).text;
    expect(await ask(id)).toBe(await ask('00000000-0000-7000-8000-000000000000'));
  });

  it.each<readonly [target: string, status: number]>([
    ['/director/../connector/graphql', 404],
    ['/director/%2e%2e/connector/graphql', 400],
    ['/director/..%2fconnector/graphql', 400],
    ['/director//graphql', 404],
    ['/director/graphql;x=1', 404],
    ['/directorX/graphql', 404],
    ['/DIRECTOR/graphql', 404],
    ['http://else/director/graphql', 400],
  ])('G4 reaches no service by %s', async (target, status) => {
    expect(await edge.raw(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it.each(['websocket', 'h2c'])('G7 changes to no other protocol: %s', async (protocol) => {
    const answer = await edge.raw(`GET /director/graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: ${protocol}\r\n\r\n${smuggled}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*"errors"/);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(await edge.raw('CONNECT else:443 HTTP/1.1\r\nhost: else:443\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('asks for a body only once it is known who sends it', async () => {
    const expecting = (authorization: string): string =>
      post11(`authorization: ${authorization}\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: ${body(VIEWER).length}`);
    expect(await edge.raw(expecting('Bearer wrong'), 500)).toMatch(/^HTTP\/1\.1 401 /);
    expect(await edge.raw(expecting(`Bearer ${token}`), 500)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    expect(await edge.raw(expecting(`Bearer ${token}`) + body(VIEWER), 500)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });

  it('leaves no fault of the program behind', async () => {
    const levels = (service: Edge['gateway']) => [...service.output().matchAll(/"level":"(error|fatal)".*/g)].map(([line]) => line);
    expect([...levels(edge.gateway), ...levels(edge.director)]).toEqual([]);
    expect(edge.gateway.output()).not.toContain('secretive');
    for (const { adminPort } of [edge.gateway, edge.director]) {
      const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
      expect(metrics).toMatch(/unhandled_errors\{kind="exception"[^}]*\} 0\n/);
    }
  });
});
