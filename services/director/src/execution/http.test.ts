import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DirectorUnderTest, startDirectorUnderTest } from '../testing/director-under-test.ts';

describe('POST /graphql of the Director', () => {
  let director: DirectorUnderTest;
  let acme: string;
  beforeAll(async () => {
    director = await startDirectorUnderTest();
    acme = await director.tenant('acme');
  });
  afterAll(() => director.stop());

  const post = async (body: string | Buffer, headers: Record<string, string> = {}) => {
    const response = await fetch(director.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${director.token({ tenant: acme })}`, ...headers },
      body,
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };

  it('answers 400 without a token and 401 for one that is not accepted (A1, A2)', async () => {
    const response = await fetch(director.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ viewer { id } }"}' });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('Unauthorized [reason=invalid bearer token]');
    const garbage = await post('{"query":"{ viewer { id } }"}', { authorization: 'Bearer a.b.c' });
    expect(garbage.status).toBe(401);
    expect(JSON.parse(garbage.text).errors[0].extensions).toEqual({ error_code: 26, error: 'Unauthorized' });
  });

  it('answers 400 and code 25 for an unknown tenant (A7), and code 24 where one is needed (A8)', async () => {
    const unknown = await director.call({ externalTenant: 'nowhere' }, '{ applications { totalCount } }');
    expect(unknown.status).toBe(400);
    expect(unknown.errors[0]).toMatchObject({ message: 'Tenant not found [externalTenant=nowhere]', extensions: { error_code: 25 } });
    const none = await director.call({}, '{ applications { totalCount } }');
    expect(none.status).toBe(200);
    expect(none.errors[0]).toMatchObject({ message: 'Tenant is required', extensions: { error_code: 24 } });
  });

  it.each([
    ['', 400],
    ['[]', 400],
    ['{"query":"{ viewer { id } "}', 422],
    ['{"query":"{ nothing }"}', 422],
    ['{"query":"{ applications(first: 99999999999) { totalCount } }"}', 422],
    ['{"query":"query A { viewer { id } } query B { viewer { id } }"}', 422],
    ['{"query":"query A { viewer { id } }","operationName":"C"}', 422],
    [`{"query":"{ viewer { ${'a '.repeat(200)} } }"}`, 400],
    [JSON.stringify({ query: `{ applications { data ${'{ bundles { data '.repeat(20)} } }` }), 400],
  ])('answers %# with the status of the contract', async (body, status) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).errors[0].message).toBeTruthy();
    expect(answer.text).not.toMatch(/Did you mean|node_modules|at \w+ \(/);
  });

  it('answers 413 beyond its limit in a way that the client can read (E13)', async () => {
    const answer = await post(JSON.stringify({ query: `{ applications(filter: [{ key: "${'a'.repeat(2_097_152)}" }]) { totalCount } }` }));
    expect(answer.status).toBe(413);
    expect(answer.text).toContain('Payload Too Large');
  });

  it('takes empty argument lists, fragments, aliases, variables and directives', async () => {
    const { data, errors } = await director.call(
      { tenant: acme },
      'query ($with: Boolean!) { result: labelDefinitions() { key } viewer { ...F again: id type @include(if: $with) } } fragment F on Viewer { id __typename }',
      { with: false },
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({ result: [], viewer: { id: 'tester', __typename: 'Viewer', again: 'tester' } });
  });

  it('gives each call its own values, however alike the documents are', async () => {
    for (const name of ['one', 'two', 'th\\"ree', 'f\\u00f6ur'])
      await director.call({ tenant: acme }, `mutation { registerApplication(in: { name: "${name}" }) { id } }`);
    for (const [first, query] of [
      [1, 'mp-one'],
      [2, 'mp-two'],
      [3, 'mp-th-ree'],
    ] as const) {
      const { data } = await director.call(
        { tenant: acme },
        `{ applications(first: ${first}, filter: [{ key: "name", query: "\\"${query}\\"" }]) { data { labels } } }`,
      );
      expect(data.applications.data).toEqual([{ labels: expect.objectContaining({ name: query }) }]);
    }
    const { data } = await director.call({ tenant: acme }, '{ a: applications(first: 1) { data { name } } b: applications(first: 2) { data { name } } }');
    expect([data.a.data.length, data.b.data.length]).toEqual([1, 2]);
  });

  it('answers queries by GET and refuses mutations (E9)', async () => {
    const get = (query: string) =>
      fetch(`${director.url}?${new URLSearchParams({ query }).toString()}`, { headers: { authorization: `Bearer ${director.token({ tenant: acme })}` } });
    expect(await (await get('{ viewer { id } }')).json()).toEqual({ data: { viewer: { id: 'tester' } } });
    const mutation = await get('mutation { deleteTenants(in: []) }');
    expect([mutation.status, mutation.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('serves introspection', async () => {
    const { data } = await director.call({}, '{ __schema { queryType { fields { name } } } __type(name: "Viewer") { name } }');
    expect(data.__schema.queryType.fields).toHaveLength(44);
    expect(data.__type).toEqual({ name: 'Viewer' });
  });

  it('says which operations this version does not have', async () => {
    const { errors } = await director.call({}, '{ formationConstraints { id } }');
    expect(errors[0]).toMatchObject({
      message: 'The operation is not allowed [reason=formationConstraints is not available in this version]',
      extensions: { error_code: 27, error: 'InvalidOperation' },
    });
  });

  it('answers empty pages, lists or null for fields this version does not have', async () => {
    await director.call({ tenant: acme }, 'mutation { registerApplication(in: { name: "fields", bundles: [{ name: "b" }] }) { id } }');
    const { data, errors } = await director.call(
      { tenant: acme },
      '{ applications(filter: [{ key: "name", query: "\\"mp-fields\\"" }]) { data { operations { id } deletedAt integrationDependencies { data { id } pageInfo { hasNextPage } totalCount } eventingConfiguration { defaultURL } bundles { data { instanceAuths { id } instanceAuth(id: "x") { id } } } } } }',
    );
    expect(errors).toBeUndefined();
    expect(data.applications.data).toEqual([
      {
        operations: [],
        deletedAt: null,
        integrationDependencies: { data: [], pageInfo: { hasNextPage: false }, totalCount: 0 },
        eventingConfiguration: { defaultURL: '' },
        bundles: { data: [{ instanceAuths: [], instanceAuth: null }] },
      },
    ]);
  });

  it('judges input before rights, and rights before the tenant', async () => {
    const blank = await director.call({ scopes: [] }, 'mutation { registerApplication(in: { name: "" }) { id } }');
    expect(blank.errors[0].extensions.error_code).toBe(22);
    const rights = await director.call({ scopes: [] }, 'mutation { registerApplication(in: { name: "x" }) { id } }');
    expect(rights.errors[0].message).toBe('insufficient scopes provided [actual=; required=application:write]');
  });

  it('marks a runtime that calls as connected, once', async () => {
    const { data } = await director.call({ tenant: acme }, 'mutation { registerRuntime(in: { name: "r" }) { id status { condition } } }');
    expect(data.registerRuntime.status.condition).toBe('INITIAL');
    await director.call({ tenant: acme, consumerType: 'Runtime', consumerId: data.registerRuntime.id }, '{ viewer { id } }');
    const after = await director.call({ tenant: acme }, `{ runtime(id: "${data.registerRuntime.id}") { status { condition } } }`);
    expect(after.data.runtime.status.condition).toBe('CONNECTED');
  });
});
