import type { SelectionSetNode } from 'graphql';
import type { CallValues } from './argument-values.ts';
import { compileObject, compilePageObject, positionSql, type Rows } from './compile-object.ts';
import type { Arguments, RootDeclaration } from './declaration.ts';
import { cursorSql, decodeCursor } from './page-cursor.ts';
import type { CompileInput, Param, Plan } from './plan.ts';
import { type SelectedField, subsets } from './selection.ts';
import { createStatementBuilder, type StatementBuilder } from './statement-builder.ts';

/** A root field as it stands in the document. */
export interface RootField {
  readonly root: RootDeclaration;
  readonly field: SelectedField;
  /** Type of the page or object that the field answers. */
  readonly target: string;
  readonly args: (values: CallValues) => Arguments;
}

/** Makes the one statement of a root field: a set for each level, aggregated once and joined once. */
export function compileRoot(input: CompileInput, { root, field, target, args }: RootField): Plan {
  const builder = createStatementBuilder(input);
  if (root.kind === 'page') return compileRootPage(builder, root, field, target, args);
  const source = root.source(builder.making(args));
  const key = builder.keyOf(root.type);
  const alias = builder.cte(
    'k',
    () =>
      `select c.* from ${source.from} where ${source.where.join(' and ')} order by ${root.orderBy ? `${root.orderBy}, ` : ''}c.${key}${root.kind === 'one' ? ' limit 1' : ''}`,
  );
  const rows: Rows = { alias, joins: [] };
  const { oneOf } = root;
  const object = oneOf
    ? `case ${oneOf.discriminator(alias)} ${oneOf.types.map((type) => `when '${type}' then ${compileObject(builder, type, rows, subsets(field))}`).join(' ')} end`
    : compileObject(builder, root.type, rows, subsets(field));
  const order = `${root.orderBy ? `${root.orderBy.replace(/^c\./, `${alias}.`)}, ` : ''}${alias}.${key}`;
  const outcome = root.outcome?.(builder.making(args));
  return builder.finish(
    root.kind === 'one' ? object : `coalesce(json_agg(${object} order by ${order}), '[]'::json)`,
    `${alias} ${rows.joins.join(' ')}`,
    outcome,
  );
}

/** Makes the statement that reads one object by its id, as mutations answer it. */
export function compileById(
  input: CompileInput,
  type: string,
  sets: readonly SelectionSetNode[],
  id: Param,
  visible: (row: string, builder: StatementBuilder) => readonly string[],
): Plan {
  const builder = createStatementBuilder(input);
  const { table } = builder.typeOf(type);
  if (!table) throw new Error(`type ${type} has no table`);
  const alias = builder.cte(
    'k',
    () => `select c.* from ${table.name} c where ${[`c.${table.key} = ${builder.param(id, 'uuid')}`, ...visible('c', builder)].join(' and ')}`,
  );
  const rows: Rows = { alias, joins: [] };
  const object = compileObject(builder, type, rows, sets);
  return builder.finish(object, `${alias} ${rows.joins.join(' ')}`);
}

function compileRootPage(
  builder: StatementBuilder,
  root: RootDeclaration,
  field: SelectedField,
  target: string,
  args: (values: CallValues) => Arguments,
): Plan {
  const making = builder.making(args);
  const source = root.source(making);
  const key = builder.keyOf(root.type);
  const after = (values: CallValues) => decodeCursor(args(values)['after'] as string | null);
  const kind = builder.ask((_, values) => after(values)?.kind ?? 'start');
  const first = builder.param((_, values) => args(values)['first'], 'bigint');
  const keys = root.orderBy ? [root.orderBy, `c.${key}`] : [`c.${key}`];
  const where = (conditions: readonly string[]): string => (conditions.length === 0 ? 'true' : conditions.join(' and '));
  let alias: string;
  let total: string;
  if (source.keys) {
    // The keys of the page by index alone, then their rows. A resource may be reached by several paths: distinct.
    const from = source.keys;
    const position = positionSql(builder, after, kind, [from.key]);
    const page = builder.cte(
      'i',
      () =>
        `select distinct ${from.key} as key_ from ${from.from} where ${where([...from.where, ...position.where])} order by key_ limit ${first} + 1 offset ${position.offset}`,
    );
    alias = builder.cte(
      'k',
      () =>
        `select c.*, row_number() over (order by ${page}.key_) as rn_ from ${page} join ${source.from} on c.${key} = ${page}.key_ where ${where(source.where)}`,
    );
    total = `(select count(distinct ${from.key}) from ${from.from} where ${where(from.where)})`;
  } else if (builder.typeOf(root.type).table?.tenancy.kind === 'access') {
    // What a tenant may see is told by an index without order. Left to itself Postgres would rather walk the primary key through everybody's
    // rows until the page is full, since it overrates what label filters let pass: `offset 0` has all hits found first, their keys alone.
    const position = positionSql(builder, after, kind, ['f.key_']);
    const found = `select c.${key} as key_ from ${source.from} where ${where(source.where)} offset 0`;
    const page = builder.cte(
      'i',
      () => `select f.key_ from (${found}) f where ${where(position.where)} order by f.key_ limit ${first} + 1 offset ${position.offset}`,
    );
    alias = builder.cte('k', () => `select c.*, row_number() over (order by ${page}.key_) as rn_ from ${page} join ${source.from} on c.${key} = ${page}.key_`);
    total = `(select count(*) from ${source.from} where ${where(source.where)})`;
  } else {
    const position = positionSql(builder, after, kind, keys);
    const page = `select c.* from ${source.from} where ${where([...source.where, ...position.where])} order by ${keys.join(', ')} limit ${first} + 1 offset ${position.offset}`;
    alias = builder.cte('k', () => `select c.*, row_number() over (order by ${keys.join(', ')}) as rn_ from (${page}) c`);
    total = `(select count(*) from ${source.from} where ${where(source.where)})`;
  }
  const rank = `${alias}.rn_`;
  const rows: Rows = { alias, joins: [] };
  const last = `max(${alias}.${key}::text) filter (where ${rank} = ${first})`;
  const lastSortKey = root.orderBy ? `max(${root.orderBy.replace(/^c\./, `${alias}.`)}) filter (where ${rank} = ${first})` : undefined;
  const page = compilePageObject(builder, target, field, {
    data: (sets) => `coalesce(json_agg(${compileObject(builder, root.type, rows, sets)} order by ${rank}) filter (where ${rank} <= ${first}), '[]'::json)`,
    hasNextPage: () => `count(*) > ${first}`,
    startCursor: () => builder.param((_, values) => args(values)['after'] ?? '', 'text'),
    endCursor: () => `coalesce(case when count(*) > ${first} then ${cursorSql(`(${last})::uuid`, lastSortKey)} end, '')`,
    totalCount: () => total,
  });
  // With `having` it is one row, whatever of it is asked for and however many rows there are.
  return builder.finish(page, `${alias} ${rows.joins.join(' ')} having true`, root.outcome?.(making));
}
