import { BIG_TENANT } from '../../support/seed-applications.ts';
import type { Recorded } from './record-statements.ts';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const NAME = /load-[0-9a-z]+-\d+/g;

/**
 * The recorded statements as a pgbench script: the same texts with their values written in, but new ids and names in each transaction. These are
 * made of one random number by Postgres, so pgbench has the same number of round trips.
 */
export function pgbenchScript(statements: readonly Recorded[]): string {
  const ids = new Map<string, string>();
  const expressionOf = (value: unknown): string => {
    if (value === null || value === undefined) return 'null';
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    // After a colon pgbench would read a name as a variable's; JSON may have a space there.
    let expression = `$q$${String(value).replaceAll(/:(?=\w)/g, ': ')}$q$`;
    for (const id of new Set(String(value).match(UUID) ?? [])) {
      if (id === BIG_TENANT) continue;
      if (!ids.has(id)) ids.set(id, `md5(cast(:n as text) || '-${ids.size}')::uuid::text`);
      expression = `replace(${expression}, '${id}', ${ids.get(id)})`;
    }
    for (const name of new Set(String(value).match(NAME) ?? [])) expression = `replace(${expression}, '${name}', 'load-' || cast(:n as text))`;
    return expression;
  };
  const lines = statements.map(({ text, values }) =>
    // Comments and line breaks would end a command of a script.
    text
      .replaceAll(/\/\*.*?\*\//g, '')
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/\$(\d+)(?!\d)/g, (_, index: string) => {
        const value = values[Number(index) - 1];
        const type = typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value) ? '::uuid' : '';
        return `(${expressionOf(value)})${type}`;
      }),
  );
  return ['\\set n random(1, 9000000000000000000)', ...lines.map((line) => `${line};`)].join('\n');
}
