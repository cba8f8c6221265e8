import { DocumentLimitError } from './document-limit-error.ts';
import { DEFAULT_LIMITS, type DocumentLimits } from './document-limits.ts';
import { createTokenReader, TOKEN } from './token-reader.ts';

/** A literal that was taken out of a document. */
export interface Literal {
  readonly kind: 'string' | 'number';
  /** As written, quotes included. */
  readonly raw: string;
  /** Offset of its first character in the document. */
  readonly start: number;
}

export interface ScannedDocument {
  /** The document with empty argument lists blanked, as graphql-js wants it; offsets are unchanged. */
  readonly text: string;
  /** The document without its literals: equal for calls that differ in their values only. */
  readonly key: string;
  readonly literals: readonly Literal[];
  /** Operations by name ('' for an anonymous one), in order. */
  readonly operations: readonly { readonly name: string; readonly kind: 'query' | 'mutation' | 'subscription' }[];
}

/** A selection set with its inline fragments. Sets below fields with one response key are one, as the check for conflicts between them sees it. */
interface SelectionSet {
  readonly keys: Map<string, KeyCount>;
  /** Names of the fragments that are spread here. */
  readonly spreads: Set<string>;
}

/** How often a response key stands in a selection set, and what is selected below it. */
interface KeyCount {
  count: number;
  below: SelectionSet | undefined;
}

interface Definition {
  readonly fragment: string | undefined;
  fields: number;
  aliases: number;
  depth: number;
  readonly selections: SelectionSet;
  readonly spreads: { readonly name: string; readonly depth: number }[];
}

/**
 * Reads a document's tokens once: blanks the empty argument lists that existing clients send, lifts the literals out and counts.
 * What is no token is left for the parser to refuse.
 * @throws DocumentLimitError
 */
export function scanDocument(source: string, limits: DocumentLimits = DEFAULT_LIMITS): ScannedDocument {
  const reader = createTokenReader(source);
  const literals: Literal[] = [];
  const keyParts: string[] = [];
  const blanks: (readonly [number, number])[] = [];
  const operations: { name: string; kind: 'query' | 'mutation' | 'subscription' }[] = [];
  const definitions: Definition[] = [];
  let current: Definition | undefined;
  let header: string[] = [];
  let copied = 0;
  let tokens = 0;
  let directives = 0;
  /** Open brackets inside an argument list or variable definitions; 0 outside. */
  let valueDepth = 0;
  let selectionDepth = 0;
  const openSets: SelectionSet[] = [];
  let lastField: KeyCount | undefined;
  let inlineFragment = false;
  let previous = -1;
  let previousText = '';
  let previousStart = 0;

  for (;;) {
    const kind = reader.next();
    if (kind === TOKEN.END || kind === TOKEN.INVALID) break;
    tokens += 1;
    if (tokens > limits.tokens) throw new DocumentLimitError('MAX_TOKENS_LIMIT', 'tokens', limits.tokens);
    const text = kind === TOKEN.NAME ? source.slice(reader.start, reader.end) : '';
    if (kind === TOKEN.STRING || kind === TOKEN.NUMBER) {
      literals.push({ kind: kind === TOKEN.STRING ? 'string' : 'number', raw: source.slice(reader.start, reader.end), start: reader.start });
      keyParts.push(source.slice(copied, reader.start), kind === TOKEN.STRING ? '""' : '0');
      copied = reader.end;
    } else if (valueDepth > 0) {
      inValue(kind);
    } else {
      inSelection(kind, text);
    }
    previous = kind;
    previousText = text;
    previousStart = reader.start;
  }
  keyParts.push(source.slice(copied));
  checkTotals(definitions, limits);
  return { text: blanks.length === 0 ? source : blank(source, blanks), key: keyParts.join(''), literals, operations };

  function inValue(kind: number): void {
    if (kind === TOKEN.PAREN_L || kind === TOKEN.BRACKET_L || kind === TOKEN.BRACE_L) {
      valueDepth += 1;
      // One more than in selections: the argument list itself is a level.
      if (valueDepth > limits.depth + 1) throw new DocumentLimitError('MAX_DEPTH_LIMIT', 'nested levels', limits.depth);
    } else if (kind === TOKEN.PAREN_R || kind === TOKEN.BRACKET_R || kind === TOKEN.BRACE_R) {
      if (kind === TOKEN.PAREN_R && previous === TOKEN.PAREN_L) blanks.push([previousStart, reader.end]);
      valueDepth -= 1;
    }
  }

  function inSelection(kind: number, text: string): void {
    if (kind === TOKEN.PAREN_L || kind === TOKEN.BRACKET_L) valueDepth += 1;
    else if (kind === TOKEN.BRACE_L) openSet();
    else if (kind === TOKEN.BRACE_R) closeSet();
    else if (kind === TOKEN.AT) countDirective();
    else if (kind === TOKEN.SPREAD) inlineFragment = true;
    else if (kind === TOKEN.NAME) name(text);
  }

  function countDirective(): void {
    directives += 1;
    if (directives > limits.directives) throw new DocumentLimitError('MAX_DIRECTIVES_LIMIT', 'directives', limits.directives);
  }

  function openSet(): void {
    if (selectionDepth === 0) startDefinition();
    selectionDepth += 1;
    if (current && selectionDepth > current.depth) current.depth = selectionDepth;
    if (selectionDepth > limits.depth) throw new DocumentLimitError('MAX_DEPTH_LIMIT', 'nested levels', limits.depth);
    openSets.push(newSet());
    inlineFragment = false;
  }

  function newSet(): SelectionSet {
    const around = openSets.at(-1);
    if (!around) return current?.selections ?? emptySet();
    if (inlineFragment) return around;
    if (!lastField) return emptySet();
    lastField.below ??= emptySet();
    return lastField.below;
  }

  function closeSet(): void {
    selectionDepth = Math.max(0, selectionDepth - 1);
    openSets.pop();
    if (selectionDepth === 0) {
      current = undefined;
      header = [];
    }
  }

  function startDefinition(): void {
    const [first = 'query', second = ''] = header;
    current = { fragment: first === 'fragment' ? second : undefined, fields: 0, aliases: 0, depth: 0, selections: emptySet(), spreads: [] };
    definitions.push(current);
    if (first === 'query' || first === 'mutation' || first === 'subscription') operations.push({ name: second, kind: first });
    if (definitions.length > limits.definitions) throw new DocumentLimitError('MAX_DEFINITIONS_LIMIT', 'operations and fragments', limits.definitions);
  }

  function name(text: string): void {
    if (!current) {
      if (previous !== TOKEN.AT) header.push(text);
      return;
    }
    if (previous === TOKEN.AT) return;
    if (previous === TOKEN.SPREAD) {
      if (text === 'on') return;
      inlineFragment = false;
      current.spreads.push({ name: text, depth: selectionDepth });
      openSets.at(-1)?.spreads.add(text);
      return;
    }
    if (previous === TOKEN.NAME && previousText === 'on' && reader.afterSpreadOn) return;
    if (previous === TOKEN.COLON) {
      current.aliases += 1;
      return;
    }
    field(current, text);
  }

  function field(definition: Definition, responseKey: string): void {
    definition.fields += 1;
    const { keys } = openSets.at(-1) ?? emptySet();
    lastField = keys.get(responseKey) ?? { count: 0, below: undefined };
    lastField.count += 1;
    keys.set(responseKey, lastField);
    if (lastField.count > limits.duplicates) throw tooManyEqual(responseKey, limits);
  }
}

interface Totals {
  readonly fields: number;
  readonly aliases: number;
  readonly depth: number;
}

/** Counts with fragments followed; each fragment is looked at once, and one inside itself counts as nothing (validation refuses it). */
function checkTotals(definitions: readonly Definition[], limits: DocumentLimits): void {
  const fragments = new Map(definitions.filter(({ fragment }) => fragment !== undefined).map((definition) => [definition.fragment, definition]));
  const known = new Map<Definition, Totals | 'open'>();
  const total = (definition: Definition): Totals => {
    const found = known.get(definition);
    if (found === 'open') return { fields: 0, aliases: 0, depth: 0 };
    if (found) return found;
    known.set(definition, 'open');
    let { fields, aliases, depth } = definition;
    for (const spread of definition.spreads) {
      const target = fragments.get(spread.name);
      if (!target) continue;
      const inside = total(target);
      fields += inside.fields;
      aliases += inside.aliases;
      depth = Math.max(depth, spread.depth + inside.depth - 1);
    }
    const result = { fields, aliases, depth };
    known.set(definition, result);
    return result;
  };
  const totals = definitions.map(total);
  if (totals.some(({ fields }) => fields > limits.fields)) throw new DocumentLimitError('MAX_FIELDS_LIMIT', 'fields', limits.fields);
  if (totals.some(({ depth }) => depth > limits.depth)) throw new DocumentLimitError('MAX_DEPTH_LIMIT', 'nested levels', limits.depth);
  for (const { fragment, selections } of definitions) if (fragment === undefined) checkSelections(selections, fragments, limits);
  if (totals.some(({ aliases }) => aliases > limits.aliases)) throw new DocumentLimitError('MAX_ALIASES_LIMIT', 'aliases', limits.aliases);
}

/** Root fields and equal response keys, with fragments followed. */
function checkSelections(root: SelectionSet, fragments: ReadonlyMap<string | undefined, Definition>, limits: DocumentLimits): void {
  // Fields are counted already: only a fragment inside itself, which validation refuses, goes on longer than this.
  let left = 2 * limits.fields;
  const count = (sets: readonly SelectionSet[]): number => {
    const keys = new Map<string, { count: number; readonly below: SelectionSet[] }>();
    const followed = new Set<string>();
    let total = 0;
    const add = (set: SelectionSet): void => {
      for (const [key, { count: times, below }] of set.keys) {
        left -= 1;
        total += times;
        const found = keys.get(key) ?? { count: 0, below: [] };
        found.count += times;
        if (below) found.below.push(below);
        keys.set(key, found);
        if (found.count > limits.duplicates) throw tooManyEqual(key, limits);
      }
      for (const name of set.spreads) {
        const target = followed.has(name) ? undefined : fragments.get(name);
        followed.add(name);
        if (target) add(target.selections);
      }
    };
    sets.forEach(add);
    for (const { below } of keys.values()) if (below.length > 0 && left > 0) count(below);
    return total;
  };
  if (count([root]) > limits.rootFields) throw new DocumentLimitError('MAX_ROOT_FIELDS_LIMIT', 'root fields', limits.rootFields);
}

const emptySet = (): SelectionSet => ({ keys: new Map(), spreads: new Set() });

const tooManyEqual = (responseKey: string, { duplicates }: DocumentLimits): DocumentLimitError =>
  new DocumentLimitError('MAX_DUPLICATE_FIELDS_LIMIT', `fields called ${responseKey.slice(0, 40)} in one selection set`, duplicates);

function blank(source: string, ranges: readonly (readonly [number, number])[]): string {
  let text = '';
  let from = 0;
  for (const [start, end] of ranges) {
    // Line breaks stay, so that the parser's line numbers are the client's.
    text += source.slice(from, start) + source.slice(start, end).replace(/[^\n\r]/g, ' ');
    from = end;
  }
  return text + source.slice(from);
}
