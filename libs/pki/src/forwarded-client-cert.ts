/** One element of `X-Forwarded-Client-Cert`: what one proxy says about the certificate of its client. */
export interface ForwardedClientCert {
  /** URIs of the proxy's own certificate. */
  readonly by: readonly string[];
  /** SHA-256 of the client's certificate, lower-case hexadecimal. */
  readonly hash: string | undefined;
  /** PEM. */
  readonly cert: string | undefined;
  readonly chain: string | undefined;
  /** RFC 2253 text as it came, escapes included; undefined when the key is missing. */
  readonly subject: string | undefined;
  readonly uri: readonly string[];
  readonly dns: readonly string[];
}

/** The header is not the format of Envoy; nothing of it may be believed. */
export class ForwardedClientCertError extends Error {
  override readonly name = 'ForwardedClientCertError';
}

const SINGLE = new Set(['Hash', 'Cert', 'Chain', 'Subject']);
const SEVERAL = new Set(['By', 'URI', 'DNS']);
const MAX_HEADER = 65_536;

/**
 * Reads a header in the format of Envoy: elements by `,`, pairs by `;` in any order, values in quotes where they hold such characters.
 * Unknown or doubled keys are refused: they are how text of a certificate would pose as another attribute.
 * Whether the sender may say such things, and which element counts, is the caller's to decide.
 * @throws ForwardedClientCertError
 */
export function parseForwardedClientCert(header: string): readonly ForwardedClientCert[] {
  if (header.length > MAX_HEADER) throw new ForwardedClientCertError('header is too long');
  return splitOutsideQuotes(header, ',').map((element) => readElement(splitOutsideQuotes(element, ';')));
}

/** Proxies pass RFC 2253 text on as it is, so in quotes a backslash always protects the next character. */
function splitOutsideQuotes(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted && character === '\\') at += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  if (quoted) throw new ForwardedClientCertError('quotes are not closed');
  return [...parts, text.slice(start)];
}

function readElement(pairs: readonly string[]): ForwardedClientCert {
  const found = new Map<string, string[]>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const key = pair.slice(0, Math.max(equals, 0)).trim();
    if (!SINGLE.has(key) && !SEVERAL.has(key)) throw new ForwardedClientCertError('unknown attribute');
    const values = found.get(key) ?? [];
    if (values.length > 0 && SINGLE.has(key)) throw new ForwardedClientCertError(`${key} comes twice`);
    values.push(unquote(pair.slice(equals + 1).trim()));
    found.set(key, values);
  }
  const single = (key: string): string | undefined => found.get(key)?.[0];
  const several = (key: string): readonly string[] => (found.get(key) ?? []).map(unescape).filter((value) => value !== '');
  return {
    by: several('By'),
    hash: readHash(single('Hash')),
    cert: readPemValue(single('Cert')),
    chain: readPemValue(single('Chain')),
    subject: single('Subject'),
    uri: several('URI'),
    dns: several('DNS'),
  };
}

function unquote(value: string): string {
  if (!value.includes('"')) return value;
  const inner = /^"((?:[^"\\]|\\.)*)"$/s.exec(value)?.[1];
  if (inner === undefined) throw new ForwardedClientCertError('quotes inside a value');
  return inner;
}

const unescape = (value: string): string => value.replace(/\\(["\\])/g, '$1');

function readHash(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  if (!/^[0-9a-fA-F]+$/.test(value)) throw new ForwardedClientCertError('Hash is not hexadecimal');
  return value.toLowerCase();
}

function readPemValue(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    throw new ForwardedClientCertError('certificate is not URL-encoded');
  }
}
