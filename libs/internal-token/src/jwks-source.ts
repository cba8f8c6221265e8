import { createPublicKey, type KeyObject } from 'node:crypto';
import { log } from '@binnacle/log/log';
import type { KeySource } from './verify.ts';

const COOLDOWN_MS = 10_000;
const REFRESH_MS = 60_000;
const ANSWER_LIMIT_MS = 2_000;
const MAX_BYTES = 65_536;

export interface JwksSource extends KeySource {
  /** Rejects until keys have been read once. */
  ready(): Promise<void>;
  close(): void;
}

/**
 * Public keys of the Gateway, read again every minute and, for an unknown key, at most once in ten seconds for all callers together.
 * When the Gateway is away, what was read stays valid.
 */
export function createJwksSource(url: string, cooldownMs = COOLDOWN_MS): JwksSource {
  let keys = new Map<string, KeyObject>();
  let lastTry = 0;
  let reading: Promise<void> | undefined;

  const read = (): Promise<void> => {
    lastTry = Date.now();
    reading ??= fetchKeys(url)
      .then((found) => void (keys = found))
      .catch((error: unknown) => log().warn({ err: error }, 'signing keys could not be read'))
      .finally(() => (reading = undefined));
    return reading;
  };
  const timer = setInterval(() => void read(), REFRESH_MS);
  timer.unref();
  return {
    async find(kid) {
      const known = keys.get(kid);
      if (known) return known;
      if (reading || Date.now() - lastTry >= cooldownMs || keys.size === 0) await (reading ?? read());
      return keys.get(kid);
    },
    async ready() {
      if (keys.size === 0) await (reading ?? read());
      if (keys.size === 0) throw new Error('no signing keys of the Gateway yet');
    },
    close: () => clearInterval(timer),
  };
}

async function fetchKeys(url: string): Promise<Map<string, KeyObject>> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
  const text = await response.text();
  if (!response.ok || text.length > MAX_BYTES) throw new Error(`the key set answered HTTP ${response.status} with ${text.length} characters`);
  const { keys } = JSON.parse(text) as { keys: readonly Record<string, string>[] };
  return new Map(keys.map((jwk) => [String(jwk['kid']), createPublicKey({ key: jwk, format: 'jwk' })]));
}
