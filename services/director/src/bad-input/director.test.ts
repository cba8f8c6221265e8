import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DirectorUnderTest, startDirectorUnderTest } from '../testing/director-under-test.ts';
import { FILTERED, NOWHERE, ROWS } from './rows.ts';

/** Ids that nothing has, asked for by queries: null, an empty list, or the error that the contract has for it; never a fault. */
const QUERIES: readonly (readonly [string, number | undefined])[] = [
  ['application(id: $id) { id }', undefined],
  ['runtime(id: $id) { id }', undefined],
  ['formation(id: $id) { id }', 20],
  ['applicationsForRuntime(runtimeID: $id) { totalCount }', 22],
  ['apisForApplication(appID: $id) { totalCount }', 20],
  ['formationsForObject(objectID: $id) { id }', undefined],
  ['tenantByInternalID(id: $id) { id }', 20],
  ['formationTemplate(id: $id) { id }', 20],
];

describe('bad input to the Director', () => {
  let director: DirectorUnderTest;
  let tenant: string;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    director = await startDirectorUnderTest();
    tenant = await director.tenant('acme');
    await director.tenant('globex');
    const { data, errors } = await director.call(
      { tenant },
      `mutation {
        registerApplication(in: { name: "Shop", labels: { applicationType: "SAP Commerce Cloud" }, webhooks: [{ type: CONFIGURATION_CHANGED, url: "https://h.example.com" }], bundles: [{ name: "b", apiDefinitions: [{ name: "a", targetURL: "https://a.example.com" }] }] }) { id bundles { data { id apiDefinitions { data { id } } } } }
        registerRuntime(in: { name: "r" }) { id }
        createFormation(formation: { name: "taken" }) { id }
      }`,
    );
    if (errors) throw new Error(JSON.stringify(errors));
    const [bundle] = data.registerApplication.bundles.data;
    Object.assign(ids, {
      APP: data.registerApplication.id,
      BUNDLE: bundle.id,
      API: bundle.apiDefinitions.data[0].id,
      RUNTIME: data.registerRuntime.id,
      TENANT: tenant,
    });
    const assigned = await director.call(
      { tenant },
      `mutation { assignFormation(objectID: "${ids['APP']}", objectType: APPLICATION, formation: { name: "taken" }) { id } }`,
    );
    if (assigned.errors) throw new Error(JSON.stringify(assigned.errors));
  });
  afterAll(() => director.stop());

  it.each(ROWS)('%s', async (_, document, variables, code, text) => {
    const { status, errors } = await director.call(
      { tenant },
      document.replaceAll(/"(APP|BUNDLE|API|RUNTIME|TENANT)"/g, (__, name: string) => `"${ids[name]}"`),
      variables,
    );
    expect({ status, code: errors?.[0]?.extensions.error_code }).toEqual({ status: 200, code });
    expect(errors[0].message).toContain(text);
  });

  it.each(QUERIES.flatMap(([field, code]) => [NOWHERE, 'no id', ''].map((id) => [field, id, code] as const)))('%s of "%s"', async (field, id, code) => {
    const { status, errors } = await director.call({ tenant }, `{ ${field.replace('$id', JSON.stringify(id))} }`);
    expect({ status, code: errors?.[0]?.extensions.error_code }).toEqual({ status: 200, code });
  });

  it.each(['"\'"', '"-- x"', '"$$"', '"\\\\"', '{"a":[1,{"b":null}]}', '1'.repeat(400).replace(/^/, '0.')])('D5 the filter %s is data', async (query) => {
    expect((await director.call({ tenant }, FILTERED, { f: [{ key: "a'b--", query }] })).data).toEqual({ applications: { totalCount: 0 } });
  });

  it('D4 a cursor of a list with another order is refused', async () => {
    await director.call({ tenant }, 'mutation { registerApplication(in: { name: "second" }) { id } }');
    const { data } = await director.call({ tenant }, '{ applications(first: 1) { pageInfo { endCursor } } tenants(first: 1) { pageInfo { endCursor } } }');
    for (const [list, other] of [
      ['applications', 'tenants'],
      ['tenants', 'applications'],
    ] as const) {
      const { errors } = await director.call({ tenant }, `query ($c: PageCursor) { ${list}(after: $c) { totalCount } }`, { c: data[other].pageInfo.endCursor });
      expect(errors[0].message).toBe('Invalid data [reason=cursor is not correct]');
    }
  });

  it('D3 tenants may be asked for all at once', async () => {
    expect((await director.call({}, '{ tenants(first: 2147483647) { totalCount } }')).data).toEqual({ tenants: { totalCount: 2 } });
  });

  it('D13 a specification that is not of its format is kept as text', async () => {
    const { data } = await director.call(
      { tenant },
      `mutation { updateAPIDefinition(id: "${ids['API']}", in: { name: "a", targetURL: "https://a.example.com", spec: { type: OPEN_API, format: JSON, data: "no: json" } }) { spec { data } } }`,
    );
    expect(data.updateAPIDefinition.spec).toEqual({ data: 'no: json' });
  });

  it('a tenant that is no more sees nothing, and nothing can be made for it', async () => {
    const gone = { tenant: NOWHERE };
    expect((await director.call(gone, '{ applications { totalCount } runtimes { totalCount } labelDefinitions { key } }')).data).toEqual({
      applications: { totalCount: 0 },
      runtimes: { totalCount: 0 },
      labelDefinitions: [],
    });
    for (const field of ['registerApplication(in: { name: "z" })', 'registerRuntime(in: { name: "z" })', 'createFormation(formation: { name: "z" })']) {
      const { status, errors } = await director.call(gone, `mutation { ${field} { id } }`);
      expect(status).toBe(200);
      expect([20, 27, 29]).toContain(errors[0].extensions.error_code);
    }
  });
});
