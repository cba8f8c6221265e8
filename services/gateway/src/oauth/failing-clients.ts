import { createRateLimiter, type Rate } from '../guard/rate-limit.ts';

/** Clients whose authentication failed too often. */
export interface FailingClients {
  /** Milliseconds until this client may try again from this address; 0: now. */
  blockedMs(address: string, clientId: string, now?: number): number;
  failed(address: string, clientId: string, now?: number): void;
}

export interface FailureRates {
  /** Of one client from one address. */
  readonly client: Rate;
  /** Of all clients from one address. */
  readonly address: Rate;
}

const MAX_KEPT = 50_000;

/** Counts failures only: a client with the right secret is held back by nobody but itself, unless its whole address fails. */
export function createFailingClients(rates: FailureRates): FailingClients {
  const limiters = { client: createRateLimiter(rates.client), address: createRateLimiter(rates.address) };
  const blocked = new Map<string, number>();
  const keysOf = (address: string, clientId: string) => ({ client: `${address} ${clientId}`, address });
  return {
    blockedMs(address, clientId, now = Date.now()) {
      return Math.max(0, ...Object.values(keysOf(address, clientId)).map((key) => (blocked.get(key) ?? 0) - now));
    },
    failed(address, clientId, now = Date.now()) {
      const keys = keysOf(address, clientId);
      for (const kind of ['client', 'address'] as const) {
        const { waitMs } = limiters[kind].take(keys[kind], now);
        if (waitMs === 0) continue;
        if (blocked.size >= MAX_KEPT) for (const [key, until] of blocked) if (until <= now) blocked.delete(key);
        const [oldest] = blocked.keys();
        if (blocked.size >= MAX_KEPT && oldest !== undefined) blocked.delete(oldest);
        blocked.set(keys[kind], now + waitMs);
      }
    },
  };
}
