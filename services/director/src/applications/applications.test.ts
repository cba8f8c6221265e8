import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { behindTheScenes, type DirectorUnderTest, startDirectorUnderTest } from '../testing/director-under-test.ts';

const REGISTER =
  'mutation ($in: ApplicationRegisterInput!) { registerApplication(in: $in) { id name labels baseUrl status { condition } updatedAt bundles { totalCount data { name apiDefinitions { data { name spec { data type format } version { value } } } documents { data { data } } defaultInstanceAuth { credential { __typename ... on OAuthCredentialData { clientSecret } } } } } webhooks { type auth { credential { ... on BasicCredentialData { password } } additionalHeaders additionalHeadersSerialized } } } }';

describe('applications', () => {
  let director: DirectorUnderTest;
  let customer: string;
  let acme: string;
  let globex: string;
  beforeAll(async () => {
    director = await startDirectorUnderTest();
    customer = await director.tenant('customer', { type: 'customer' });
    acme = await director.tenant('acme', { parents: ['customer'] });
    globex = await director.tenant('globex');
  });
  afterAll(() => director.stop());

  const register = async (tenant: string, input: object): Promise<string> => {
    const { data, errors } = await director.call({ tenant }, REGISTER, { in: input });
    expect(errors).toBeUndefined();
    return data.registerApplication.id as string;
  };
  const failed = async (tenant: string, query: string, variables?: object) => (await director.call({ tenant }, query, variables)).errors?.[0];

  it('come back with everything they were registered with [TestRegisterApplicationWithBundles] [TestRegisterApplicationWithWebhooks]', async () => {
    const input = {
      name: 'Shop One',
      labels: { applicationType: 'SAP Commerce Cloud', managed: 'true' },
      webhooks: [
        {
          type: 'CONFIGURATION_CHANGED',
          url: 'https://hooks.example.com',
          auth: { credential: { basic: { username: 'u', password: 'p"\u0007' } }, additionalHeadersSerialized: '{"X-A":["1","2"]}' },
        },
      ],
      bundles: [
        {
          name: 'b',
          defaultInstanceAuth: { credential: { oauth: { clientId: 'i', clientSecret: 's', url: 'https://token.example.com' } } },
          apiDefinitions: [
            {
              name: 'api',
              targetURL: 'https://api.example.com/v1',
              version: { value: '1.0.0' },
              spec: { type: 'OPEN_API', format: 'JSON', data: '{"a":"\u0007"}' },
            },
          ],
          documents: [{ title: 't', displayName: 'd', description: 'x', format: 'MARKDOWN', data: '# x' }],
        },
      ],
    };
    const { data, errors } = await director.call({ tenant: acme }, REGISTER, { in: input });
    expect(errors).toBeUndefined();
    expect(data.registerApplication).toMatchObject({
      name: 'Shop One',
      labels: { name: 'mp-shop-one', managed: 'false', applicationType: 'SAP Commerce Cloud' },
      baseUrl: 'https://api.example.com',
      status: { condition: 'INITIAL' },
      updatedAt: null,
      bundles: {
        totalCount: 1,
        data: [
          {
            name: 'b',
            apiDefinitions: { data: [{ name: 'api', spec: { data: '{"a":"\u0007"}', type: 'OPEN_API', format: 'JSON' }, version: { value: '1.0.0' } }] },
            documents: { data: [{ data: '# x' }] },
            defaultInstanceAuth: { credential: { __typename: 'OAuthCredentialData', clientSecret: 's' } },
          },
        ],
      },
      webhooks: [
        {
          type: 'CONFIGURATION_CHANGED',
          auth: { credential: { password: 'p"\u0007' }, additionalHeaders: { 'X-A': ['1', '2'] }, additionalHeadersSerialized: '{"X-A":["1","2"]}' },
        },
      ],
    });
  });

  it('keep credentials sealed in the database', async () => {
    const [row] = await behindTheScenes(director, `select string_agg(encode(ciphertext, 'escape'), '') as text from secret`);
    expect(row.text.length).toBeGreaterThan(0);
    expect(row.text).not.toContain('clientSecret');
  });

  it('are shown to their tenant and those above, and to no other [TestTenantIsolation] [TestHierarchicalTenantIsolation]', async () => {
    const id = await register(acme, { name: 'isolated' });
    const read = async (tenant: string) =>
      (
        await director.call(
          { tenant },
          '{ application(id: "' + id + '") { name } applications(filter: [{ key: "name", query: "\\"mp-isolated\\"" }]) { totalCount } }',
        )
      ).data;
    expect(await read(acme)).toEqual({ application: { name: 'isolated' }, applications: { totalCount: 1 } });
    expect(await read(customer)).toEqual({ application: { name: 'isolated' }, applications: { totalCount: 1 } });
    expect(await read(globex)).toEqual({ application: null, applications: { totalCount: 0 } });
    const mine = await register(customer, { name: 'of-the-customer' });
    expect((await director.call({ tenant: acme }, `{ application(id: "${mine}") { name } }`)).data).toEqual({ application: null });
  });

  it('have names that are unique in the tenant after normalising [TestRegisterApplicationNormalizationValidation]', async () => {
    await register(acme, { name: 'app-wordpress' });
    const error = await failed(acme, 'mutation { registerApplication(in: { name: "app!wordpress" }) { id } }');
    expect(error).toMatchObject({
      message: 'Object name is not unique [object=application]',
      extensions: { error_code: 31, error: 'NotUniqueName' },
      path: ['registerApplication'],
    });
    await register(globex, { name: 'app-wordpress' });
  });

  it('are registered by at most four statements, the answer included', async () => {
    const before = director.registry.statements.count;
    await register(acme, { name: 'counted', bundles: [{ name: 'b', apiDefinitions: [{ name: 'a', targetURL: 'https://a.example.com' }] }] });
    expect(director.registry.statements.count - before).toBeLessThanOrEqual(4);
  });

  it('are read by one statement, at 1 and at 200 of them', async () => {
    const query = (first: number): string =>
      `{ applications(first: ${first}) { totalCount data { name labels webhooks { url auth { certCommonName } } auths { id auth { certCommonName } } bundles { data { name apiDefinitions { data { name spec { data } } } eventDefinitions { data { name spec { data } } } documents { data { title data } } } } } } }`;
    const tenant = await director.tenant('crowded');
    for (let n = 0; n < 200; n += 1)
      await register(tenant, {
        name: `app-${n}`,
        labels: { n },
        bundles: [{ name: 'b', apiDefinitions: [{ name: 'a', targetURL: 'https://a.example.com', spec: { type: 'OPEN_API', format: 'JSON', data: '{}' } }] }],
      });
    for (const first of [1, 200]) {
      const before = director.registry.statements.count;
      const { data } = await director.call({ tenant }, query(first));
      expect(data.applications.data).toHaveLength(first);
      expect(director.registry.statements.count - before).toBe(1);
    }
  }, 60_000);

  it('page without gaps or overlaps, also by old cursors [TestQueryApplicationsPageable]', async () => {
    const tenant = await director.tenant('paged');
    for (let n = 0; n < 7; n += 1) await register(tenant, { name: `p${n}` });
    const page = async (after: string) =>
      (
        await director.call(
          { tenant },
          '{ applications(first: 3, after: "' + after + '") { totalCount pageInfo { startCursor endCursor hasNextPage } data { name } } }',
        )
      ).data.applications;
    const names: string[] = [];
    let after = '';
    for (;;) {
      const { data, pageInfo, totalCount } = await page(after);
      expect(totalCount).toBe(7);
      expect(pageInfo.startCursor).toBe(after);
      names.push(...data.map(({ name }: { name: string }) => name));
      if (!pageInfo.hasNextPage) {
        expect(pageInfo.endCursor).toBe('');
        break;
      }
      after = pageInfo.endCursor;
    }
    expect(names).toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6']);
    const old = await page(Buffer.from('DpKtJ4j9jDq5').toString('base64'));
    expect(old.data.map(({ name }: { name: string }) => name)).toEqual(['p5', 'p6']);
  });

  it.each([
    ['applications(first: 0)', 'Invalid data [reason=page size must be between 1 and 200]'],
    ['applications(first: 201)', 'Invalid data [reason=page size must be between 1 and 200]'],
    ['applications(after: "garbage!")', 'Invalid data [reason=cursor is not correct]'],
    ['applications(after: "DpKtJ4")', 'Invalid data [reason=cursor is not correct]'],
  ])('refuse %s', async (field, message) => {
    expect(await failed(acme, `{ ${field} { totalCount } }`)).toMatchObject({ message, extensions: { error_code: 22 } });
  });

  it('say where in the answer a nested page was asked for in a wrong way', async () => {
    const { data, errors } = await director.call({ tenant: acme }, '{ a: applications(first: 1) { data { name b: bundles(first: 0) { totalCount } } } }');
    expect(data.a.data[0].b).toBeNull();
    expect(errors[0]).toMatchObject({ path: ['a', 'data', 0, 'b'], extensions: { error_code: 22 } });
  });

  it('filter by labels: key, JSON, any of several, scenarios [TestSearchApplicationsByLabels]', async () => {
    const tenant = await director.tenant('labelled');
    await register(tenant, { name: 'one', labels: { color: 'red', list: ['a', 'b'], deep: { x: { y: 1 } } } });
    await register(tenant, { name: 'two', labels: { color: 'blue' } });
    const names = async (filter: string) =>
      (await director.call({ tenant }, `{ applications(filter: ${filter}) { data { name } } }`)).data.applications.data.map(
        ({ name }: { name: string }) => name,
      );
    expect(await names('{ key: "color" }')).toEqual(['one', 'two']);
    expect(await names('[{ key: "color", query: "\\"red\\"" }]')).toEqual(['one']);
    expect(await names('[{ key: "deep", query: "{\\"x\\":{}}" }]')).toEqual(['one']);
    expect(await names('[{ key: "list", query: "$[*] ? (@ == \\"b\\" || @ == \\"z\\")" }]')).toEqual(['one']);
    expect(await names('[{ key: "color" }, { key: "list" }]')).toEqual(['one']);
    expect(await names('[{ key: "scenarios" }]')).toEqual([]);
    expect(await names('[{ key: "global_subaccount_id", query: "{\\"exists\\": false}" }]')).toEqual(['one', 'two']);
  });

  it.each(['not json', '$[*] ? (@ == "a\\" || 1 == 1")', '$.keyvalue()', "'; drop table application; --"])('refuse the label query %s', async (query) => {
    const { errors } = await director.call({ tenant: acme }, 'query ($f: [LabelFilter!]) { applications(filter: $f) { totalCount } }', {
      f: [{ key: 'a', query }],
    });
    expect(errors[0].extensions.error_code).toBe(22);
  });

  it('change what an update gives and keep the rest [TestUpdateApplication]', async () => {
    const id = await register(acme, { name: 'changing', description: 'before', providerName: 'p' });
    const { data } = await director.call(
      { tenant: acme },
      `mutation { updateApplication(id: "${id}", in: { description: "after", providerName: null, statusCondition: FAILED }) { name description providerName status { condition } updatedAt } }`,
    );
    expect(data.updateApplication).toMatchObject({ name: 'changing', description: 'after', providerName: 'p', status: { condition: 'FAILED' } });
    expect(data.updateApplication.updatedAt).not.toBeNull();
  });

  it('cannot be changed or removed by who does not own them', async () => {
    const id = await register(acme, { name: 'owned' });
    const unknown = '00000000-0000-7000-8000-00000000dead';
    for (const mutation of [
      'unregisterApplication(id: "ID") { id }',
      'updateApplication(id: "ID", in: {}) { id }',
      'setApplicationLabel(applicationID: "ID", key: "a", value: 1) { key }',
    ]) {
      const foreign = await failed(globex, `mutation { ${mutation.replace('ID"', `${id}"`)} }`);
      const random = await failed(globex, `mutation { ${mutation.replace('ID"', `${unknown}"`)} }`);
      expect(foreign).toEqual(random);
      expect(foreign.extensions.error_code).toBe(20);
    }
    await behindTheScenes(director, 'insert into access (tenant_id, kind, resource_id, owner, source_id) values ($1, 1, $2, false, $1)', [globex, id]);
    await behindTheScenes(director, 'update application set readers = readers || $1::uuid where id = $2', [globex, id]);
    expect(await failed(globex, `mutation { unregisterApplication(id: "${id}") { id } }`)).toMatchObject({
      message: 'Unauthorized [reason=Owner access is needed for resource modification]',
    });
  });

  it('are refused while in a formation, and go with everything that is theirs [TestApplicationDeletionInScenario] [TestDeleteApplication]', async () => {
    const id = await register(acme, {
      name: 'leaving',
      labels: { applicationType: 'SAP Commerce Cloud' },
      webhooks: [{ type: 'CONFIGURATION_CHANGED', url: 'https://h.example.com', auth: { credential: { basic: { username: 'u', password: 'p' } } } }],
    });
    await director.call(
      { tenant: acme },
      `mutation { createFormation(formation: { name: "holding" }) { id } assignFormation(objectID: "${id}", objectType: APPLICATION, formation: { name: "holding" }) { id } }`,
    );
    expect(await failed(acme, `mutation { unregisterApplication(id: "${id}") { id } }`)).toMatchObject({
      message: 'The operation is not allowed [reason=System leaving is part of the following formations : holding]',
      extensions: { error_code: 27 },
    });
    await director.call({ tenant: acme }, `mutation { unassignFormation(objectID: "${id}", objectType: APPLICATION, formation: { name: "holding" }) { id } }`);
    const { data } = await director.call({ tenant: acme }, `mutation { unregisterApplication(id: "${id}") { id name labels webhooks { id } } }`);
    expect(data.unregisterApplication).toEqual({ id, name: 'leaving', labels: null, webhooks: null });
    const left = await behindTheScenes(
      director,
      `select (select count(*) from access where resource_id = $1)::int + (select count(*) from webhook where owner_id = $1)::int + (select count(*) from secret where root_id = $1)::int as rows`,
      [id],
    );
    expect(left).toEqual([{ rows: 0 }]);
  });

  it('set, replace and remove labels [TestCreateLabel]', async () => {
    const id = await register(acme, { name: 'labels' });
    const set = (key: string, value: unknown) =>
      director.call(
        { tenant: acme },
        'mutation ($key: String!, $value: Any!) { setApplicationLabel(applicationID: "' + id + '", key: $key, value: $value) { key value } }',
        { key, value },
      );
    expect((await set('a', { b: [1] })).data).toEqual({ setApplicationLabel: { key: 'a', value: { b: [1] } } });
    expect((await set('__proto__', 'x')).data.setApplicationLabel.key).toBe('__proto__');
    expect((await set('a'.repeat(257), 'x')).errors[0].message).toContain('key=the length must be no more than 256');
    expect((await set('a b', 'x')).errors[0].extensions.error_code).toBe(22);
    expect((await set('empty', [])).errors[0].message).toContain('value=cannot be blank');
    expect((await set('scenarios', ['x'])).errors[0].message).toContain('label with key scenarios cannot be set explicitly');
    expect((await director.call({ tenant: acme }, `mutation { deleteApplicationLabel(applicationID: "${id}", key: "a") { key value } }`)).data).toEqual({
      deleteApplicationLabel: { key: 'a', value: { b: [1] } },
    });
    expect(await failed(acme, `mutation { deleteApplicationLabel(applicationID: "${id}", key: "a") { key } }`)).toMatchObject({
      message: 'Object not found [object=applicationLabel]',
    });
    expect(
      (await director.call({ tenant: acme }, `{ application(id: "${id}") { one: labels(key: "name") none: labels(key: "a") } }`)).data.application,
    ).toEqual({ one: { name: 'mp-labels' }, none: {} });
  });

  it.each([
    [{ name: '' }, 'Invalid data ApplicationRegisterInput [name=cannot be blank]'],
    [{ name: 'x'.repeat(101) }, 'name=the length must be between 1 and 100'],
    [{ name: 'a', description: 'x'.repeat(2001) }, 'description=the length must be no more than 2000'],
    [{ name: 'a', healthCheckURL: 'shop' }, 'healthCheckURL=must be a valid URL'],
    [{ name: 'a', labels: { 'a b': 1 } }, 'labels=label "a b" must be in a valid format'],
    [
      { name: 'a', bundles: [{ name: 'b', apiDefinitions: [{ name: 'c', targetURL: 'https://a.example.com', version: { value: '' } }] }] },
      'bundles=0: (apiDefinitions: (0: (version: (value: cannot be blank.).).).).',
    ],
    [{ name: 'a\u0000' }, 'name=must not contain the NUL character'],
    [{ name: 'a', labels: { scenarios: ['x'] } }, 'label with key scenarios cannot be set explicitly'],
    [
      {
        name: 'a',
        bundles: [
          {
            name: 'b',
            apiDefinitions: [
              { name: 'c', targetURL: 'https://a.example.com', spec: { type: 'OPEN_API', format: 'JSON', fetchRequest: { url: 'https://x.example.com' } } },
            ],
          },
        ],
      },
      'fetchRequest is not available in this version',
    ],
  ])('are refused when wrong: %#', async (input, message) => {
    const { errors, data } = await director.call({ tenant: acme }, REGISTER, { in: input });
    expect(errors[0].message).toContain(message);
    expect(data).toBeNull();
  });

  it('leave nothing behind when a later part of their registration fails', async () => {
    const count = async () =>
      (
        await behindTheScenes(
          director,
          'select (select count(*) from application)::int + (select count(*) from access)::int + (select count(*) from bundle)::int as rows',
        )
      )[0].rows as number;
    const before = await count();
    const error = await failed(
      acme,
      'mutation { registerApplication(in: { name: "half", integrationSystemID: "69230297-3c81-4711-aac2-3afa8cb42e2d", bundles: [{ name: "b" }] }) { id } }',
    );
    expect(error).toMatchObject({ message: 'Object not found [ID=69230297-3c81-4711-aac2-3afa8cb42e2d; object=integrationSystem]' });
    expect(await count()).toBe(before);
  });

  it('hide credentials from callers without the scope, and fail only where the contract says so [TestSensitiveDataStrip]', async () => {
    const scopes = ['application:read'];
    const { data } = await director.call(
      { tenant: acme, scopes },
      '{ applications { data { name webhooks { url } auths { id } bundles { data { defaultInstanceAuth { certCommonName } } } } } }',
    );
    expect(data.applications.data[0]).toMatchObject({ webhooks: null, auths: [], bundles: { data: [{ defaultInstanceAuth: null }] } });
    const { errors } = await director.call({ tenant: acme, scopes }, '{ applications(first: 1) { data { applicationTemplate { id } } } }');
    expect(errors[0]).toMatchObject({ path: ['applications', 'data', 0, 'applicationTemplate'], extensions: { error_code: 23 } });
  });

  it('need the scope for localTenantID [TestUpdateApplicationWithLocalTenantIDShouldBeAllowedOnlyForIntegrationSystems]', async () => {
    const { errors } = await director.call(
      { tenant: acme, scopes: ['application:write', 'webhook:write'] },
      'mutation { registerApplication(in: { name: "x", localTenantID: "l" }) { id } }',
    );
    expect(errors[0].message).toBe('insufficient scopes provided [actual=application:write;webhook:write; required=application.local_tenant_id:write]');
  });

  it('have been updated only when they were: labels and credentials come and go beside them', async () => {
    const id = await register(acme, { name: 'Untouched' });
    await director.call({ tenant: acme }, `mutation { setApplicationLabel(applicationID: "${id}", key: "a", value: 1) { key } }`);
    await director.call(
      { tenant: acme },
      `mutation { deleteApplicationLabel(applicationID: "${id}", key: "a") { key } unpairApplication(id: "${id}") { id } }`,
    );
    const { data } = await director.call({ tenant: acme }, `{ application(id: "${id}") { updatedAt } }`);
    expect(data.application).toEqual({ updatedAt: null });
    const updated = await director.call({ tenant: acme }, `mutation { updateApplication(id: "${id}", in: { baseUrl: "host of ours" }) { updatedAt baseUrl } }`);
    expect(updated.data.updateApplication).toEqual({ updatedAt: expect.stringMatching(/Z$/), baseUrl: 'host of ours' });
  });
});
