import { DomainError } from '@binnacle/errors/domain-error';
import type { Arguments, Making } from '@binnacle/read-compiler/declaration';
import { isStorable } from '../execution/unstorable-texts.ts';
import { tenantParam } from '../execution/fields.ts';

/** One entry of a `filter` argument. */
interface LabelFilter {
  readonly key: string;
  readonly query?: string | null;
}

type Parsed =
  | { readonly kind: 'exists' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'anyOf'; readonly values: readonly string[] }
  | { readonly kind: 'contains'; readonly value: unknown };

/** `$[*] ? (@ == "a" || @ == "b")`: any of the values, as the label or as an item of it. */
const ANY_OF = /^\$\[\*\]\s*\?\s*\(\s*@\s*==\s*"[a-zA-Z0-9_\-\s]*"(?:\s*\|\|\s*@\s*==\s*"[a-zA-Z0-9_\-\s]*")*\s*\)$/;
const MAX_VALUES = 100;
const MAX_FILTERS = 20;
const MAX_QUERY_BYTES = 64 * 1024;
const SUBACCOUNT_KEY = 'global_subaccount_id';

const parsed = new WeakMap<LabelFilter, Parsed>();

/** @throws DomainError InvalidData when the query of an entry is neither JSON nor a path of the known form */
export function checkLabelFilters(args: Arguments): void {
  const filters = filtersOf(args);
  if (filters.length > MAX_FILTERS) throw new DomainError('InvalidData', { filter: `must have no more than ${MAX_FILTERS} items` });
  for (const filter of filters) parse(filter);
}

/** Conditions on rows under alias `c` of a table with `labels` and `label_keys`; all must hold. */
export function labelConditions(making: Making): readonly string[] {
  const shapes = making.decide((_, args) => filtersOf(args).map(shapeOf).join(';'));
  if (shapes === '') return [];
  return shapes.split(';').map((shape, index) => condition(making, shape, index));
}

/** Whether the argument filters at all; the plan of an unfiltered page is another one. */
export function isFiltered(making: Making): boolean {
  return making.decide((_, args) => filtersOf(args).length > 0);
}

function filtersOf(args: Arguments): readonly LabelFilter[] {
  return ((args['filter'] as readonly (LabelFilter | null)[] | null | undefined) ?? []).filter((filter) => filter !== null);
}

function parse(filter: LabelFilter): Parsed {
  const known = parsed.get(filter);
  if (known) return known;
  const result = parseQuery(filter.key, filter.query);
  parsed.set(filter, result);
  return result;
}

function parseQuery(key: string, query: string | null | undefined): Parsed {
  if (query === null || query === undefined) return { kind: 'exists' };
  if (query.includes('\u0000') || query.length > MAX_QUERY_BYTES) throw invalid(key);
  const text = query.trim();
  if (text.startsWith('$')) {
    if (!ANY_OF.test(text)) throw invalid(key);
    const values = [...text.matchAll(/"([^"]*)"/g)].map(([, value = '']) => value);
    if (values.length > MAX_VALUES) throw invalid(key);
    return { kind: 'anyOf', values: [...new Set(values)] };
  }
  if (key === SUBACCOUNT_KEY && /^\{\s*"?exists"?\s*:\s*false\s*\}$/.test(text)) return { kind: 'absent' };
  try {
    const value: unknown = JSON.parse(text);
    if (!isStorable(value)) throw invalid(key);
    return { kind: 'contains', value };
  } catch {
    throw invalid(key);
  }
}

function invalid(key: string): DomainError {
  return new DomainError('InvalidData', {
    reason: `the query of the filter on label ${key.slice(0, 64)} is neither JSON nor of the form $[*] ? (@ == "value")`,
  });
}

/** What of an entry decides the statement's text. */
function shapeOf(filter: LabelFilter): string {
  const query = parse(filter);
  const table = filter.key === 'scenarios' ? 'scenarios' : 'label';
  if (query.kind === 'anyOf') return `${table} anyOf ${query.values.length}`;
  if (query.kind === 'contains') return `${table} contains ${typeof query.value === 'object' ? 'object' : 'scalar'}`;
  return `${table} ${query.kind}`;
}

function condition(making: Making, shape: string, index: number): string {
  const entry = (args: Arguments): LabelFilter => filtersOf(args)[index] as LabelFilter; // the shape was made of it
  const query = (args: Arguments): Parsed => parse(entry(args));
  const [table, kind, count] = shape.split(' ');
  if (table === 'scenarios') return scenarioCondition(making, kind ?? '', query);
  if (kind === 'exists' || kind === 'absent') {
    return `${kind === 'absent' ? 'not ' : ''}c.label_keys @> array[${making.bind((_, args) => entry(args).key, 'text')}]`;
  }
  const contains = (value: (args: Arguments) => unknown): string =>
    `c.labels @> ${making.bind((_, args) => JSON.stringify({ [entry(args).key]: value(args) }), 'jsonb')}`;
  const whole = (args: Arguments): unknown => (query(args) as { value: unknown }).value; // its kind is part of the shape
  if (kind === 'contains') return count === 'object' ? contains(whole) : `(${contains(whole)} or ${contains((args) => [whole(args)])})`;
  const branches = Array.from({ length: Number(count) }, (_, n) => {
    const value = (args: Arguments): unknown => (query(args) as { values: readonly string[] }).values[n];
    return `${contains(value)} or ${contains((args) => [value(args)])}`;
  });
  return `(${branches.join(' or ')})`;
}

/** Scenarios are memberships in the caller's formations, not labels of the row. */
function scenarioCondition(making: Making, kind: string, query: (args: Arguments) => Parsed): string {
  const mine = `from formation_member fm join formation f on f.id = fm.formation_id and f.tenant_id = ${tenantParam(making)} where fm.object_id = c.id`;
  if (kind === 'exists' || kind === 'absent') return `${kind === 'absent' ? 'not ' : ''}exists (select ${mine})`;
  const names = making.bind((_, args) => namesOf(query(args)), 'text[]');
  if (kind === 'anyOf') return `exists (select ${mine} and f.name = any(${names}))`;
  return `not exists (select unnest(${names}) except select f.name ${mine})`;
}

function namesOf(query: Parsed): readonly string[] {
  if (query.kind === 'anyOf') return query.values;
  if (query.kind !== 'contains') return [];
  // A value that is no text is the name of no scenario.
  return (Array.isArray(query.value) ? query.value : [query.value]).map((value) => (typeof value === 'string' ? value : `\u0001${JSON.stringify(value)}`));
}
