import { log } from '@binnacle/log/log';
import type { Registry } from '@binnacle/registry/registry';
import { certificateRepository, type TrustedIssuer } from './repository.ts';

/** Authorities whose client certificates are accepted: those that sign, that will, and that did until their last certificate ends. */
export interface TrustedIssuers {
  /** Of those that issue to clients, in PEM. */
  certificates(): readonly string[];
  trusts(issuerId: string): boolean;
  /** Answers how to stop. */
  onChange(listener: () => void): () => void;
  stop(): void;
}

const POLL_MS = 3_000;

/** Follows the record: at each notification, and every few seconds in case one got lost. @throws RegistryUnavailable when the first reading fails */
export async function followTrustedIssuers(registry: Pick<Registry, 'read' | 'listen'>, pollMs = POLL_MS): Promise<TrustedIssuers> {
  const repository = certificateRepository(registry);
  const listeners = new Set<() => void>();
  let known: readonly TrustedIssuer[] = [];
  let running: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const next = await repository.trustedIssuers();
    const changed = JSON.stringify(next) !== JSON.stringify(known);
    known = next;
    if (changed) for (const listener of listeners) listener();
  };
  const refresh = (): Promise<void> => (running ??= look().finally(() => (running = undefined)));
  const inBackground = (): void => void refresh().catch((error: unknown) => log().warn({ err: error }, 'trusted issuers could not be read again'));
  await refresh();
  const stopListening = registry.listen('issuer_changed', inBackground);
  const timer = setInterval(inBackground, pollMs);
  timer.unref();
  return {
    // A root issues to authorities only, and one that is trusted would vouch for those below it that are retired.
    certificates: () => known.filter(({ role }) => role === 'intermediate').map(({ certificatePem }) => certificatePem),
    trusts: (issuerId) => known.some(({ id }) => id === issuerId),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      clearInterval(timer);
      stopListening();
    },
  };
}
