/** The text is not the PEM that it should be. */
export class PemError extends Error {
  override readonly name = 'PemError';
}

export interface PemBlock {
  readonly label: string;
  readonly der: Buffer;
}

const BEGIN = /^-----BEGIN ([A-Z0-9][A-Z0-9 -]*)-----[ \t]*$/;
// No empty lines: some readers take what is above one for headers.
const LINE = /^[A-Za-z0-9+/]+={0,2}[ \t]*$/;

/**
 * All blocks of a PEM text (RFC 7468); words before the first block and between blocks are skipped.
 * @throws PemError for a block without end, headers in a block, or content that is not base64
 */
export function readPem(pem: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  const lines = pem.split(/\r\n|\n|\r/);
  for (let at = 0; at < lines.length; at += 1) {
    const label = BEGIN.exec(lines[at] ?? '')?.[1];
    if (label === undefined) continue;
    const end = lines.findIndex((line, index) => index > at && line.trimEnd() === `-----END ${label}-----`);
    if (end === -1) throw new PemError('block without end');
    blocks.push({ label, der: decodeLines(lines.slice(at + 1, end)) });
    at = end;
  }
  return blocks;
}

/**
 * The only block of a text that ends with it, whatever its label.
 * @throws PemError when there is none, a second one, or anything but blanks behind it
 */
export function readSinglePem(pem: string): PemBlock {
  const [block, second] = readPem(pem);
  if (block === undefined) throw new PemError('no block');
  if (second !== undefined) throw new PemError('more than one block');
  if (!pem.trimEnd().endsWith(`-----END ${block.label}-----`)) throw new PemError('text after the block');
  return block;
}

function decodeLines(lines: readonly string[]): Buffer {
  if (!lines.every((line) => LINE.test(line))) throw new PemError('content is not base64');
  const der = strictBase64(lines.map((line) => line.trimEnd()).join(''));
  if (der === undefined || der.length === 0) throw new PemError('content is not base64');
  return der;
}

/** Standard alphabet, padded, nothing else in it; undefined otherwise. */
export function strictBase64(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

/** One block with lines of 64 characters and a line feed at its end. */
export function writePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
