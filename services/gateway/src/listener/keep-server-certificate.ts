import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { log } from '@binnacle/log/log';
import type { ServerCertificate } from './tls.ts';

export interface ServerCertificateFiles {
  /** PEM, the server's own certificate first, then those above it. */
  readonly certificate: string;
  readonly key: string;
}

export interface KeptServerCertificate {
  current(): ServerCertificate;
  onChange(listener: () => void): () => void;
  stop(): void;
}

const LOOK_MS = 10_000;

/**
 * Key and certificate from files, read again when they change, as they do when a Kubernetes Secret is renewed. Files that cannot be used
 * change nothing.
 * @throws Error when they cannot be used at the start
 */
export function keepServerCertificate(files: ServerCertificateFiles, lookMs = LOOK_MS): KeptServerCertificate {
  let current = read(files);
  const listeners = new Set<() => void>();
  const look = (): void => {
    try {
      const next = read(files);
      if (next.cert.equals(current.cert) && next.key.equals(current.key)) return;
      current = next;
      for (const listener of listeners) listener();
      log().info('the certificate of the Gateway was read again');
    } catch (error) {
      log().error({ err: error }, 'the new certificate of the Gateway cannot be used: the one before stays');
    }
  };
  const timer = setInterval(look, lookMs);
  timer.unref();
  return {
    current: () => current,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => clearInterval(timer),
  };
}

function read(files: ServerCertificateFiles): { readonly cert: Buffer; readonly key: Buffer } {
  const pair = { cert: readFileSync(files.certificate), key: readFileSync(files.key) };
  try {
    createSecureContext(pair);
  } catch (error) {
    throw new Error(`${files.certificate} and ${files.key} are not a certificate and its key`, { cause: error });
  }
  return pair;
}
