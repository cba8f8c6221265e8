import { skipIgnored } from './token-reader.ts';

/** What a GraphQL request asks, as it came over HTTP. */
export interface Envelope {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
}

/** An envelope that cannot be read. The text never repeats what was sent. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
  readonly status: 400 | 422;
  readonly code: 'BAD_REQUEST' | 'BATCHING_DISABLED' | 'PERSISTED_QUERY_NOT_SUPPORTED' | 'GRAPHQL_VALIDATION_FAILED';

  constructor(status: 400 | 422, code: EnvelopeError['code'], message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const MAX_DEPTH = 32;
const MAX_KEYS = 10_000;
/** Items of lists and members of objects together. */
const MAX_VALUES = 100_000;
const MAX_NUMBER_LENGTH = 40;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads the JSON body of a GraphQL POST. Strict where two readers could understand it differently: UTF-8 only, no duplicate members,
 * no numbers beyond what JSON readers agree on; unknown members are ignored.
 * @throws EnvelopeError
 */
export function parseEnvelope(body: Buffer): Envelope {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    throw undecodable('it is not UTF-8');
  }
  const duplicate = findDuplicateMember(text);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw undecodable(text.trim() === '' ? 'it is empty' : 'it is not JSON');
  }
  if (Array.isArray(parsed)) throw new EnvelopeError(400, 'BATCHING_DISABLED', 'batches of operations are not accepted: send one operation a request');
  if (typeof parsed !== 'object' || parsed === null) throw undecodable('it is not a JSON object');
  if (duplicate !== undefined) throw new EnvelopeError(400, 'BAD_REQUEST', `the member "${duplicate}" stands in the request twice`);
  return envelopeOf(parsed as Record<string, unknown>);
}

/**
 * Checks the members of an envelope however they came (a body, or the parameters of a GET).
 * @throws EnvelopeError
 */
export function envelopeOf(members: Readonly<Record<string, unknown>>): Envelope {
  const { query, variables, operationName, extensions } = members;
  if (typeof extensions === 'object' && extensions !== null && 'persistedQuery' in extensions) {
    throw new EnvelopeError(400, 'PERSISTED_QUERY_NOT_SUPPORTED', 'persisted queries are not supported: send the query itself');
  }
  if (query !== undefined && query !== null && typeof query !== 'string') throw new EnvelopeError(400, 'BAD_REQUEST', 'the member "query" must be a text');
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    throw new EnvelopeError(400, 'BAD_REQUEST', 'the member "operationName" must be a text');
  if (variables !== undefined && variables !== null && (typeof variables !== 'object' || Array.isArray(variables)))
    throw new EnvelopeError(400, 'BAD_REQUEST', 'the member "variables" must be an object');
  if (typeof query !== 'string' || skipIgnored(query, 0) === query.length) throw new EnvelopeError(422, 'GRAPHQL_VALIDATION_FAILED', 'no operation provided');
  return { query, variables: (variables ?? {}) as Record<string, unknown>, operationName: operationName ? String(operationName) : undefined };
}

function undecodable(reason: string): EnvelopeError {
  return new EnvelopeError(400, 'BAD_REQUEST', `json request body could not be decoded: ${reason}`);
}

/**
 * Walks a JSON text once, before it is parsed. Answers a member of the outermost object that stands there twice.
 * @throws EnvelopeError for more members, levels or larger numbers than anything here has
 */
export function findDuplicateMember(text: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  let keys = 0;
  let values = 0;
  let duplicate: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === 0x22) {
      const end = endOfString(text, at);
      const after = nextSolid(text, end);
      if (text[after] === ':') {
        keys += 1;
        if (keys > MAX_KEYS) throw new EnvelopeError(400, 'BAD_REQUEST', `the request has more than ${MAX_KEYS} members`);
        if (depth === 1) {
          const name = unquote(text.slice(at, end));
          if (seen.has(name)) duplicate ??= name.slice(0, 40);
          seen.add(name);
        }
      }
      at = end - 1;
    } else if (char === 0x7b || char === 0x5b) {
      depth += 1;
      if (depth > MAX_DEPTH + 2) throw new EnvelopeError(400, 'BAD_REQUEST', `the request is nested deeper than ${MAX_DEPTH} levels`);
    } else if (char === 0x7d || char === 0x5d) {
      depth -= 1;
    } else if (char === 0x2c) {
      values += 1;
      if (values > MAX_VALUES) throw new EnvelopeError(400, 'BAD_REQUEST', `the request has more than ${MAX_VALUES} values`);
    } else if ((char >= 0x30 && char <= 0x39) || char === 0x2d) {
      at = endOfNumber(text, at) - 1;
    }
  }
  return duplicate;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; ) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return text.length;
    // Behind an even number of backslashes the quote stands for itself.
    let before = quote - 1;
    while (before > start && text.charCodeAt(before) === 0x5c) before -= 1;
    if ((quote - before) % 2 === 1) return quote + 1;
    at = quote + 1;
  }
}

function nextSolid(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (end - start <= MAX_NUMBER_LENGTH && isOfNumber(text.charCodeAt(end))) end += 1;
  // What is no number at all is left to JSON.parse.
  if (end - start > MAX_NUMBER_LENGTH || Math.abs(Number(text.slice(start, end))) === Infinity)
    throw new EnvelopeError(400, 'BAD_REQUEST', 'a number of the request is too large to be read exactly');
  return end;
}

/** Digits, dot, sign, exponent. */
const isOfNumber = (char: number): boolean =>
  (char >= 0x30 && char <= 0x39) || char === 0x2e || char === 0x65 || char === 0x45 || char === 0x2b || char === 0x2d;

function unquote(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}
