import { DerError, type DerNode, oidOf, readDer, TAG } from './der-read.ts';
import { text as derText, oid, sequence, set } from './der-write.ts';

/**
 * One attribute of a name. `type` is the short name of RFC 4514 and friends where there is one, else dotted decimal.
 * A value that is no text of its type is kept as the hexadecimal form of its DER: it equals no text.
 */
export type NameAttribute = { readonly type: string; readonly value: string } | { readonly type: string; readonly der: string };

/** The attributes of one relative name; nearly always one. */
export type RelativeName = readonly NameAttribute[];

/** A distinguished name in the order of the certificate: the text form runs the other way round. */
export type DistinguishedName = readonly RelativeName[];

/** The text is not a distinguished name. */
export class NameError extends Error {
  override readonly name = 'NameError';
}

const SHORT_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.17': 'postalCode',
  '2.5.4.42': 'GN',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};
const OIDS = new Map(Object.entries(SHORT_NAMES).map(([dotted, name]) => [name.toUpperCase(), dotted]));
const ALIASES: Readonly<Record<string, string>> = { S: 'ST', E: 'EMAILADDRESS', EMAIL: 'EMAILADDRESS', G: 'GN', SURNAME: 'SN', GIVENNAME: 'GN' };

/** Dotted decimal of an attribute's type. @throws NameError when the short name is not known */
export function typeOid(type: string): string {
  const dotted = /^\d+(\.\d+)+$/.test(type) ? type : OIDS.get(type.toUpperCase());
  if (dotted === undefined) throw new NameError(`unknown attribute type ${type}`);
  return dotted;
}

/** Values of all attributes of that type that are texts, in order. */
export function valuesOf(name: DistinguishedName, type: string): readonly string[] {
  return name.flat().flatMap((attribute) => (attribute.type === type && 'value' in attribute ? [attribute.value] : []));
}

/** The value of the only attribute of that type; undefined when there is none, a second one, or it is no text. */
export function onlyValueOf(name: DistinguishedName, type: string): string | undefined {
  const [attribute, second] = name.flat().filter((candidate) => candidate.type === type);
  return attribute !== undefined && second === undefined && 'value' in attribute ? attribute.value : undefined;
}

/** RFC 4514 text: the last relative name first. */
export function printDistinguishedName(name: DistinguishedName): string {
  return name
    .toReversed()
    .map((relative) => relative.map((attribute) => `${attribute.type}=${'der' in attribute ? `#${attribute.der}` : escapeValue(attribute.value)}`).join('+'))
    .join(',');
}

function escapeValue(value: string): string {
  const last = value.length - 1;
  return value.replace(/[\0\\",+;<>=# ]/g, (character, at: number) => {
    if (character === '\0') return '\\00';
    if (character === ' ') return at === 0 || at === last ? '\\ ' : ' ';
    return character === '#' && at > 0 ? '#' : `\\${character}`;
  });
}

/**
 * Reads RFC 4514 or RFC 2253 text (escapes, `#` hexadecimal values, quoted values, several attributes in one relative name).
 * @throws NameError for anything else, unescaped special characters included
 */
export function parseDistinguishedName(input: string): DistinguishedName {
  if (!input.isWellFormed()) throw new NameError('not Unicode text');
  if (input.length > 8_192) throw new NameError('too long');
  if (input.trim() === '') return [];
  const names: RelativeName[] = [];
  let relative: NameAttribute[] = [];
  let at = 0;
  for (;;) {
    const found = attributeAt(input, at);
    relative.push(found.attribute);
    at = found.end;
    const separator = input[at];
    if (separator !== '+') {
      names.unshift(relative);
      relative = [];
    }
    if (separator === undefined) return names;
    at += 1;
  }
}

const TYPE = /[ ]*([A-Za-z][A-Za-z0-9-]*|(?:[Oo][Ii][Dd]\.)?(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))+)[ ]*=[ ]*/y;

function attributeAt(input: string, start: number): { readonly attribute: NameAttribute; readonly end: number } {
  TYPE.lastIndex = start;
  const match = TYPE.exec(input);
  if (match === null) throw new NameError('attribute type expected');
  const type = canonicalType(match[1] ?? '');
  const first = input[TYPE.lastIndex];
  if (first === '#') return hexadecimalAt(input, TYPE.lastIndex, type);
  if (first === '"') return quotedAt(input, TYPE.lastIndex, type);
  return stringAt(input, TYPE.lastIndex, type);
}

function canonicalType(type: string): string {
  const dotted = type.replace(/^oid\./i, '');
  if (/^\d/.test(dotted)) return SHORT_NAMES[dotted] ?? checkedOid(dotted);
  const upper = type.toUpperCase();
  const known = OIDS.get(ALIASES[upper] ?? upper);
  if (known === undefined) throw new NameError('unknown attribute type');
  return SHORT_NAMES[known] ?? known;
}

function checkedOid(dotted: string): string {
  const [first = '', second = ''] = dotted.split('.');
  if (!/^[0-2]$/.test(first) || (first !== '2' && Number(second) >= 40) || dotted.length > 128) throw new NameError('unknown attribute type');
  return dotted;
}

function hexadecimalAt(input: string, start: number, type: string): { readonly attribute: NameAttribute; readonly end: number } {
  const digits = /#((?:[0-9A-Fa-f]{2})+)[ ]*/y;
  digits.lastIndex = start;
  const hex = digits.exec(input)?.[1];
  if (hex === undefined) throw new NameError('hexadecimal value expected');
  checkSeparator(input, digits.lastIndex);
  try {
    return { attribute: toAttribute(type, readDer(Buffer.from(hex, 'hex'))), end: digits.lastIndex };
  } catch (error) {
    if (error instanceof DerError) throw new NameError('hexadecimal value is not DER');
    throw error;
  }
}

function quotedAt(input: string, start: number, type: string): { readonly attribute: NameAttribute; readonly end: number } {
  const value = new ValueBytes();
  let at = start + 1;
  for (; input[at] !== '"'; ) {
    if (at >= input.length) throw new NameError('quoted value without end');
    at = input[at] === '\\' ? value.addEscape(input, at) : value.addCharacter(input, at);
  }
  at += 1;
  while (input[at] === ' ') at += 1;
  checkSeparator(input, at);
  return { attribute: { type, value: value.text() }, end: at };
}

function stringAt(input: string, start: number, type: string): { readonly attribute: NameAttribute; readonly end: number } {
  const value = new ValueBytes();
  let at = start;
  let blanks = 0;
  for (; at < input.length && input[at] !== ',' && input[at] !== '+'; ) {
    const character = input[at] ?? '';
    if ('";<>\0'.includes(character)) throw new NameError('special character without escape');
    if (character === ' ') {
      // Blanks count when something follows them.
      blanks += 1;
      at += 1;
      continue;
    }
    value.addBlanks(blanks);
    blanks = 0;
    at = character === '\\' ? value.addEscape(input, at) : value.addCharacter(input, at);
  }
  return { attribute: { type, value: value.text() }, end: at };
}

function checkSeparator(input: string, at: number): void {
  if (at < input.length && input[at] !== ',' && input[at] !== '+') throw new NameError('separator expected');
}

/** A value in the making: escaped octets and characters may together be one character of UTF-8. */
class ValueBytes {
  readonly #parts: Buffer[] = [];

  addBlanks(count: number): void {
    if (count > 0) this.#parts.push(Buffer.alloc(count, 0x20));
  }

  addCharacter(input: string, at: number): number {
    const character = String.fromCodePoint(input.codePointAt(at) ?? 0);
    this.#parts.push(Buffer.from(character));
    return at + character.length;
  }

  addEscape(input: string, at: number): number {
    const hex = input.slice(at + 1, at + 3);
    if (/^[0-9A-Fa-f]{2}$/.test(hex)) {
      this.#parts.push(Buffer.from(hex, 'hex'));
      return at + 3;
    }
    const character = input[at + 1] ?? '';
    if (character === '' || !' "#+,;<=>\\'.includes(character)) throw new NameError('unknown escape');
    this.#parts.push(Buffer.from(character));
    return at + 2;
  }

  text(): string {
    return utf8(Buffer.concat(this.#parts)) ?? fail('value is not UTF-8');
  }
}

function fail(message: string): never {
  throw new NameError(message);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Strings of X.520, and the bit string of unique identifiers. */
const NAME_VALUES: ReadonlySet<number> = new Set([
  TAG.utf8String,
  TAG.printableString,
  TAG.ia5String,
  TAG.teletexString,
  TAG.numericString,
  TAG.bmpString,
  TAG.universalString,
  TAG.bitString,
]);

/** @throws DerError when the value is not a Name of X.501 */
export function readName(node: DerNode | undefined, what = 'name'): DistinguishedName {
  if (node?.tag !== TAG.sequence) throw new DerError(`malformed ${what}`);
  return node.children.map((relative) => {
    if (relative.tag !== TAG.set || relative.children.length === 0) throw new DerError(`malformed ${what}`);
    return relative.children.map((attribute) => {
      const [type, value, extra] = attribute.children;
      if (attribute.tag !== TAG.sequence || value === undefined || extra !== undefined) throw new DerError(`malformed ${what}`);
      if (!NAME_VALUES.has(value.tag)) throw new DerError(`malformed ${what}`);
      const dotted = oidOf(type, what);
      return toAttribute(SHORT_NAMES[dotted] ?? dotted, value);
    });
  });
}

function toAttribute(type: string, value: DerNode): NameAttribute {
  const text = stringOf(value);
  return text === undefined ? { type, der: value.raw.toString('hex') } : { type, value: text };
}

function stringOf({ tag, content }: DerNode): string | undefined {
  if (tag === TAG.utf8String) return utf8(content);
  if (tag === TAG.printableString) return only(/^[A-Za-z0-9 '()+,./:=?*&-]*$/, content);
  if (tag === TAG.ia5String || tag === TAG.teletexString) return only(/^[\0-\x7f]*$/, content);
  if (tag === TAG.numericString) return only(/^[0-9 ]*$/, content);
  if (tag === TAG.bmpString) {
    const text = Buffer.from(content).swap16().toString('utf16le');
    return text.isWellFormed() ? text : undefined;
  }
  return undefined;
}

function only(allowed: RegExp, content: Buffer): string | undefined {
  const text = content.toString('latin1');
  return allowed.test(text) ? text : undefined;
}

/** DER of a name; PrintableString where the characters allow it, else UTF8String. */
export function writeName(name: DistinguishedName): Buffer {
  return sequence(...name.map((relative) => set(...relative.map(writeAttribute).sort(Buffer.compare))));
}

function writeAttribute(attribute: NameAttribute): Buffer {
  const type = oid(OIDS.get(attribute.type.toUpperCase()) ?? attribute.type);
  if ('der' in attribute) return sequence(type, Buffer.from(attribute.der, 'hex'));
  return sequence(type, derText(tagFor(attribute), attribute.value));
}

function tagFor({ type, value }: { readonly type: string; readonly value: string }): number {
  if ((type === 'emailAddress' || type === 'DC') && /^[\0-\x7f]*$/.test(value)) return TAG.ia5String;
  return /^[A-Za-z0-9 '()+,./:=?-]*$/.test(value) ? TAG.printableString : TAG.utf8String;
}
