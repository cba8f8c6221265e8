import fc from 'fast-check';
import { encodeCursor } from '@binnacle/read-compiler/page-cursor';
import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { LABEL_KEYS, type Landscape } from './random-landscape.ts';

/** A document with the values of its variables. */
export interface RandomQuery {
  readonly text: string;
  /** The same with introspection: graphql-js answers it by the naive resolvers, whatever else it asks for. */
  readonly introspecting: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly rootFields: number;
  /** Every `Type.field` that it asks for. */
  readonly asked: ReadonlySet<string>;
}

/** Limits of one document: the naive executor asks once for each field of each row. */
const MAX_FIELDS = 26;
const MAX_DEPTH = 7;

const ABSENT = Symbol('absent');

/** Types that an id argument names where the field's own type does not say it. */
const ID_TYPES: Readonly<Record<string, string>> = {
  runtimeID: 'Runtime',
  appID: 'Application',
  objectID: 'Application',
  applicationTemplateID: 'ApplicationTemplate',
};

/** Draws a valid query over the given root fields. */
export function randomQuery(g: fc.GeneratorValue, schema: GraphQLSchema, landscape: Landscape, roots: readonly string[]): RandomQuery {
  const variables: Record<string, unknown> = {};
  const definitions: string[] = [];
  const fragments: string[] = [];
  const asked = new Set<string>();
  let names = 0;
  let fields = MAX_FIELDS;

  const chance = (percent: number): boolean => g(fc.nat, { max: 99 }) >= 100 - percent;
  const upTo = (max: number): number => g(fc.nat, { max });
  const pick = <T>(values: readonly T[]): T => values[upTo(values.length - 1)] as T; // never called with an empty list
  const newName = (letter: string): string => `${letter}${(names += 1)}`;

  function variable(type: string, value: unknown): string {
    const name = newName('v');
    // A default stands in where nothing is sent.
    if (value !== undefined && !type.endsWith('!') && typeof value !== 'object' && chance(20)) {
      definitions.push(`$${name}: ${type} = ${JSON.stringify(value)}`);
    } else {
      definitions.push(`$${name}: ${type}`);
      if (value !== undefined) variables[name] = value;
    }
    return `$${name}`;
  }

  function directives(): string {
    if (!chance(12)) return '';
    const one = (name: 'include' | 'skip'): string => {
      const value = chance(70) === (name === 'include');
      return ` @${name}(if: ${chance(60) ? variable('Boolean!', value) : value})`;
    };
    const first = chance(50) ? 'include' : 'skip';
    return `${one(first)}${chance(20) ? one(first === 'skip' ? 'include' : 'skip') : ''}`;
  }

  function argument(field: GraphQLField<unknown, unknown>, declared: GraphQLArgument): string | undefined {
    const value = valueFor(field, declared);
    if (value === ABSENT) return undefined;
    if (value === null && isNonNullType(declared.type)) return undefined;
    return `${declared.name}: ${chance(40) ? variable(String(declared.type), value) : literal(value, declared.type)}`;
  }

  function valueFor(field: GraphQLField<unknown, unknown>, { name, type }: GraphQLArgument): unknown {
    const optional = !isNonNullType(type);
    const target = getNamedType(field.type).name.replace(/Page$/, '');
    const idOf = (typeName: string): string => {
      const pool = landscape.ids[typeName] ?? [];
      if (pool.length === 0 || chance(4)) return pick(['00000000-0000-7000-8000-00000000dead', 'no-uuid', '']);
      const id = pick(pool);
      return chance(10) ? id.toUpperCase() : id;
    };
    switch (name) {
      case 'first':
        return chance(70) ? 1 + upTo(4) : chance(60) ? ABSENT : pick<unknown>([200, 200, 200, 1, 0, 201, null]);
      case 'after':
        if (chance(65)) return ABSENT;
        return pick<() => unknown>([
          () => null,
          () => '',
          () => encodeCursor(idOf(target).length === 36 ? idOf(target).padEnd(36, '0') : '00000000-0000-7000-8000-000000000000'),
          () => encodeCursor(pick(landscape.ids[target] ?? ['ffffffff-0000-7000-8000-000000000000']), target === 'Tenant' ? pick(landscape.tenantNames) : ''),
          () => Buffer.from(`DpKtJ4j9jDq${upTo(3)}`).toString('base64'),
          () => (chance(20) ? 'garbage!' : ''),
        ])();
      case 'filter':
        if (target === 'Credential') return chance(30) ? ABSENT : credentialFilter();
        return chance(60) ? ABSENT : filter();
      case 'key':
        return optional && chance(40) ? ABSENT : pick<unknown>([...LABEL_KEYS, 'scenarios', 'name', 'none', ...(optional ? [null] : [])]);
      case 'token':
        return pick(['none', ...landscape.tokens]);
      case 'group':
        return chance(50) ? ABSENT : pick<unknown>(['g1', 'g2', 'none', null]);
      case 'name':
        return pick([...landscape.formationNames, 'own', 'Side-by-Side Extensibility with Kyma']);
      case 'searchTerm':
        return chance(40) ? ABSENT : pick<unknown>(['', 'ac', 'E', '%', '\\', '_', null, landscape.tenants[0]]);
      case 'externalTenant':
        return pick(landscape.tenantNames);
      case 'localTenantID':
        return pick(['l1', 'l2', 'l3']);
      case 'systemNumber':
        return pick(['sys-mp-app-01', 'sys-mp-app-11', 'none']);
      case 'id':
        return field.name === 'tenantByExternalID' ? pick([...landscape.tenantNames, 'none']) : idOf(target);
      default:
        if (optional) return ABSENT;
        if (isEnumType(getNamedType(type))) return [pick((getNamedType(type) as GraphQLEnumType).getValues()).name];
        if (!ID_TYPES[name]) throw new Error(`the generator knows no argument ${name} of ${field.name}`);
        return idOf(ID_TYPES[name]);
    }
  }

  function credentialFilter(): unknown {
    const times = ['2026-01-01T00:00:00Z', '2099-01-01T00:00:00Z'];
    const members: Readonly<Record<string, () => unknown>> = {
      kinds: () => pick<unknown>([['CERTIFICATE'], ['OAUTH_CLIENT', 'ONE_TIME_TOKEN'], [], null]),
      states: () => pick<unknown>([['ACTIVE', 'SPENT', 'EXPIRED', 'REVOKED'], ['REVOKED'], null]),
      holderID: () => pick<unknown>([...(landscape.ids['Application'] ?? []).slice(0, 3), 'no-uuid', null]),
      expiresBefore: () => pick(times),
      expiresAfter: () => pick(times),
      unusedSince: () => pick(times),
    };
    return Object.fromEntries(Object.entries(members).flatMap(([name, value]) => (chance(35) ? [[name, value()]] : [])));
  }

  function filter(): unknown {
    const entry = (): unknown => {
      const key = pick([...LABEL_KEYS, 'scenarios', 'name']);
      const any = (values: readonly string[]): string => `$[*] ? (${values.map((value) => `@ == "${value}"`).join(' || ')})`;
      const query = pick<unknown>([
        undefined,
        null,
        '"red"',
        '"f0"',
        '["f0","f1"]',
        '{"x":{}}',
        '7',
        'true',
        any(['red']),
        any(['f1', 'blue', 'gr een']),
        any(['f0', 'f2']),
      ]);
      return chance(5) ? { key: 'global_subaccount_id', query: '{"exists": false}' } : { key, ...(query === undefined ? {} : { query }) };
    };
    const count = upTo(2);
    return chance(20) ? entry() : Array.from({ length: count }, entry);
  }

  function literal(value: unknown, type: GraphQLInputType): string {
    const inner = isNonNullType(type) ? type.ofType : type;
    if (value === null) return 'null';
    if (isListType(inner)) return Array.isArray(value) ? `[${value.map((item) => literal(item, inner.ofType)).join(', ')}]` : literal(value, inner.ofType);
    if (isInputObjectType(inner)) {
      const members = Object.entries(value as Record<string, unknown>).map(([name, member]) => {
        const memberType = inner.getFields()[name]?.type;
        if (!memberType) throw new Error(`${inner.name} has no field ${name}`);
        return `${name}: ${typeof member === 'string' && chance(30) ? variable(String(memberType), member) : literal(member, memberType)}`;
      });
      return `{ ${members.join(', ')} }`;
    }
    if (isEnumType(inner)) return String(value);
    if (typeof value === 'string' && value !== '' && !/[\\"\n]/.test(value) && chance(10)) return `"""${value}"""`;
    return JSON.stringify(value);
  }

  /** One field with its selection; `unique` where fields of one name may differ in type. */
  function fieldText(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, depth: number, unique: boolean): string {
    fields -= 1;
    asked.add(`${type.name}.${field.name}`);
    const args = field.args.map((declared) => argument(field, declared)).filter((given) => given !== undefined);
    const alias = unique || field.args.length > 0 || chance(15) ? `${newName('k')}: ` : '';
    const head = `${alias}${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}`;
    const below = getNamedType(field.type);
    const once = (): string => `${head}${directives()}${isObjectType(below) || isAbstractType(below) ? ` ${selection(below.name, depth + 1, unique)}` : ''}`;
    // A key that stands twice is answered once, with what both ask for.
    return isObjectType(below) && chance(10) ? `${once()} ${once()}` : once();
  }

  function selection(typeName: string, depth: number, unique: boolean): string {
    const type = schema.getType(typeName);
    const parts: string[] = [];
    if (isAbstractType(type)) {
      if (chance(60)) parts.push('__typename');
      for (const member of schema.getPossibleTypes(type)) if (chance(70)) parts.push(fragmentOn(member.name, depth, true));
      return `{ ${parts.length === 0 ? '__typename' : parts.join(' ')} }`;
    }
    if (!isObjectType(type)) throw new Error(`${typeName} has no fields`);
    const all = Object.values(type.getFields());
    const composite = all.filter((field) => isComposite(field));
    const plain = all.filter((field) => !isComposite(field));
    const deeper = depth < MAX_DEPTH && fields > 0;
    const count = 1 + upTo(typeName.endsWith('Page') ? 1 : 3);
    for (let n = 0; n < count && (fields > 0 || parts.length === 0); n += 1) {
      const goDeeper = deeper && composite.length > 0 && (plain.length === 0 || chance(typeName.endsWith('Page') ? 85 : 55));
      const from = goDeeper ? composite : plain;
      const field = typeName.endsWith('Page') && goDeeper && chance(80) ? type.getFields()['data'] : from.length > 0 ? pick(from) : undefined;
      if (field) parts.push(fieldText(type, field, depth, unique));
    }
    if (parts.length === 0 || chance(8)) parts.push(chance(50) ? '__typename' : `${newName('k')}: __typename`);
    if (deeper && chance(12)) parts.push(fragmentOn(pick([typeName, ...type.getInterfaces().map(({ name }) => name)]), depth, unique, typeName));
    return `{ ${parts.join(' ')} }`;
  }

  /** An inline or a named fragment; `concrete` when the condition is an interface. */
  function fragmentOn(condition: string, depth: number, unique: boolean, concrete = condition): string {
    const body = condition === concrete ? selection(condition, depth + 1, unique) : '{ totalCount pageInfo { hasNextPage endCursor } }';
    if (chance(50)) return `... ${condition === concrete && !unique && chance(30) ? '' : `on ${condition}`}${directives()} ${body}`;
    const name = newName('F');
    fragments.push(`fragment ${name} on ${condition} ${body}`);
    return `...${name}${directives()}${chance(20) ? ` ...${name}` : ''}`;
  }

  const query = schema.getQueryType();
  if (!query) throw new Error('the schema has no queries');
  const count = 1 + upTo(chance(25) ? 2 : 0);
  const rootTexts: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const field = query.getFields()[pick(roots)];
    if (!field) throw new Error('there is no such root field');
    rootTexts.push(fieldText(query, field, 0, false));
  }
  const header = definitions.length > 0 || chance(30) ? `query${chance(50) ? ' Q' : ''}${definitions.length > 0 ? ` (${definitions.join(', ')})` : ''} ` : '';
  const document = (extra: string): string => `${header}{ ${extra}${rootTexts.join(' ')} }${fragments.map((fragment) => ` ${fragment}`).join('')}`;
  return { text: document(''), introspecting: document('__schema { queryType { name } } '), variables, rootFields: count, asked };
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** The same document with other literals: other pages, other objects of the same types. */
export function reworded(query: RandomQuery, { ids }: Landscape, shift: number): RandomQuery {
  const others = new Map(Object.values(ids).flatMap((pool) => pool.map((id, index) => [id, pool[(index + shift) % pool.length] ?? id] as const)));
  const change = (text: string): string =>
    text
      .replace(UUID, (id) => others.get(id.toLowerCase()) ?? id)
      .replace(/first: ([1-5])\b/g, (_, first: string) => `first: ${1 + ((Number(first) + shift) % 5)}`)
      .replace(/key: "(color|list|n)"/g, (_, key: string) => `key: "${key === 'n' ? 'color' : 'n'}"`);
  return { ...query, text: change(query.text), introspecting: change(query.introspecting) };
}

const isComposite = (field: GraphQLField<unknown, unknown>): boolean => {
  const type = getNamedType(field.type);
  return isObjectType(type) || isAbstractType(type);
};
