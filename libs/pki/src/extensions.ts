import { booleanOf, childrenOf, contextTag, DerError, type DerNode, expectTag, oidOf, TAG } from './der-read.ts';
import { booleanTrue, octetString, oid, sequence } from './der-write.ts';

export interface Extension {
  readonly type: string;
  readonly critical: boolean;
  /** DER inside the OCTET STRING. */
  readonly value: Buffer;
}

/** @throws DerError when malformed, or when a type comes twice */
export function readExtensions(node: DerNode | undefined, what = 'extensions'): readonly Extension[] {
  const extensions = childrenOf(node, TAG.sequence, what).map((extension) => readExtension(extension, what));
  if (new Set(extensions.map(({ type }) => type)).size !== extensions.length) throw new DerError(`malformed ${what}`);
  return extensions;
}

function readExtension(node: DerNode, what: string): Extension {
  const [type, second, third, extra] = childrenOf(node, TAG.sequence, what);
  if (extra !== undefined) throw new DerError(`malformed ${what}`);
  const critical = third === undefined ? false : booleanOf(second, what);
  const value = expectTag(third ?? second, TAG.octetString, what).content;
  return { type: oidOf(type, what), critical, value };
}

export function writeExtension(type: string, value: Uint8Array, critical = false): Buffer {
  return critical ? sequence(oid(type), booleanTrue, octetString(value)) : sequence(oid(type), octetString(value));
}

/** The entries of a GeneralNames by their tag numbers: 1 mail, 2 DNS, 6 URI, 7 address. */
export function readGeneralNames(node: DerNode | undefined, what: string): readonly { readonly number: number; readonly node: DerNode }[] {
  const names = childrenOf(node, TAG.sequence, what);
  if (names.length === 0 || names.some(({ tag }) => (tag & 0xc0) !== 0x80)) throw new DerError(`malformed ${what}`);
  return names.map((name) => ({ number: name.tag & 0x1f, node: name }));
}

/** URIs among the names; `others` counts the rest. */
export function urisOf(names: ReturnType<typeof readGeneralNames>): { readonly uris: readonly string[]; readonly others: number } {
  const uris = names.filter(({ number, node }) => number === 6 && node.tag === contextTag(6, false)).map(({ node }) => node.content.toString('latin1'));
  return { uris, others: names.length - uris.length };
}
