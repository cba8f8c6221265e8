import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { behindTheScenes, type DirectorUnderTest, startDirectorUnderTest, type TestCaller } from '../testing/director-under-test.ts';

const MEMBERS = 'SAP Commerce Cloud';
const REGISTER = 'mutation ($in: ApplicationRegisterInput!) { registerApplication(in: $in) { ALL } }';

/** Everything that an application holds. */
const EVERYTHING = `id name labels status { condition timestamp } webhooks { type url auth { credential { ... on BasicCredentialData { username } } } } auths { id auth { certCommonName } }
  bundles { totalCount pageInfo { hasNextPage } data { name defaultInstanceAuth { credential { __typename } }
    apiDefinitions { totalCount data { name version { value } spec { data format } } } eventDefinitions { data { name spec { data } } } documents { data { title data } } } }`;

const content = (n: number): object => ({
  name: `shop ${n}`,
  labels: { applicationType: MEMBERS, n },
  webhooks: [{ type: 'CONFIGURATION_CHANGED', url: 'https://hook.example.com', auth: { credential: { basic: { username: 'u', password: 'p' } } } }],
  bundles: [
    {
      name: 'orders',
      defaultInstanceAuth: { credential: { basic: { username: 'u', password: 'p' } } },
      apiDefinitions: [
        { name: 'api', targetURL: 'https://api.example.com', version: { value: '1.0.0' }, spec: { type: 'OPEN_API', format: 'JSON', data: `{"n":${n}}` } },
      ],
      eventDefinitions: [{ name: 'event', spec: { type: 'ASYNC_API', format: 'YAML', data: 'e' } }],
      documents: [{ title: 't', displayName: 'd', description: 'x', format: 'MARKDOWN', data: '# x' }],
    },
  ],
});

interface Counted {
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are as varied as the documents of the tests
  readonly data: any;
  /** Statements, transactional ones and settings aside. */
  readonly statements: number;
  readonly reads: number;
  readonly transactions: number;
}

describe('statements of an operation', () => {
  let director: DirectorUnderTest;
  let transactions = 0;
  let reads = 0;
  beforeAll(async () => {
    director = await startDirectorUnderTest();
    const { asTenant, asGlobal, read } = director.registry;
    director.registry.asTenant = (tenant, body) => ((transactions += 1), asTenant(tenant, body));
    director.registry.asGlobal = (reason, body) => ((transactions += 1), asGlobal(reason, body));
    director.registry.read = (statement, tenant) => ((reads += 1), read(statement, tenant));
  });
  afterAll(() => director.stop());

  async function counted(caller: TestCaller, query: string, variables?: object): Promise<Counted> {
    const before = { statements: director.registry.statements.count, reads, transactions };
    const { data, errors } = await director.call(caller, query, variables);
    expect(errors).toBeUndefined();
    return {
      data,
      statements: director.registry.statements.count - before.statements,
      reads: reads - before.reads,
      transactions: transactions - before.transactions,
    };
  }
  const oneRead = { statements: 1, reads: 1, transactions: 0 };

  async function tenantWith(name: string, applications: number): Promise<{ readonly tenant: string; readonly ids: readonly string[] }> {
    const tenant = await director.tenant(name);
    const ids: string[] = [];
    for (let n = 0; n < applications; n += 1) {
      const { data } = await counted({ tenant }, REGISTER.replace('ALL', 'id'), { in: content(n) });
      ids.push(data.registerApplication.id);
    }
    await behindTheScenes(
      director,
      `insert into system_auth (id, ref_kind, ref_id, tenant_id, auth_id) select new_uuid_v7(), 1, a.id, a.owner_tenant, w.auth_id from application a join webhook w on w.application_id = a.id where a.owner_tenant = $1`,
      [tenant],
    );
    await behindTheScenes(
      director,
      `with made as (insert into runtime (id, owner_tenant, name, labels, readers) select new_uuid_v7(), $1, 'r' || n, '{"runtimeType": "kyma"}', array[$1::uuid] from generate_series(1, $2) n returning id)
       insert into access (tenant_id, kind, resource_id, owner, source_id) select $1, 2, id, true, $1 from made`,
      [tenant, applications],
    );
    await behindTheScenes(
      director,
      `insert into formation (id, tenant_id, name, template_id, state) select new_uuid_v7(), $1, 'f' || n, (select id from formation_template limit 1), 'READY' from generate_series(1, $2) n`,
      [tenant, applications],
    );
    return { tenant, ids };
  }

  describe.each([1, 200])('at %i rows', (rows) => {
    let scene: Awaited<ReturnType<typeof tenantWith>>;
    beforeAll(async () => {
      scene = await tenantWith(`rows-${rows}`, rows);
    }, 60_000);

    it('applications with all they hold: one', async () => {
      const { data, ...counts } = await counted({ tenant: scene.tenant }, `{ applications { totalCount pageInfo { endCursor } data { ${EVERYTHING} } } }`);
      expect(counts).toEqual(oneRead);
      expect(data.applications.data).toHaveLength(rows);
      expect(data.applications.totalCount).toBe(rows);
      const last = data.applications.data.at(-1);
      expect(last).toMatchObject({ webhooks: [{ auth: { credential: { username: 'u' } } }], auths: [{ auth: {} }] });
      expect(last.bundles.data[0]).toMatchObject({
        defaultInstanceAuth: { credential: { __typename: 'BasicCredentialData' } },
        apiDefinitions: { data: [{ spec: { data: `{"n":${rows - 1}}` } }] },
        eventDefinitions: { data: [{ spec: { data: 'e' } }] },
        documents: { data: [{ data: '# x' }] },
      });
    });

    it('runtimes with labels: one', async () => {
      const { data, ...counts } = await counted({ tenant: scene.tenant }, '{ runtimes { data { id labels status { condition } } } }');
      expect(counts).toEqual(oneRead);
      expect(data.runtimes.data).toHaveLength(rows);
    });

    it('formations with what is in them: one', async () => {
      const { data, ...counts } = await counted(
        { tenant: scene.tenant },
        '{ formations { data { name status { condition errors { message } } formationAssignments { data { sourceEntity { ... on Application { name } } } } } } }',
      );
      expect(counts).toEqual(oneRead);
      expect(data.formations.data).toHaveLength(rows);
    });

    it('one application by id: one', async () => {
      const { data, ...counts } = await counted({ tenant: scene.tenant }, `{ application(id: "${scene.ids[0]}") { ${EVERYTHING} } }`);
      expect(counts).toEqual(oneRead);
      expect(data.application.id).toBe(scene.ids[0]);
    });

    it('the viewer: none', async () => {
      const { data, ...counts } = await counted({ tenant: scene.tenant }, '{ viewer { id type } __typename }');
      expect(counts).toEqual({ statements: 0, reads: 0, transactions: 0 });
      expect(data).toEqual({ viewer: { id: 'tester', type: 'USER' }, __typename: 'Query' });
    });
  });

  it('several root fields: one each', async () => {
    const tenant = await director.tenant('several');
    const { data: _, ...counts } = await counted(
      { tenant },
      '{ a: applications { totalCount } b: applications { totalCount } runtimes { totalCount } viewer { id } }',
    );
    expect(counts).toEqual({ statements: 3, reads: 3, transactions: 0 });
  });

  it('registering an application with a bundle and an API: at most 4, its answer included, in one transaction', async () => {
    const tenant = await director.tenant('registering');
    const { data, statements, ...rest } = await counted({ tenant }, REGISTER.replace('ALL', EVERYTHING), { in: content(0) });
    expect(data.registerApplication.bundles.data[0].apiDefinitions.data[0].spec.data).toBe('{"n":0}');
    expect(rest).toEqual({ reads: 0, transactions: 1 });
    expect(statements).toBeGreaterThanOrEqual(2);
    expect(statements).toBeLessThanOrEqual(4);
  });

  it('assigning the 20th member to a formation: at most 8, as many as for the first', async () => {
    const { tenant, ids } = await tenantWith('assigning', 20);
    const assign = (id: string | undefined): Promise<Counted> =>
      counted(
        { tenant },
        `mutation { assignFormation(objectID: "${id}", objectType: APPLICATION, formation: { name: "f1" }) { id name status { condition } } }`,
      );
    const first = await assign(ids[0]);
    for (const id of ids.slice(1, 19)) await assign(id);
    const { data, statements, ...rest } = await assign(ids[19]);
    expect(rest).toEqual({ reads: 0, transactions: 1 });
    expect(statements).toBeLessThanOrEqual(8);
    expect(statements).toBe(first.statements);
    const [made] = await behindTheScenes(director, 'select count(*)::int as pairs from formation_assignment where formation_id = $1', [
      data.assignFormation.id,
    ]);
    expect(made).toEqual({ pairs: 400 });
  });
});
