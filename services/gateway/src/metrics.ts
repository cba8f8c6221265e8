import { Counter, Gauge, Histogram, type Metrics } from '@binnacle/http/admin-server';

/** Metrics of the Gateway. Labels never name a tenant or a caller. */
export function gatewayMetrics(registry: Metrics) {
  const registers = [registry];
  return {
    requests: new Counter({ name: 'gateway_requests_total', help: 'Requests answered', labelNames: ['route', 'method', 'status', 'consumer_type'], registers }),
    seconds: new Histogram({
      name: 'gateway_request_seconds',
      help: 'Time to answer',
      labelNames: ['route'],
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
      registers,
    }),
    stageSeconds: new Histogram({
      name: 'gateway_stage_seconds',
      help: 'Time of a stage of a GraphQL call: authenticate, guard (reading and checking the document), upstream (the service behind)',
      labelNames: ['stage'],
      buckets: [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
      registers,
    }),
    authFailures: new Counter({
      name: 'gateway_auth_failures_total',
      help: 'Requests whose caller was not accepted',
      labelNames: ['method', 'reason'],
      registers,
    }),
    guardRejections: new Counter({ name: 'gateway_guard_rejections_total', help: 'Documents and bodies over a limit', labelNames: ['limit'], registers }),
    rateLimited: new Counter({ name: 'gateway_rate_limited_total', help: 'Requests over a rate', labelNames: ['key'], registers }),
    jwksFetches: new Counter({
      name: 'gateway_jwks_fetch_total',
      help: "Readings of the OpenID provider's keys",
      labelNames: ['issuer', 'outcome'],
      registers,
    }),
    tokens: new Counter({ name: 'gateway_one_time_tokens_total', help: 'One-time tokens that came', labelNames: ['event'], registers }),
    userContexts: new Counter({
      name: 'gateway_user_contexts_total',
      help: 'Calls of certificates on behalf of somebody, with and without a grant',
      labelNames: ['outcome'],
      registers,
    }),
    spoofed: new Counter({ name: 'gateway_spoofed_header_total', help: 'Headers that imitate an identity', labelNames: ['header'], registers }),
  };
}

export type GatewayMetrics = ReturnType<typeof gatewayMetrics>;

/** Connections to the services behind, counted when they are asked for. */
export function measureOpenSockets(registry: Metrics, count: () => number): void {
  new Gauge({
    name: 'gateway_upstream_open_sockets',
    help: 'Connections to the services behind',
    registers: [registry],
    collect() {
      this.set(count());
    },
  });
}
