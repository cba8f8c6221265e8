import type { SelectionSetNode } from 'graphql';
import type { EmptyPageField, Field, ListField, OneField, PageField, Relation, SecretField, UnionField } from './declaration.ts';
import { decodeCursor, type Position, cursorSql } from './page-cursor.ts';
import { NeedsExecutor } from './plan.ts';
import { type SelectedField, selectedFields, subsets } from './selection.ts';
import { jsonObject, type Member } from './sql-json.ts';
import type { StatementBuilder } from './statement-builder.ts';

type ArgumentsOf = ReturnType<StatementBuilder['argumentsOf']>;

/** Rows under an alias, and the joins that what is asked of them needs. */
export interface Rows {
  readonly alias: string;
  readonly joins: string[];
}

/** SQL expression of the JSON object for each of the rows. */
export function compileObject(builder: StatementBuilder, type: string, rows: Rows, sets: readonly SelectionSetNode[]): string {
  const members = selectedFields(builder.input.document, type, sets, builder.condition).map((field): Member => {
    if (field.name === '__typename') return [field.key, `'${type}'::text`];
    const declared = builder.typeOf(type).fields[field.name];
    if (!declared) throw new Error(`${type}.${field.name} has no declaration`);
    return [field.key, compileField(builder, type, declared, field, rows)];
  });
  return jsonObject(members);
}

function compileField(builder: StatementBuilder, type: string, declared: Field, field: SelectedField, rows: Rows): string {
  if ('sanitize' in declared && declared.sanitize !== undefined) {
    const scope = declared.sanitize;
    if (!builder.ask((call) => call.scopes.has(scope))) return 'null';
  }
  switch (declared.kind) {
    case 'column': {
      const making = builder.making(builder.argumentsOf(type, field.nodes[0]));
      const join = declared.join?.(rows.alias, making);
      if (join !== undefined && !rows.joins.includes(join)) rows.joins.push(join);
      return declared.sql(rows.alias, making);
    }
    case 'embedded': {
      const inner = compileObject(builder, declared.type, rows, subsets(field));
      return declared.present ? `case when ${declared.present(rows.alias)} then ${inner} end` : inner;
    }
    case 'page':
      return compilePage(builder, type, declared, field, rows);
    case 'list':
      return compileList(builder, type, declared, field, rows);
    case 'one':
      return compileOne(builder, type, declared, field, rows);
    case 'union':
      return compileUnion(builder, declared, field, rows);
    case 'secret':
      return compileSecret(builder, declared, field, rows);
    case 'guarded': {
      const { scope } = declared;
      if (!builder.ask((call) => call.scopes.has(scope))) throw new NeedsExecutor(`${type}.${field.name} needs ${scope}`);
      return compileField(builder, type, declared.field, field, rows);
    }
    case 'null':
      return 'null';
    case 'emptyList':
      return `'[]'::json`;
    case 'emptyPage':
      return compileEmptyPage(builder, type, declared, field);
  }
}

/**
 * Keys of rows that are known by now. As an array they are pushed down into subqueries, unions and indexes, whatever number of them is expected;
 * `in (select …)` would be joined last, after a scan of everything, as soon as Postgres expects many.
 */
function anyOf({ alias }: Rows, key: string, where = ''): string {
  return `any(array(select ${alias}.${key} from ${alias} ${where}))`;
}

/** Rows of a relation for all parents at once; `p_` is the parent's key. */
function childRows(
  builder: StatementBuilder,
  relation: Relation,
  type: string,
  field: SelectedField,
  childType: string,
  rows: Rows,
  parentKey: string,
  extra: { readonly columns?: string; readonly where?: readonly string[] } = {},
): string {
  const making = builder.making(builder.argumentsOf(type, field.nodes[0]));
  const where = [`${relation.parent} = ${anyOf(rows, parentKey)}`, ...(relation.where?.(making) ?? []), ...(extra.where ?? [])];
  const select = `select c.*, ${relation.parent} as p_${extra.columns ?? ''} from ${relation.from} where ${where.join(' and ')}`;
  const { distinct } = relation;
  if (!distinct) return builder.cte('k', () => select);
  return builder.cte(
    'k',
    () =>
      `select distinct on (c.p_, c.${distinct.on}) c.* from (${select}) c order by c.p_, c.${distinct.on}, ${distinct.order}, c.${builder.keyOf(childType)}`,
  );
}

const parentKeyOf = (builder: StatementBuilder, type: string, relation: Relation): string => relation.parentKey ?? builder.keyOf(type);

function compileList(
  builder: StatementBuilder,
  type: string,
  { relation, type: childType, nullFor, nullWhenEmpty }: ListField,
  field: SelectedField,
  rows: Rows,
): string {
  if (nullFor && builder.ask((call) => nullFor(call))) return 'null';
  const parentKey = parentKeyOf(builder, type, relation);
  const child = childRows(builder, relation, type, field, childType, rows, parentKey);
  const childSet: Rows = { alias: child, joins: [] };
  const object = compileObject(builder, childType, childSet, subsets(field));
  const aggregate = builder.cte(
    'a',
    () =>
      `select ${child}.p_, json_agg(${object} order by ${child}.${builder.keyOf(childType)}) as j from ${child} ${childSet.joins.join(' ')} group by ${child}.p_`,
  );
  rows.joins.push(`left join ${aggregate} on ${aggregate}.p_ = ${rows.alias}.${parentKey}`);
  return nullWhenEmpty ? `${aggregate}.j` : `coalesce(${aggregate}.j, '[]'::json)`;
}

function compileOne(builder: StatementBuilder, type: string, { relation, type: childType, byId }: OneField, field: SelectedField, rows: Rows): string {
  const parentKey = parentKeyOf(builder, type, relation);
  const where: string[] = [];
  if (byId !== undefined) {
    const args = builder.argumentsOf(type, field.nodes[0]);
    // An id that is no UUID is an id that nothing has.
    if (!builder.ask((_, values) => isUuid(args(values)[byId]))) return 'null';
    where.push(`c.${builder.keyOf(childType)} = ${builder.param((_, values) => args(values)[byId], 'uuid')}`);
  }
  return joinOne(builder, childRows(builder, relation, type, field, childType, rows, parentKey, { where }), childType, rows, parentKey, subsets(field));
}

function joinOne(builder: StatementBuilder, child: string, childType: string, rows: Rows, parentKey: string, sets: readonly SelectionSetNode[]): string {
  const childSet: Rows = { alias: child, joins: [] };
  const object = compileObject(builder, childType, childSet, sets);
  rows.joins.push(`left join ${child} on ${child}.p_ = ${rows.alias}.${parentKey}`, ...childSet.joins);
  return `case when ${child}.${builder.keyOf(childType)} is not null then ${object} end`;
}

function compileUnion(builder: StatementBuilder, { discriminator, members }: UnionField, field: SelectedField, rows: Rows): string {
  const branches = Object.entries(members).map(([memberType, relation]) => {
    const parentKey = relation.parentKey ?? 'id';
    const child = builder.cte(
      'k',
      () =>
        `select c.*, ${relation.parent} as p_ from ${relation.from} where ${relation.parent} = ${anyOf(rows, parentKey, `where ${discriminator(rows.alias)} = '${memberType}'`)}` +
        (relation.where?.(builder.making(() => ({}))) ?? []).map((condition) => ` and ${condition}`).join(''),
    );
    return `when '${memberType}' then ${joinOne(builder, child, memberType, rows, parentKey, subsets(field))}`;
  });
  return `case ${discriminator(rows.alias)} ${branches.join(' ')} end`;
}

function compileSecret(builder: StatementBuilder, declared: SecretField, field: SelectedField, rows: Rows): string {
  const slot = { type: declared.type, sets: subsets(field) };
  const { beside } = declared;
  if (!beside) return builder.slot(slot, declared.sql(rows.alias), rows.alias);
  const from = `${rows.alias} ${beside.join?.(rows.alias) ?? ''}`;
  return builder.slot(slot, declared.sql(rows.alias), from, { key: beside.key(rows.alias), sql: beside.sql(rows.alias) });
}

/** Where the members of a page come from; each is asked for only when selected. */
export interface PageSource {
  readonly data: (sets: readonly SelectionSetNode[]) => string;
  readonly hasNextPage: () => string;
  readonly startCursor: () => string;
  readonly endCursor: () => string;
  readonly totalCount: () => string;
}

/** The object of a page type: `data`, `pageInfo`, `totalCount`, under whatever names the document gives them. */
export function compilePageObject(builder: StatementBuilder, pageType: string, field: SelectedField, source: PageSource): string {
  const info = { startCursor: source.startCursor, endCursor: source.endCursor, hasNextPage: source.hasNextPage } as const;
  const infoObject = (member: SelectedField): string =>
    jsonObject(
      selectedFields(builder.input.document, 'PageInfo', subsets(member), builder.condition).map(
        (part): Member => [part.key, part.name === '__typename' ? `'PageInfo'::text` : info[part.name as keyof typeof info]()],
      ),
    );
  return jsonObject(
    selectedFields(builder.input.document, pageType, subsets(field), builder.condition).map((member): Member => {
      if (member.name === '__typename') return [member.key, `'${pageType}'::text`];
      if (member.name === 'data') return [member.key, source.data(subsets(member))];
      return [member.key, member.name === 'pageInfo' ? infoObject(member) : source.totalCount()];
    }),
  );
}

function compileEmptyPage(builder: StatementBuilder, type: string, { maxFirst }: EmptyPageField, field: SelectedField): string {
  const args = builder.argumentsOf(type, field.nodes[0]);
  checkedPosition(builder, `${type}.${field.name}`, args, maxFirst);
  return compilePageObject(builder, builder.targetOf(type, field.name), field, {
    data: () => `'[]'::json`,
    hasNextPage: () => 'false',
    startCursor: () => builder.param((_, values) => args(values)['after'] ?? '', 'text'),
    endCursor: () => `''::text`,
    totalCount: () => '0',
  });
}

function compilePage(builder: StatementBuilder, type: string, { relation, type: childType, maxFirst }: PageField, field: SelectedField, rows: Rows): string {
  const args = builder.argumentsOf(type, field.nodes[0]);
  const kind = checkedPosition(builder, `${type}.${field.name}`, args, maxFirst);
  const key = builder.keyOf(childType);
  const parentKey = parentKeyOf(builder, type, relation);
  const first = builder.param((_, values) => args(values)['first'], 'int');
  const position = positionSql(builder, (values) => decodeCursor(args(values)['after'] as string | null), kind, [`c.${key}`]);
  const child = childRows(builder, relation, type, field, childType, rows, parentKey, {
    columns: `, row_number() over (partition by ${relation.parent} order by c.${key}) - ${position.offset} as rn_`,
    where: position.where,
  });
  const childSet: Rows = { alias: child, joins: [] };
  const columns = [
    `${child}.p_`,
    `bool_or(${child}.rn_ > ${first}) as more_`,
    `max(${child}.${key}::text) filter (where ${child}.rn_ = ${first}) as last_`,
    'count(*) as total_',
  ];
  const items: string[] = [];
  const page = compilePageObject(builder, builder.targetOf(type, field.name), field, {
    data: (sets) => {
      items.push(compileObject(builder, childType, childSet, sets));
      return `coalesce($aggregate$.items_${items.length - 1}, '[]'::json)`;
    },
    hasNextPage: () => 'coalesce($aggregate$.more_, false)',
    startCursor: () => builder.param((_, values) => args(values)['after'] ?? '', 'text'),
    endCursor: () => `coalesce(case when $aggregate$.more_ then ${cursorSql('$aggregate$.last_::uuid')} end, '')`,
    totalCount: () => (position.where.length === 0 ? 'coalesce($aggregate$.total_, 0)' : totalOf(builder, relation, type, field, childType, rows, parentKey)),
  });
  items.forEach((item, index) =>
    columns.push(`json_agg(${item} order by ${child}.${key}) filter (where ${child}.rn_ between 1 and ${first}) as items_${index}`),
  );
  const aggregate = builder.cte('a', () => `select ${columns.join(', ')} from ${child} ${childSet.joins.join(' ')} group by ${child}.p_`);
  rows.joins.push(`left join ${aggregate} on ${aggregate}.p_ = ${rows.alias}.${parentKey}`);
  return page.replaceAll('$aggregate$', aggregate);
}

/** Where a nested page begins. @throws NeedsExecutor when its size or its cursor is wrong */
function checkedPosition(builder: StatementBuilder, where: string, args: ArgumentsOf, maxFirst: number): Position['kind'] {
  if (!builder.ask((_, values) => isPageSize(args(values)['first'], maxFirst))) throw new NeedsExecutor(`${where}: page size`);
  const kind = builder.ask((_, values) => decodeCursor(args(values)['after'] as string | null)?.kind ?? 'wrong');
  if (kind === 'wrong') throw new NeedsExecutor(`${where}: cursor`);
  return kind;
}

/** All children of each parent, wherever the page begins. */
function totalOf(builder: StatementBuilder, relation: Relation, type: string, field: SelectedField, childType: string, rows: Rows, parentKey: string): string {
  const all = childRows(builder, relation, type, field, childType, rows, parentKey);
  const totals = builder.cte('t', () => `select ${all}.p_, count(*) as total_ from ${all} group by ${all}.p_`);
  rows.joins.push(`left join ${totals} on ${totals}.p_ = ${rows.alias}.${parentKey}`);
  return `coalesce(${totals}.total_, 0)`;
}

/** Conditions and offset of a page that begins at a position; `keys` are the sort keys, the id last. */
export function positionSql(
  builder: StatementBuilder,
  position: (values: Parameters<Parameters<StatementBuilder['making']>[0]>[0]) => Position | undefined,
  kind: Position['kind'],
  keys: readonly string[],
): { readonly where: readonly string[]; readonly offset: string } {
  if (kind === 'offset') return { where: [], offset: builder.param((_, values) => (position(values) as { offset: number }).offset, 'int') }; // its kind was decided
  if (kind === 'start') return { where: [], offset: '0' };
  const id = builder.param((_, values) => (position(values) as { id: string }).id, 'uuid');
  if (keys.length === 1) return { where: [`${keys[0]} > ${id}`], offset: '0' };
  const sortKey = builder.param((_, values) => (position(values) as { sortKey: string }).sortKey, 'text');
  return { where: [`(${keys.join(', ')}) > (${sortKey}, ${id})`], offset: '0' };
}

export function isPageSize(first: unknown, max: number | undefined): boolean {
  return typeof first === 'number' && first >= 1 && (max === undefined || first <= max);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(value: unknown): boolean {
  return typeof value === 'string' && UUID.test(value);
}
