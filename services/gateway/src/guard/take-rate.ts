import type { Caller } from '@binnacle/internal-token/caller';
import type { GatewayMetrics } from '../metrics.ts';
import { GatewayRefusal } from '../refusal.ts';
import type { Allowance, RateLimiter } from './rate-limit.ts';

export interface CallRates {
  readonly consumer: RateLimiter;
  readonly tenant: RateLimiter;
}

type RateKey = keyof CallRates;
type Headers = readonly (readonly [name: string, value: string])[];

/**
 * Takes one call from the allowance of the caller and of its tenant. Answers headers that tell how much of the scarcer one is left.
 * @throws GatewayRefusal 429 with the seconds to wait
 */
export function takeRate(rates: CallRates, metrics: Pick<GatewayMetrics, 'rateLimited'>, caller: Caller, now = Date.now()): Headers {
  const ofConsumer = take('consumer', `${caller.consumerType} ${caller.consumerId}`);
  const ofTenant = caller.tenant === undefined ? undefined : take('tenant', caller.tenant);
  return ofTenant && ofTenant.left < ofConsumer.left ? rateHeaders('tenant', rates.tenant, ofTenant) : rateHeaders('consumer', rates.consumer, ofConsumer);

  function take(key: RateKey, id: string): Allowance {
    const allowance = rates[key].take(id, now);
    if (allowance.waitMs === 0) return allowance;
    metrics.rateLimited.inc({ key });
    const seconds = String(Math.ceil(allowance.waitMs / 1000));
    throw new GatewayRefusal(429, 'RATE_LIMITED', `too many calls of one ${key}: try again in ${seconds} s`, {
      retryable: true,
      headers: { ...Object.fromEntries(rateHeaders(key, rates[key], allowance)), 'retry-after': seconds, 'x-local-rate-limit': 'gateway' },
    });
  }
}

/** As the IETF draft on RateLimit header fields has them: the quota is the burst, whole again after the window. */
function rateHeaders(key: RateKey, { rate }: RateLimiter, { left, wholeMs }: Allowance): Headers {
  return [
    ['ratelimit', `"${key}";r=${left};t=${Math.ceil(wholeMs / 1000)}`],
    ['ratelimit-policy', `"${key}";q=${rate.burst};w=${Math.ceil(rate.burst / rate.perSecond)}`],
  ];
}
