import { constants } from 'node:crypto';
import type { Server } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

/** Key and certificate that the Gateway shows, in PEM. */
export interface ServerCertificate {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/** TLS settings of an entrance as they are now. */
export interface EntranceTls extends ServerCertificate {
  /** Authorities whose certificates callers must show, in PEM; undefined: callers show none. */
  readonly callersFrom?: readonly string[];
}

/** TLS settings that change while the Gateway runs. */
export interface TlsSource {
  current(): EntranceTls;
  /** Answers how to stop. */
  onChange(listener: () => void): () => void;
}

/** Forward secrecy and authenticated encryption only. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

export const HANDSHAKE_LIMIT_MS = 10_000;

/** A resumed connection would keep an identity without showing it again, so where callers show certificates none is resumed. */
function contextOptions({ cert, key, callersFrom }: EntranceTls): SecureContextOptions {
  return {
    cert,
    key,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: CIPHERS,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | (callersFrom ? constants.SSL_OP_NO_TICKET : 0),
    sessionIdContext: callersFrom ? 'callers with certificates' : 'anybody',
    // An empty list trusts nobody; without a list it would be every public authority.
    ...(callersFrom ? { ca: [...callersFrom] } : {}),
    // An issuer that is trusted here is trusted by itself: its root need not be, and one that is retired is not trusted through its root.
    allowPartialTrustChain: true,
  };
}

/** Options for `https.createServer`. */
export function serverOptions(tls: EntranceTls) {
  const mutual = tls.callersFrom !== undefined;
  return { ...contextOptions(tls), ALPNProtocols: ['http/1.1'], handshakeTimeout: HANDSHAKE_LIMIT_MS, requestCert: mutual, rejectUnauthorized: mutual };
}

/**
 * Lets new connections use these settings; open ones keep theirs.
 * Servers hand only some options on to the context that they make themselves, so it is made here and put in its place.
 * @throws Error when key and certificate do not belong together or cannot be read
 */
export function useTls(server: Server, tls: EntranceTls): void {
  const options = contextOptions(tls);
  const context = createSecureContext(options);
  server.setSecureContext(options);
  if (!('_sharedCreds' in server)) throw new Error('this version of Node keeps the TLS context of a server elsewhere: trusted issuers cannot be set');
  server._sharedCreds = context;
}
