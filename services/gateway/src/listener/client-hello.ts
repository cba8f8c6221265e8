const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
/** A ClientHello of a client in good faith has a few hundred bytes to a few kilobytes. */
export const MAX_HELLO_BYTES = 16_384;

/** What the first bytes of a connection say: more are needed, or the name that is asked for, if any. */
export type HelloName = { readonly kind: 'more' } | { readonly kind: 'name'; readonly name: string | undefined };

const NO_NAME: HelloName = { kind: 'name', name: undefined };
const MORE: HelloName = { kind: 'more' };

/**
 * Reads the server name (RFC 6066) from the first bytes of a TLS connection. Chooses which TLS settings answer, and nothing else: whatever
 * cannot be read has no name. Never throws.
 */
export function readHelloName(bytes: Buffer): HelloName {
  const message: Buffer[] = [];
  let have = 0;
  for (let at = 0; at < MAX_HELLO_BYTES; ) {
    if (bytes.length < at + 5) return bytes.length > 0 && bytes[0] !== HANDSHAKE ? NO_NAME : MORE;
    const length = bytes.readUInt16BE(at + 3);
    if (bytes[at] !== HANDSHAKE || bytes[at + 1] !== 3 || length === 0) return NO_NAME;
    const fragment = bytes.subarray(at + 5, at + 5 + length);
    message.push(fragment);
    have += fragment.length;
    const whole = message.length === 1 ? fragment : Buffer.concat(message);
    if (have >= 4) {
      if (whole[0] !== CLIENT_HELLO) return NO_NAME;
      const size = whole.readUIntBE(1, 3);
      if (size > MAX_HELLO_BYTES) return NO_NAME;
      if (have >= 4 + size) return { kind: 'name', name: nameOf(whole.subarray(4, 4 + size)) };
    }
    if (fragment.length < length) return MORE;
    at += 5 + length;
  }
  return NO_NAME;
}

function nameOf(hello: Buffer): string | undefined {
  try {
    // Version and random; then session id, cipher suites and compression methods, each with its length in front.
    let at = 34;
    at += 1 + hello.readUInt8(at);
    at += 2 + hello.readUInt16BE(at);
    at += 1 + hello.readUInt8(at);
    const end = at + 2 + hello.readUInt16BE(at);
    for (at += 2; at + 4 <= end; ) {
      const [type, length] = [hello.readUInt16BE(at), hello.readUInt16BE(at + 2)];
      if (type === SERVER_NAME) return firstName(hello.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
  } catch {
    // Lengths that lead beyond the end: whatever it is, it names nobody.
  }
  return undefined;
}

function firstName(list: Buffer): string | undefined {
  const length = list.readUInt16BE(3);
  const name = list.subarray(5, 5 + length).toString('latin1');
  return list[2] === 0 && /^[a-z0-9_][a-z0-9_.-]{0,252}$/i.test(name) ? name.toLowerCase().replace(/\.$/, '') : undefined;
}
