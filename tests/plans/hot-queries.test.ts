import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeCursor } from '@binnacle/read-compiler/page-cursor';
import type { Registry } from '@binnacle/registry/registry';
import type { Statement } from '@binnacle/registry/statement';
import { asAdmin } from '@binnacle/testkit/test-database';
import { type DirectorUnderTest, startDirectorUnderTest, type TestCaller } from '../../services/director/src/testing/director-under-test.ts';
import { createTenantResolver } from '../../services/gateway/src/authentication/tenants.ts';
import { BIG_TENANT, seedApplications, SMALL_TENANT } from '../support/seed-applications.ts';
import { type Explained, explain } from './explain.ts';
import { seedContent } from './seed-content.ts';

const PLAN = { tenants: 5_000, applications: 50_000, bigTenantApplications: 50_000 };
/** Tables with fewer rows are read from end to end, and rightly so. */
const BIG_ROWS = 4_000;
const LIMIT_MS = 300_000;

const SOME_APPLICATION = '01970000-1000-7000-8000-0000000001f4';
const SOME_RUNTIME = '01980000-0000-7000-8000-000000000001';

describe('hot queries on 100,000 applications', () => {
  let director: DirectorUnderTest;
  let bigTables: ReadonlySet<string>;
  let sent: Statement[] = [];

  beforeAll(async () => {
    director = await startDirectorUnderTest();
    await asAdmin(director.database.adminUrl, async (client) => {
      await seedApplications((sql) => client.query(sql), PLAN);
      await seedContent((sql) => client.query(sql));
      const { rows } = await client.query<{ relname: string }>(
        `select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and reltuples >= ${BIG_ROWS}`,
      );
      bigTables = new Set(rows.map(({ relname }) => relname));
    });
    // What the Director would send is caught here, and explained as its own role.
    director.registry.read = (statement) => {
      sent.push(statement);
      return Promise.resolve([]);
    };
  }, LIMIT_MS);
  afterAll(() => director.stop());

  async function statementOf(query: string, caller: TestCaller = { tenant: BIG_TENANT }): Promise<Statement> {
    sent = [];
    await director.call(caller, query);
    const [statement, ...more] = sent;
    if (!statement) throw new Error(`${query} sent nothing`);
    expect(more).toEqual([]);
    return statement;
  }

  /** Runs a query every way the service may, none of which reads a big table from end to end or looks at more than `mostRows(answered)` rows. */
  async function expectBounded(query: string, mostRows: (answered: number) => number, caller?: TestCaller): Promise<Explained> {
    const explained = await explain(director.database.directorUrl, await statementOf(query, caller), bigTables);
    // Every document asks for the id of every object it shows.
    const answered = String(explained.answer[0]).split('"id"').length - 1;
    expect(answered).toBeGreaterThan(0);
    for (const way of ['fresh', 'prepared', 'generic'] as const) {
      const { sequential, rows, scans } = explained[way];
      expect({ way, sequential, scans, few: rows <= mostRows(answered) || `${rows} rows for ${answered} answered` }).toEqual({
        way,
        sequential: [],
        scans,
        few: true,
      });
    }
    return explained;
  }
  const times =
    (factor: number) =>
    (answered: number): number =>
      answered * factor;

  it('know which tables are big', () => {
    expect([...bigTables].sort()).toEqual([
      'access',
      'api_definition',
      'application',
      'assignment_operation',
      'blob',
      'bundle',
      'bundle_reference',
      'document',
      'event_definition',
      'formation',
      'formation_assignment',
      'formation_member',
      'runtime',
      'spec',
      'tenant',
      'tenant_ancestor',
      'tenant_parent',
      'webhook',
    ]);
  });

  it('show the first 100 applications', async () => {
    const { answer } = await expectBounded(
      '{ applications(first: 100) { data { id name labels status { condition } } pageInfo { endCursor hasNextPage } } }',
      times(5),
    );
    expect(JSON.parse(String(answer[0])).data).toHaveLength(100);
  });

  it('show the first applications of a small tenant', async () => {
    await expectBounded('{ applications(first: 100) { data { id name labels } } }', times(5), { tenant: SMALL_TENANT });
  });

  it('show the second page by its cursor, and one from the middle', async () => {
    for (const n of ['000064', '006400']) {
      const cursor = encodeCursor(`01970000-1000-7000-8000-000000${n}`);
      const { answer } = await expectBounded(
        `{ applications(first: 100, after: "${cursor}") { data { id name } pageInfo { endCursor hasNextPage } } }`,
        times(4),
      );
      expect(JSON.parse(String(answer[0])).data).toHaveLength(100);
    }
  });

  it('count all applications only when asked to', async () => {
    const { answer, fresh } = await expectBounded('{ applications(first: 1) { totalCount data { id } } }', () => PLAN.bigTenantApplications * 1.01);
    expect(JSON.parse(String(answer[0])).totalCount).toBe(PLAN.bigTenantApplications);
    expect(fresh.rows).toBeGreaterThanOrEqual(PLAN.bigTenantApplications);
    await expectBounded('{ applications(first: 1) { data { id } pageInfo { hasNextPage } } }', times(6));
  });

  it('show nested lists of 100 applications', async () => {
    await expectBounded(
      `{ applications(first: 100) { data { id name labels webhooks { id type } auths { id } bundles { totalCount data { id name
        apiDefinitions { data { id name spec { id data } } } eventDefinitions { data { id spec { id data } } } documents { data { id data } } } } } } }`,
      times(5),
    );
  });

  it('show the second page of nested lists', async () => {
    const cursor = encodeCursor('00000000-0000-7000-8000-000000000000');
    await expectBounded(
      `{ applications(first: 100) { data { id bundles(first: 1, after: "${cursor}") { totalCount data { id apiDefinitions(first: 1) { data { id } } } } } } }`,
      times(6),
    );
  });

  it('filter by a rare label, and by one of many', async () => {
    await expectBounded('{ applications(filter: [{ key: "rare" }], first: 100) { data { id } } }', times(3));
    await expectBounded('{ applications(filter: [{ key: "rare", query: "\\"yes\\"" }], first: 100) { data { id } } }', times(5));
    const ofRegion = PLAN.bigTenantApplications / 20;
    await expectBounded('{ applications(filter: [{ key: "region", query: "\\"eu-3\\"" }], first: 100) { data { id labels } } }', () => ofRegion * 2);
    await expectBounded('{ applications(filter: [{ key: "region", query: "\\"eu-0\\"" }, { key: "rare" }], first: 100) { data { id } } }', times(5));
  });

  it('filter by a value that nothing has', async () => {
    const statement = await statementOf('{ applications(filter: [{ key: "region", query: "\\"mars\\"" }], first: 100) { data { id } } }');
    const { answer, fresh, prepared, generic } = await explain(director.database.directorUrl, statement, bigTables);
    expect(answer[0]).toContain('[]');
    for (const { sequential, rows } of [fresh, prepared, generic]) expect({ sequential, rows }).toEqual({ sequential: [], rows: 0 });
  });

  it('filter by a label of a small tenant', async () => {
    await expectBounded('{ applications(filter: [{ key: "region" }], first: 100) { data { id } } }', times(4), { tenant: SMALL_TENANT });
  });

  // Known fault: the condition is asked for each row (services/director/src/labels/label-filter.ts). This fails as soon as it is mended: then it is `it`.
  it.failing('filter by scenarios', async () => {
    await expectBounded('{ applications(filter: [{ key: "scenarios", query: "[\\"formation-7\\"]" }], first: 100) { data { id } } }', times(8));
  });

  it('show one application by its id, with all it holds', async () => {
    await expectBounded(`{ application(id: "${SOME_APPLICATION}") { id name labels } }`, times(4));
    await expectBounded(
      `{ application(id: "${SOME_APPLICATION}") { id webhooks { id } bundles { data { id apiDefinitions { data { id spec { id data } } } documents { data { id } } } } } }`,
      times(5),
    );
  });

  it('show runtimes with labels', async () => {
    await expectBounded('{ runtimes(first: 100) { data { id name labels status { condition } } pageInfo { endCursor } } }', times(6));
    await expectBounded('{ runtimes(filter: [{ key: "rare" }]) { data { id labels } } }', times(6));
  });

  // Known fault: `or` between two subqueries has memberships scanned (services/director/src/applications/read.ts).
  it.failing('show the applications of a runtime', async () => {
    await expectBounded(`{ applicationsForRuntime(runtimeID: "${SOME_RUNTIME}") { data { id name bundles { data { id } } } } }`, times(8));
    const consumer = { tenant: BIG_TENANT, consumerType: 'Runtime', consumerId: SOME_RUNTIME } as const;
    await expectBounded('{ applications { data { id name } } }', times(10), consumer);
  });

  it('show a formation by its name, with its assignments and their participants', async () => {
    await expectBounded(
      '{ formationByName(name: "formation-7") { id name status { condition errors { message } } formationAssignments { data { id sourceEntity { ... on Application { id name } } targetEntity { ... on Runtime { id } ... on Application { id } } } } } }',
      times(6),
    );
  });

  it('show the first formations with their status', async () => {
    await expectBounded('{ formations(first: 100) { data { id name status { condition errors { message } } } } }', times(12));
  });

  it('find a tenant by its external id, as the Gateway does', async () => {
    const caught: Statement[] = [];
    const registry: Pick<Registry, 'read' | 'listen'> = {
      read: (statement) => {
        caught.push(statement);
        return Promise.resolve([]);
      },
      listen: () => () => undefined,
    };
    await createTenantResolver(registry as Registry).resolve('tenant-77'); // it uses no more of it
    const [statement] = caught;
    if (!statement) throw new Error('the resolver asked nothing');
    const { answer, fresh, prepared, generic } = await explain(director.database.gatewayUrl, statement, bigTables);
    expect(answer).toEqual(['00000000-0000-7000-8000-00000000004d', expect.arrayContaining(['tenant-77', 'customer']), 'account']);
    for (const { sequential, rows } of [fresh, prepared, generic]) {
      expect(sequential).toEqual([]);
      expect(rows).toBeLessThanOrEqual(6);
    }
  });
});
