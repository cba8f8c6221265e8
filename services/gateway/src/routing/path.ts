import { GatewayRefusal, malformed } from '../refusal.ts';

/** Path and query of a request, safe to compare and to send on. */
export interface RequestPath {
  readonly path: string;
  /** With its question mark; empty when there is none. */
  readonly query: string;
  /** True when the client wrote it in another form and is to be sent to this one. */
  readonly redirect: boolean;
}

const MAX_URL = 8_192;

/** OCSP by GET (RFC 6960, A.1): base64 as one segment, in which a slash is data. There are no dots in it, so nothing can be climbed. */
const OCSP = /^\/v1\/pki\/ocsp\/(?:[A-Za-z0-9+/=]|%2[bf]|%3d)+$/i;

/**
 * Normalises a request target. The path that routes are chosen by is the path that is sent on.
 * @throws GatewayRefusal 400 for encoded slashes, backslashes, dots, NUL or a target with a host; 414 when too long
 */
export function readPath(target: string): RequestPath {
  if (target.length > MAX_URL) throw new GatewayRefusal(414, 'URI_TOO_LONG', `the address is longer than ${MAX_URL} characters`);
  if (!target.startsWith('/')) throw refused();
  const mark = target.indexOf('?');
  const raw = mark < 0 ? target : target.slice(0, mark);
  if (OCSP.test(raw)) return { path: raw, query: '', redirect: false };
  if (/\\|%2f|%5c|%00|%2e|[\u0000-\u0020\u007f]/i.test(raw) || !isDecodable(raw)) throw refused();
  const clean = collapse(raw);
  return { path: clean, query: mark < 0 ? '' : target.slice(mark), redirect: clean !== raw };
}

function collapse(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/').slice(1)) {
    if (segment === '..') segments.pop();
    else if (segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}`.replaceAll(/\/{2,}/g, '/');
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function refused(): GatewayRefusal {
  return malformed('the address holds what no address of this system does');
}
