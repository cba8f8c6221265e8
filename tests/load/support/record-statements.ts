import pg from 'pg';

export interface Recorded {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Collects what is sent to Postgres from now on; the result answers it and stops. */
export function recordStatements(): () => readonly Recorded[] {
  const recorded: Recorded[] = [];
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [statement] = args as [string | { text: string; values?: unknown[] }];
    recorded.push(typeof statement === 'string' ? { text: statement, values: [] } : { text: statement.text, values: statement.values ?? [] });
    return (query as (...all: unknown[]) => unknown).apply(this, args);
  } as typeof query;
  return () => {
    pg.Client.prototype.query = query;
    return recorded;
  };
}
