import type { Caller } from '@binnacle/internal-token/caller';
import type { GatewayMetrics } from '../metrics.ts';
import { GatewayRefusal } from '../refusal.ts';
import type { RateLimiter } from './rate-limit.ts';

export interface CallRates {
  readonly consumer: RateLimiter;
  readonly tenant: RateLimiter;
}

/**
 * Takes one call from the allowance of the caller and of its tenant.
 * @throws GatewayRefusal 429 with the seconds to wait
 */
export function takeRate(rates: CallRates, metrics: Pick<GatewayMetrics, 'rateLimited'>, caller: Caller, now = Date.now()): void {
  take('consumer', rates.consumer, `${caller.consumerType} ${caller.consumerId}`);
  if (caller.tenant !== undefined) take('tenant', rates.tenant, caller.tenant);

  function take(key: 'consumer' | 'tenant', limiter: RateLimiter, id: string): void {
    const waitMs = limiter.take(id, now);
    if (waitMs === 0) return;
    metrics.rateLimited.inc({ key });
    const seconds = String(Math.ceil(waitMs / 1000));
    throw new GatewayRefusal(429, 'RATE_LIMITED', `too many calls of one ${key}: try again in ${seconds} s`, {
      headers: {
        'retry-after': seconds,
        ratelimit: `"${key}";r=0;t=${seconds}`,
        'ratelimit-policy': `"${key}";q=${limiter.rate.perSecond};w=1`,
        'x-local-rate-limit': 'gateway',
      },
    });
  }
}
