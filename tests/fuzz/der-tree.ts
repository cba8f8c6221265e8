import type { Random } from './random.ts';

/** A DER value that can be bent: unlike what libs/pki writes, it need not come out well-formed. */
export interface Tree {
  tag: number;
  children: Tree[] | undefined;
  content: Buffer;
  /** How its length is written. */
  length: 'der' | 'padded' | 'indefinite' | 'wrong';
}

/** Reads DER that is known to be good. */
export function toTree(der: Buffer): Tree {
  return readAll(der)[0] as Tree; // there is one
}

function readAll(bytes: Buffer): Tree[] {
  const trees: Tree[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at + 1] ?? 0;
    const octets = first < 0x80 ? 0 : first & 0x7f;
    const length = octets === 0 ? first : bytes.readUIntBE(at + 2, octets);
    const start = at + 2 + octets;
    const content = bytes.subarray(start, start + length);
    const tag = bytes[at] ?? 0;
    trees.push({ tag, children: (tag & 0x20) === 0 ? undefined : readAll(content), content, length: 'der' });
    at = start + length;
  }
  return trees;
}

export function toBytes(tree: Tree): Buffer {
  const content = tree.children === undefined ? tree.content : Buffer.concat(tree.children.map(toBytes));
  if (tree.length === 'indefinite') return Buffer.concat([Buffer.from([tree.tag, 0x80]), content, Buffer.alloc(2)]);
  const length = tree.length === 'wrong' ? content.length + (content.length % 2 === 0 ? 1 : -1) : content.length;
  return Buffer.concat([Buffer.from([tree.tag]), lengthOctets(length, tree.length === 'padded'), content]);
}

function lengthOctets(length: number, padded: boolean): Buffer {
  if (length < 0x80 && !padded) return Buffer.from([length]);
  const octets: number[] = [];
  for (let left = length; left > 0 || octets.length === 0; left >>= 8) octets.unshift(left & 0xff);
  if (padded && length >= 0x80) octets.unshift(0);
  return Buffer.from([0x80 | octets.length, ...octets]);
}

const nodesOf = (tree: Tree): Tree[] => [tree, ...(tree.children ?? []).flatMap(nodesOf)];

const TAGS = [1, 2, 3, 4, 5, 6, 10, 12, 18, 19, 20, 22, 23, 24, 28, 30, 0x30, 0x31, 0x80, 0x86, 0xa0, 0xa1, 0xa3, 0x1f, 0x3f, 0xff, 0x10, 0x24];

/** Changes one value of the tree in a way that parsers are known to disagree on. */
export function bend(root: Tree, random: Random): void {
  const nodes = nodesOf(root);
  const node = random.among(nodes);
  const parent = nodes.find(({ children }) => children?.includes(node));
  const siblings = parent?.children;
  const at = siblings?.indexOf(node) ?? 0;
  random.among<() => void>([
    () => (node.tag = random.among(TAGS)),
    () => (node.length = random.among(['padded', 'indefinite', 'wrong'] as const)),
    () => siblings?.splice(at, 1),
    () => siblings?.splice(at, 0, structuredCloneTree(node)),
    () => siblings?.splice(at, 0, structuredCloneTree(random.among(nodes))),
    () => siblings?.reverse(),
    () => siblings?.push({ tag: random.among(TAGS), children: undefined, content: random.bytes(random.below(4)), length: 'der' }),
    () => bendContent(node, random),
    () => bendContent(node, random),
    () => bendContent(node, random),
    () => wrap(node, random),
  ])();
}

function structuredCloneTree(tree: Tree): Tree {
  return { ...tree, children: tree.children?.map(structuredCloneTree) };
}

function wrap(node: Tree, random: Random): void {
  const inner = structuredCloneTree(node);
  node.tag = random.among([0x30, 0x31, 0xa0, 0xa3]);
  node.children = [inner];
  node.length = 'der';
}

function bendContent(node: Tree, random: Random): void {
  if (node.children !== undefined) {
    if (random.chance(0.3)) node.children = [];
    return;
  }
  const bytes = Buffer.from(node.content);
  node.content = random.among<() => Buffer>([
    () => Buffer.concat([Buffer.from([random.among([0, 0x80, 0xff])]), bytes]),
    () => Buffer.concat([bytes, random.bytes(1 + random.below(3))]),
    () => bytes.subarray(0, random.below(bytes.length + 1)),
    () => bytes.subarray(Math.min(1, bytes.length)),
    () => random.bytes(random.below(24)),
    () => Buffer.alloc(0),
    () => flip(bytes, random),
    () => flip(bytes, random),
  ])();
}

/** Another value in one octet. */
export function flip(bytes: Buffer, random: Random): Buffer {
  const flipped = Buffer.from(bytes);
  if (flipped.length > 0) {
    const at = random.below(flipped.length);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
  }
  return flipped;
}
