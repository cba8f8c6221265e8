import { GraphQLError, type GraphQLFieldResolver } from 'graphql';
import { isPageSize, isUuid } from './compile-object.ts';
import type { Arguments, Declarations, Field, Making, ReadContext, Relation, RootDeclaration, RootSource } from './declaration.ts';
import { decodeCursor, decodeListCursor, encodeCursor } from './page-cursor.ts';

/** Runs SQL and answers rows of columns. */
export type RunSql = (text: string, params: readonly unknown[]) => Promise<readonly unknown[][]>;

export interface NaiveOptions {
  readonly declarations: Declarations;
  readonly call: ReadContext;
  readonly run: RunSql;
  /** Opens a secret and answers its plain value; fields of it are read as members. */
  readonly open: (secretId: string) => Promise<unknown>;
  readonly errors: { readonly pageSize: (max: number | undefined) => Error; readonly cursor: () => Error; readonly scope: (scope: string) => Error };
  /** Whether the arguments of a root field hold an id that nothing can have. */
  readonly namesNothing: (root: string, args: Arguments) => boolean;
  /** Root fields that are no reads, and fields of plain values. */
  readonly otherwise: GraphQLFieldResolver<unknown, unknown>;
}

/** A row that fields are still to be read of. */
export class Row {
  readonly type: string;
  readonly id: string;
  /** SQL (`… c where …`) of the rows it was found among: a root may show them in another way than their table does. */
  readonly among: ((params: unknown[]) => string) | undefined;
  constructor(type: string, id: string, among?: (params: unknown[]) => string) {
    this.type = type;
    this.id = id;
    this.among = among;
  }
}

/**
 * A resolver for every field: answers row by row from the same declarations, slow and plain. It is the measure of the compiler in tests,
 * and answers documents of which a nested field must fail, since paths and nulls then are graphql-js's own.
 */
export function createNaiveResolver(options: NaiveOptions): GraphQLFieldResolver<unknown, unknown> {
  const { declarations, call, run } = options;
  const parameters = () => {
    const params: unknown[] = [];
    const making = (args: Arguments): Making => ({
      bind: (value, type) => `$${params.push(value(call, args))}::${type}`,
      decide: (question) => question(call, args),
    });
    return { params, making };
  };

  const keyOf = (type: string): { table: string; key: string } => {
    const table = declarations.types[type]?.table;
    if (!table) throw new Error(`type ${type} has no table`);
    return { table: table.name, key: table.key };
  };

  async function childIds(row: Row, relation: Relation, childType: string, args: Arguments, extra: readonly string[] = []): Promise<readonly string[]> {
    const { params, making } = parameters();
    const parent = keyOf(row.type);
    const child = keyOf(childType);
    const where = [
      `${relation.parent} = (select p.${relation.parentKey ?? parent.key} from ${parent.table} p where p.${parent.key} = $${params.push(row.id)}::uuid)`,
      ...(relation.where?.(making(args)) ?? []),
      ...extra,
    ];
    const select = `select c.* from ${relation.from} where ${where.join(' and ')}`;
    const { distinct } = relation;
    const chosen = distinct
      ? `select distinct on (c.${distinct.on}) c.* from (${select}) c order by c.${distinct.on}, ${distinct.order}, c.${child.key}`
      : select;
    return (await run(`select c.${child.key}::text from (${chosen}) c order by c.${child.key}`, params)).map(([id]) => String(id));
  }

  async function readField(row: Row, field: Field, args: Arguments): Promise<unknown> {
    if ('sanitize' in field && field.sanitize !== undefined && !call.scopes.has(field.sanitize)) return null;
    const { table, key } = keyOf(row.type);
    const column = async (expression: string, params: unknown[], join = ''): Promise<unknown> => {
      const among = row.among?.(params) ?? `${table} c where true`;
      const [found] = await run(
        `with k as (select c.* from ${among} and c.${key} = $${params.push(row.id)}::uuid) select to_json(${expression})::text from k ${join}`,
        params,
      );
      return typeof found?.[0] === 'string' ? JSON.parse(found[0]) : null;
    };
    switch (field.kind) {
      case 'column': {
        const { params, making } = parameters();
        const m = making(args);
        const join = field.join?.('k', m);
        return column(field.sql('k', m), params, join);
      }
      case 'embedded':
        return field.present && !(await column(field.present('k'), [])) ? null : new Row(`${row.type}/${field.type}`, row.id, row.among);
      case 'list': {
        if (field.nullFor?.(call)) return null;
        const ids = await childIds(row, field.relation, field.type, args);
        return field.nullWhenEmpty && ids.length === 0 ? null : ids.map((id) => new Row(field.type, id));
      }
      case 'one': {
        const ids = await childIds(row, field.relation, field.type, args);
        if (field.byId === undefined) return ids[0] === undefined ? null : new Row(field.type, ids[0]);
        const wanted = args[field.byId];
        return isUuid(wanted) && ids.includes(String(wanted).toLowerCase()) ? new Row(field.type, String(wanted)) : null;
      }
      case 'union': {
        const type = await column(field.discriminator('k'), []);
        const relation = typeof type === 'string' ? field.members[type] : undefined;
        if (!relation || typeof type !== 'string') return null;
        const [id] = await childIds(row, relation, type, args);
        return id === undefined ? null : new Row(type, id);
      }
      case 'secret': {
        const id = await column(field.sql('k'), []);
        const opened = typeof id === 'string' ? await options.open(id) : null;
        if (!field.beside) return opened;
        const beside = await column(field.beside.sql('k'), [], field.beside.join?.('k'));
        return { ...(opened as object | null), ...withoutNulls(beside) };
      }
      case 'guarded':
        if (!call.scopes.has(field.scope)) throw options.errors.scope(field.scope);
        return readField(row, field.field, args);
      case 'page':
        return pageOf(await childIds(row, field.relation, field.type, args), field.type, args, field.maxFirst);
      case 'emptyPage':
        return pageOf([], '', args, field.maxFirst);
      case 'emptyList':
        return [];
      case 'null':
        return null;
    }
  }

  function pageOf(ids: readonly string[], type: string, args: Arguments, max: number | undefined, sortKeys?: readonly string[], among?: Row['among']): unknown {
    const first = args['first'];
    const after = args['after'] as string | null | undefined;
    if (!isPageSize(first, max)) throw options.errors.pageSize(max);
    const position = decodeCursor(after);
    if (!position) throw options.errors.cursor();
    const before = (index: number): boolean => {
      if (position.kind !== 'after') return index < (position.kind === 'offset' ? position.offset : 0);
      const keys: readonly string[] = sortKeys ? [sortKeys[index] ?? '', ids[index] ?? ''] : [ids[index] ?? ''];
      const wanted = sortKeys ? [position.sortKey, position.id] : [position.id];
      return compareKeys(keys, wanted) <= 0;
    };
    let from = 0;
    while (from < ids.length && before(from)) from += 1;
    const shown = ids.slice(from, from + Number(first));
    const more = from + shown.length < ids.length;
    const lastIndex = from + shown.length - 1;
    return {
      data: shown.map((id) => new Row(type, id, among)),
      pageInfo: { startCursor: after ?? '', endCursor: more ? encodeCursor(ids[lastIndex] ?? '', sortKeys?.[lastIndex]) : '', hasNextPage: more },
      totalCount: ids.length,
    };
  }

  async function typeOfRoot({ type, oneOf }: RootDeclaration, id: string): Promise<string> {
    if (!oneOf) return type;
    const { table, key } = keyOf(type);
    const [found] = await run(`select ${oneOf.discriminator('k')} from ${table} k where k.${key} = $1::uuid`, [id]);
    return String(found?.[0]);
  }

  async function readRoot(name: string, root: RootDeclaration, args: Arguments): Promise<unknown> {
    root.check?.(call, args);
    const instead = root.insteadFor?.(call);
    if (instead) {
      const other = declarations.roots[instead.root];
      if (!other) throw new Error(`there is no root ${instead.root}`);
      return readRoot(instead.root, other, { ...args, ...instead.args });
    }
    if (root.kind === 'page') {
      if (!isPageSize(args['first'], root.maxFirst)) throw options.errors.pageSize(root.maxFirst);
      if (!decodeListCursor(args['after'] as string | null, root)) throw options.errors.cursor();
    }
    if (options.namesNothing(name, args)) {
      const error = root.whenMissing?.(call, args);
      if (error) throw error;
      return root.kind === 'one' ? null : [];
    }
    const { params, making } = parameters();
    const source = root.source(making(args));
    const { key } = keyOf(root.type);
    const conditions = conditionsOf(source, key);
    const sort = root.orderBy ?? `''::text`;
    const rows = await run(
      `select c.${key}::text, ${sort} from ${source.from} where ${conditions} order by ${root.orderBy ? `${sort}, ` : ''}c.${key}`,
      params,
    );
    const ids = rows.map(([id]) => String(id));
    const among = (into: unknown[]): string => {
      const again = root.source({ bind: (value, type) => `$${into.push(value(call, args))}::${type}`, decide: (question) => question(call, args) });
      return `${again.from} where ${conditionsOf(again, key)}`;
    };
    if (root.outcome) {
      const asked = parameters();
      const outcome = root.outcome(asked.making(args));
      const [found] = outcome === undefined ? [[true]] : await run(`select ${outcome}`, asked.params);
      const error = found?.[0] === true ? undefined : root.whenMissing?.(call, args);
      if (error) throw error;
    }
    if (root.kind === 'list') return ids.map((id) => new Row(root.type, id, among));
    if (root.kind === 'page') return pageOf(ids, root.type, args, root.maxFirst, root.orderBy ? rows.map(([, sortKey]) => String(sortKey)) : undefined, among);
    if (ids[0] !== undefined) return new Row(await typeOfRoot(root, ids[0]), ids[0], among);
    const missing = root.whenMissing?.(call, args);
    if (missing) throw missing;
    return null;
  }

  return (source, args, context, info) => {
    if (source instanceof Row) {
      const [owner = '', embedded] = source.type.split('/');
      const declared = declarations.types[embedded ?? owner]?.fields[info.fieldName];
      if (!declared) throw new GraphQLError(`${source.type}.${info.fieldName} has no declaration`);
      return readField(new Row(owner, source.id, source.among), declared, args as Arguments);
    }
    const root = info.parentType === info.schema.getQueryType() ? declarations.roots[info.fieldName] : undefined;
    return root ? readRoot(info.fieldName, root, args as Arguments) : options.otherwise(source, args, context, info);
  };
}

function withoutNulls(value: unknown): object {
  return Object.fromEntries(Object.entries((value ?? {}) as object).filter(([, member]) => member !== null));
}

function conditionsOf(source: RootSource, key: string): string {
  const keys = source.keys ? [`c.${key} in (select ${source.keys.key} from ${source.keys.from} where ${source.keys.where.join(' and ')})`] : [];
  const all = [...source.where, ...keys];
  return all.length === 0 ? 'true' : all.join(' and ');
}

function compareKeys(a: readonly string[], b: readonly string[]): number {
  for (const [index, key] of a.entries()) {
    const other = b[index] ?? '';
    if (key !== other) return Buffer.compare(Buffer.from(key), Buffer.from(other));
  }
  return 0;
}
