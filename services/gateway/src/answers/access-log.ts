import { log } from '@binnacle/log/log';
import type { GatewayMetrics } from '../metrics.ts';
import type { Seen } from '../passage.ts';

/** One line and one count for each request. Neither has anything of the request that was not checked: no address, no header, no body. */
export function noteRequest(metrics: GatewayMetrics, { route, method, requestId, caller, code, started }: Seen, status: number): void {
  const seconds = (performance.now() - started) / 1000;
  metrics.requests.inc({ route, method, status, consumer_type: caller?.consumerType ?? '' });
  metrics.seconds.observe({ route }, seconds);
  log().info(
    {
      requestId,
      route,
      method,
      status,
      ms: Math.round(seconds * 1e4) / 10,
      tenant: caller?.externalTenant ?? caller?.tenant,
      consumer: caller?.consumerId,
      code,
    },
    'request',
  );
}
