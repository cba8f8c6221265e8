import { createHash } from 'node:crypto';

/** What is kept of a call's arguments: plain JSON without secrets, bounded in size. */
export type AuditDetails = Readonly<Record<string, unknown>>;

const CENSORED = '[redacted]';
/** Members whose names say that they hold, or may hold, a credential: cut out with all that is in them. */
const SECRET = new Set(
  [
    'auth',
    'defaultAuth',
    'defaultInstanceAuth',
    'credential',
    'requestAuth',
    'additionalHeaders',
    'additionalHeadersSerialized',
    'additionalQueryParams',
    'additionalQueryParamsSerialized',
    'headerTemplate',
    'token',
    'oneTimeToken',
    'csr',
    'password',
    'clientSecret',
    'secret',
    'privateKey',
    'certificate',
  ].map((name) => name.toLowerCase()),
);
const MAX_TEXT = 1_000;
const MAX_ITEMS = 200;
const MAX_DEPTH = 12;
const MAX_BYTES = 65_536;

/**
 * Arguments as they may be kept: secrets cut out by the names of their members, long texts replaced by their length and SHA-256,
 * so that one who has the text can prove it was this one.
 */
export function auditDetails(args: Readonly<Record<string, unknown>>): AuditDetails {
  const kept = keep(args, 0) as Record<string, unknown>; // an object stays an object
  const text = JSON.stringify(kept);
  return Buffer.byteLength(text) <= MAX_BYTES ? kept : { tooLong: digestOf(text) };
}

function keep(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.length <= MAX_TEXT ? storable(value) : digestOf(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) return '[deeper]';
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item) => keep(item, depth + 1));
    return value.length > MAX_ITEMS ? [...items, `[${value.length - MAX_ITEMS} more]`] : items;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [storable(name), member !== null && SECRET.has(name.toLowerCase()) ? CENSORED : keep(member, depth + 1)]),
  );
}

function digestOf(text: string): object {
  return { length: text.length, sha256: createHash('sha256').update(text).digest('hex') };
}

/** A one-time token, or its encoded form, that somebody put where an id belongs. */
const TOKEN = /[A-Za-z0-9_-]{86}==|eyJ0b2tlbiI6[A-Za-z0-9+/]+=*/g;

/** Postgres keeps no U+0000 and no lone surrogates in JSON; a refused call may have brought some. Texts that are tokens by their form are cut out. */
export function storable(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').toWellFormed().replaceAll(TOKEN, CENSORED);
}
