import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { behindTheScenes, type DirectorUnderTest, startDirectorUnderTest } from '../testing/director-under-test.ts';

const VIEWER = '{ viewer { id } }';
const MUTATION = 'mutation { registerApplication(in: { name: "never" }) { id } }';
const query = (text: string, rest: object = {}): string => JSON.stringify({ query: text, ...rest });
const register = (name: string): string => `{"query":"mutation($n: String!) { registerApplication(in: { name: $n }) { id } }","variables":{"n":${name}}}`;
const label = (value: string): string => query(`mutation { setTenantLabel(tenantID: "acme", key: "k", value: ${value}) { key } }`);
const UNDECODABLE = 'json request body could not be decoded';

/** What is sent, and what has to come back: status, code (of GraphQL or of a domain error), and a part of the text. */
type Row = readonly [name: string, body: string | Buffer, status: number, code: string | number | undefined, text?: string];

const POSTED: readonly Row[] = [
  ['E1 an empty body', '', 400, 'BAD_REQUEST', UNDECODABLE],
  ['E1 truncated JSON', '{"query":"{ viewer', 400, 'BAD_REQUEST', UNDECODABLE],
  ['E1 no JSON', 'my-secret', 400, 'BAD_REQUEST', UNDECODABLE],
  ...['null', '1', '"x"', 'true'].map((body): Row => [`E2 ${body}`, body, 400, 'BAD_REQUEST', UNDECODABLE]),
  ['E3 a batch', `[${query(VIEWER)}]`, 400, 'BATCHING_DISABLED'],
  ...['{}', query(''), query(' ,\n# nothing\n'), '{"query":null}'].map(
    (body): Row => [`E4 ${body}`, body, 422, 'GRAPHQL_VALIDATION_FAILED', 'no operation provided'],
  ),
  ['E5 a query that is no text', '{"query":1}', 400, 'BAD_REQUEST'],
  ['E5 variables that are a list', query(VIEWER, { variables: [] }), 400, 'BAD_REQUEST'],
  ['E5 variables that are a text', query(VIEWER, { variables: '{}' }), 400, 'BAD_REQUEST'],
  ['E5 a member twice', `{"query":"${VIEWER}","query":"${VIEWER}"}`, 400, 'BAD_REQUEST'],
  ['E5 a member twice, once escaped', `{"query":"${VIEWER}","qu\\u0065ry":"${VIEWER}"}`, 400, 'BAD_REQUEST'],
  ['E6 a syntax error', query('{ viewer {'), 422, 'GRAPHQL_PARSE_FAILED'],
  ['E6 empty parentheses are none', query('{ viewer() { id } }'), 200, undefined],
  ['E7 an unknown field', query('{ viewr { id } }'), 422, 'GRAPHQL_VALIDATION_FAILED'],
  ['E7 an argument of another type', query('{ applications(first: "x") { totalCount } }'), 422, 'GRAPHQL_VALIDATION_FAILED'],
  ['E7 a missing variable', query('query($a: Int!) { applications(first: $a) { totalCount } }'), 422, 'GRAPHQL_VALIDATION_FAILED'],
  ['E7 an Int beyond 32 bits', query('{ applications(first: 99999999999) { totalCount } }'), 422, 'GRAPHQL_VALIDATION_FAILED'],
  ['E7 an unknown enum value', query('mutation { registerApplication(in: { name: "a", statusCondition: NOPE }) { id } }'), 422, 'GRAPHQL_VALIDATION_FAILED'],
  [
    'E7 an unknown member of a variable',
    query('mutation($in: ApplicationRegisterInput!) { registerApplication(in: $in) { id } }', { variables: { in: { name: 'a', nane: 1 } } }),
    422,
    'GRAPHQL_VALIDATION_FAILED',
    'Field "nane" is not defined',
  ],
  ['E7 labels that are no object', query('mutation { registerApplication(in: { name: "a", labels: "x" }) { id } }'), 422, 'GRAPHQL_VALIDATION_FAILED'],
  ['E8 two operations and no name', query('query a { viewer { id } } query b { viewer { id } }'), 422, 'GRAPHQL_VALIDATION_FAILED', 'operation  not found'],
  ['E8 an unknown name', query('query a { viewer { id } }', { operationName: 'z' }), 422, 'GRAPHQL_VALIDATION_FAILED', 'operation z not found'],
  ['E14 levels', query(`{ a${'{a'.repeat(5000)}${'}'.repeat(5000)}}`), 400, 'MAX_DEPTH_LIMIT'],
  ['E14 levels of a list', query(`{ a(b: ${'['.repeat(9000)}${']'.repeat(9000)}) }`), 400, 'MAX_DEPTH_LIMIT'],
  ['E14 root fields', query(`{${'viewer { id } '.repeat(25)}}`), 400, 'MAX_ROOT_FIELDS_LIMIT'],
  ['E14 aliases', query(`{ applications { data {${Array.from({ length: 40 }, (_, n) => `a${n}: id`).join(' ')}} } }`), 400, 'MAX_ALIASES_LIMIT'],
  ['E14 directives', query(`{ viewer { id ${'@include(if: true) '.repeat(100)} } }`), 400, 'MAX_DIRECTIVES_LIMIT'],
  ['E14 fragments in a circle', query('{ viewer { ...a } } fragment a on Viewer { ...b } fragment b on Viewer { ...a }'), 422, 'GRAPHQL_VALIDATION_FAILED'],
  ['E15 one response key many times', query(`{ viewer {${'id '.repeat(200)}} }`), 400, 'MAX_DUPLICATE_FIELDS_LIMIT'],
  [
    'E16 invalid UTF-8',
    Buffer.concat([Buffer.from('{"query":"{ viewer { id } } #'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
    400,
    'BAD_REQUEST',
    UNDECODABLE,
  ],
  ['E16 a BOM', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(query(VIEWER))]), 200, undefined],
  ['E16 UTF-16', Buffer.from(query(VIEWER), 'utf16le'), 400, 'BAD_REQUEST', UNDECODABLE],
  ['E16 a lone surrogate', register('"\\ud800"'), 200, 22, 'must be well-formed Unicode'],
  ['E17 NUL in a text', register('"a\\u0000"'), 200, 22, 'Invalid data [name=must not contain the NUL character]'],
  [
    'E17 NUL deep in a label',
    query('mutation($l: Labels) { registerApplication(in: { name: "a", labels: $l }) { id } }', { variables: { l: { a: { b: ['\u0000'] } } } }),
    200,
    22,
    '[b=must not contain the NUL character]',
  ],
  [
    'E17 NUL in JSON within a text',
    query('mutation { registerApplication(in: { name: "a", bundles: [{ name: "b", instanceAuthRequestInputSchema: "{\\"a\\":\\"\\\\u0000\\"}" }] }) { id } }'),
    200,
    22,
  ],
  [
    'E17 NUL in headers within a text',
    query(
      'mutation { registerApplication(in: { name: "a", webhooks: [{ type: CONFIGURATION_CHANGED, url: "https://a.example.com", auth: { additionalHeadersSerialized: "{\\"a\\":[\\"\\\\u0000\\"]}" } }] }) { id } }',
    ),
    200,
    22,
  ],
  ['E17 NUL in a cursor', query('{ applications(after: "\\u0000") { totalCount } }'), 200, 22],
  ['E18 JSON that is nested too deeply', query(VIEWER, { variables: { a: JSON.parse('['.repeat(60) + ']'.repeat(60)) } }), 400, 'BAD_REQUEST'],
  ['E18 too many members', query(VIEWER, { variables: Object.fromEntries(Array.from({ length: 10_050 }, (_, n) => [`k${n}`, 1])) }), 400, 'BAD_REQUEST'],
  ['E18 1e999', `{"query":"${VIEWER}","variables":{"a":1e999}}`, 400, 'BAD_REQUEST'],
  ['E18 100,000 digits', `{"query":"${VIEWER}","variables":{"a":${'1'.repeat(100_000)}}}`, 400, 'BAD_REQUEST'],
  ['E18 1e999 in the document', label('{ a: [-1e999] }'), 200, 22, 'must be a number that JSON can hold'],
  ['E18 2,000 digits in the document', label('1'.repeat(2_000)), 200, 22, 'must be a number that JSON can hold'],
  ['E20 a persisted query', query(VIEWER, { extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }), 400, 'PERSISTED_QUERY_NOT_SUPPORTED'],
];

describe('an envelope that is not as it should be', () => {
  let director: DirectorUnderTest;
  let headers: Record<string, string>;
  beforeAll(async () => {
    director = await startDirectorUnderTest();
    headers = { 'content-type': 'application/json', authorization: `Bearer ${director.token({ tenant: await director.tenant('acme') })}` };
  });
  afterAll(() => director.stop());

  const answer = async (response: Response) => {
    const text = await response.text();
    expect(text).not.toMatch(/my-secret|Did you mean|node_modules|\bat \w+ \(|syntax for type/);
    return { status: response.status, error: text === '' ? undefined : JSON.parse(text).errors?.[0], headers: response.headers };
  };

  it.each(POSTED)('%s', async (_, body, status, code, text = '') => {
    const { error, ...rest } = await answer(await fetch(director.url, { method: 'POST', headers, body }));
    expect({ status: rest.status, code: error?.extensions.error_code ?? error?.extensions.code }).toEqual({ status, code });
    if (text) expect(error.message).toContain(text);
  });

  it.each([
    ['E9a a query', `?query=${encodeURIComponent(VIEWER)}`, 200],
    ['E9 a mutation', `?query=${encodeURIComponent(MUTATION)}`, 405],
    ['E10 variables that are no JSON', `?query=${encodeURIComponent(VIEWER)}&variables={`, 400],
    ['E4 nothing', '', 422],
  ])('by GET: %s', async (_, search, status) => {
    const got = await answer(await fetch(director.url + search, { headers }));
    expect(got.status).toBe(status);
    if (status === 405)
      expect({ allow: got.headers.get('allow'), message: got.error.message }).toEqual({ allow: 'POST', message: 'GET requests only allow query operations' });
    if (status === 400) expect(got.error.message).toContain('variables could not be decoded');
  });

  it.each(['text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'application/json; charset=utf-16', ''])(
    'E11 content type "%s"',
    async (type) => {
      const { status, error } = await answer(await fetch(director.url, { method: 'POST', headers: { ...headers, 'content-type': type }, body: query(VIEWER) }));
      expect(status).toBe(400);
      expect(error.message).toContain('transport not supported');
    },
  );

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'])('E12 %s', async (method) => {
    const response = await fetch(director.url, { method, headers });
    expect({ status: response.status, allow: response.headers.get('allow') }).toEqual({ status: 405, allow: 'GET, POST' });
  });

  it.each([
    ['plain', Buffer.from(query(VIEWER, { more: 'x'.repeat(3_000_000) })), {}, 413],
    ['packed: the service takes plain bodies only', gzipSync(Buffer.alloc(50_000_000, 0x20)), { 'content-encoding': 'gzip' }, 400],
  ])('E13 too many bytes, %s', async (_, body, more, status) => {
    const got = await answer(await fetch(director.url, { method: 'POST', headers: { ...headers, ...more }, body }));
    expect(got.status).toBe(status);
    if (status === 413) expect(got.error.message).toContain('Payload Too Large');
  });

  it('E19 names of inherited members are data', async () => {
    const given = '{"__proto__":{"polluted":1},"constructor":2,"toString":"x","n":{"__proto__":{"deep":[1]}}}';
    const body = `{"query":"mutation($l: Labels) { registerApplication(in: { name: \\"proto\\", labels: $l }) { labels } }","variables":{"l":${given}}}`;
    const text = await (await fetch(director.url, { method: 'POST', headers, body })).text();
    const { name: _, managed: __, ...labels } = JSON.parse(text).data.registerApplication.labels;
    expect(Object.getOwnPropertyNames(labels).sort()).toEqual(['__proto__', 'constructor', 'n', 'toString']);
    expect(JSON.stringify(labels.n)).toBe('{"__proto__":{"deep":[1]}}');
    expect(JSON.stringify(Object.getOwnPropertyDescriptor(labels, '__proto__')?.value)).toBe('{"polluted":1}');
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted');
  });

  it('of none of these anything is left, and the service is as well as before', async () => {
    expect(await behindTheScenes(director, `select name from application where name in ('never', 'a')`)).toEqual([]);
    expect((await fetch(director.url, { method: 'POST', headers, body: query(VIEWER) })).status).toBe(200);
  });
});
