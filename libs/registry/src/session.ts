import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Statement } from './statement.ts';

/** Prepared statements that one connection keeps; what falls out is deallocated. */
const MAX_PREPARED = 300;

/** Counts what is sent, begin, commit and settings aside: the budgets of the contract are tested with it. */
export interface StatementCounter {
  count: number;
}

export interface SessionOptions {
  /** Off for transaction poolers that know no prepared statements. */
  readonly preparedStatements: boolean;
  readonly counter: StatementCounter;
}

const nameByText = new Map<string, string>();
const namesOfClient = new WeakMap<pg.ClientBase, Map<string, true>>();

/** Sends one statement, prepared under a name made of the statement's own and a digest of its text. */
export async function send(client: pg.ClientBase, statement: Statement, options: SessionOptions, rowMode?: 'array'): Promise<pg.QueryResult> {
  options.counter.count += 1;
  const query = { text: statement.text, values: [...statement.values], ...(rowMode ? { rowMode } : {}) };
  if (!options.preparedStatements) return client.query(query as pg.QueryConfig);
  const name = preparedName(statement);
  await keepBounded(client, name);
  return client.query({ ...query, name } as pg.QueryConfig);
}

function preparedName(statement: Statement): string {
  const known = nameByText.get(statement.text);
  if (known) return known;
  const name = `${statement.name.slice(0, 40)}_${createHash('sha256').update(statement.text).digest('base64url').slice(0, 16)}`;
  if (nameByText.size > 5_000) nameByText.clear();
  nameByText.set(statement.text, name);
  return name;
}

async function keepBounded(client: pg.ClientBase, name: string): Promise<void> {
  let names = namesOfClient.get(client);
  if (!names) namesOfClient.set(client, (names = new Map()));
  if (names.size < MAX_PREPARED) {
    names.set(name, true);
    return;
  }
  const isNew = !names.delete(name);
  names.set(name, true);
  const [oldest] = names.keys();
  if (!isNew || oldest === undefined) return;
  names.delete(oldest);
  // pg remembers what it has prepared on this connection and would bind the name without parsing it again.
  delete (client as unknown as { connection: { parsedStatements: Record<string, string> } }).connection.parsedStatements[oldest];
  await client.query(`deallocate "${oldest}"`);
}
