import { log } from '@binnacle/log/log';
import type { Registry } from '@binnacle/registry/registry';
import type { Envelope } from '@binnacle/secrets/envelope';
import { loadSigningKeys, type SigningKeys } from './signing-key-store.ts';

export interface KeptSigningKeys {
  readonly current: () => SigningKeys;
  stop(): void;
}

const REFRESH_MS = 60_000;

/** Reads the keys now and every minute; while the database is away, those of the last time go on. */
export async function keepSigningKeys(registry: Registry, envelope: Envelope, refreshMs = REFRESH_MS): Promise<KeptSigningKeys> {
  let keys = await loadSigningKeys(registry, envelope);
  const timer = setInterval(() => {
    loadSigningKeys(registry, envelope).then(
      (loaded) => (keys = loaded),
      (error: unknown) => log().warn({ err: error }, 'signing keys could not be read'),
    );
  }, refreshMs);
  timer.unref();
  return { current: () => keys, stop: () => clearInterval(timer) };
}
