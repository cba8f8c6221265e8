import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { declarations } from '../services/director/src/declarations.ts';
import { mutations } from '../services/director/src/mutations.ts';
import { loadSchema } from '../services/director/src/schema.ts';
import { values } from '../services/director/src/values.ts';
import { ROOT } from './run-tool.ts';

/** Root fields of the published schema that this version does not serve yet, in the schema's order. */
export function unavailableOperations(): readonly string[] {
  const schema = loadSchema(path.join(ROOT, 'schema/director'));
  const queries = Object.keys(schema.getQueryType()?.getFields() ?? {}).filter((name) => !declarations.roots[name] && !values[name]);
  const changes = Object.keys(schema.getMutationType()?.getFields() ?? {}).filter((name) => !mutations[name]);
  return [...queries, ...changes];
}

/** Writes the list that the specification shows. */
export function writeUnavailableOperations(): void {
  const folder = path.join(ROOT, 'services/director/src/generated');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'unavailable-operations.json'), `${JSON.stringify(unavailableOperations(), null, 2)}\n`);
}
