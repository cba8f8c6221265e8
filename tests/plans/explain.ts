import { asAdmin } from '@binnacle/testkit/test-database';
import type { Statement } from '@binnacle/registry/statement';

/** A node of a plan as EXPLAIN (FORMAT JSON) writes it. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** What one run of a statement did to the tables that are big. */
export interface Visits {
  /** Big tables that were read from end to end. */
  readonly sequential: readonly string[];
  /** Rows that scans of big tables looked at, those that a filter threw away included. */
  readonly rows: number;
  /** The scans, for whoever reads the failure. */
  readonly scans: readonly string[];
}

/** How a statement was run. */
export interface Explained {
  /** Columns of the first row of the answer. */
  readonly answer: readonly unknown[];
  /** As the first call of a connection is planned, for the values of the call. */
  readonly fresh: Visits;
  /** As the service's named prepared statement is run later on, when Postgres may have turned to a plan for any values. */
  readonly prepared: Visits;
  /** As it would be run with the plan for any values. */
  readonly generic: Visits;
}

/** Postgres decides after five plans for given values whether one for any values does as well. */
const RUNS_BEFORE = 6;

/** Runs a statement at an address in each way the service may come to run it. */
export function explain(url: string, { text, values }: Statement, bigTables: ReadonlySet<string>): Promise<Explained> {
  return asAdmin(url, async (client) => {
    const execute = `execute hot(${values.map((value) => (value === null ? 'null' : client.escapeLiteral(asText(value)))).join(', ')})`;
    const visits = async (): Promise<Visits> => {
      const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(`explain (analyze, timing off, format json) ${execute}`);
      const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
      if (!plan) throw new Error('EXPLAIN answered nothing');
      return visitsOf(plan, bigTables);
    };
    const prepare = (): Promise<unknown> => client.query(`prepare hot as ${text}`);
    await prepare();
    const fresh = await visits();
    const answer = (await client.query({ text, values: [...values], rowMode: 'array' })).rows[0] as readonly unknown[];
    for (let run = 0; run < RUNS_BEFORE; run += 1) await client.query(execute);
    const prepared = await visits();
    await client.query('deallocate hot');
    await client.query('set plan_cache_mode = force_generic_plan');
    await prepare();
    return { answer, fresh, prepared, generic: await visits() };
  });
}

function asText(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map((item) => JSON.stringify(item)).join(',')}}`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function visitsOf(plan: PlanNode, bigTables: ReadonlySet<string>): Visits {
  const sequential: string[] = [];
  const scans: string[] = [];
  let rows = 0;
  const walk = (node: PlanNode): void => {
    const table = node['Relation Name'];
    if (table !== undefined && bigTables.has(table) && node['Actual Loops'] > 0) {
      const each = node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
      rows += each * node['Actual Loops'];
      scans.push(`${node['Node Type']} ${node['Index Name'] ?? table}: ${each} rows × ${node['Actual Loops']}`);
      if (node['Node Type'] === 'Seq Scan') sequential.push(table);
    }
    for (const child of node.Plans ?? []) walk(child);
  };
  walk(plan);
  return { sequential, rows: Math.round(rows), scans };
}
