import type { IncomingMessage } from 'node:http';
import type { Audience } from '@binnacle/internal-token/caller';
import { isTracing } from '@binnacle/telemetry/tracing';
import { type Authenticator, authenticate } from './authentication/authenticate.ts';
import { guardRequest } from './guard/graphql-guard.ts';
import { type CallRates, takeRate } from './guard/take-rate.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Passage } from './passage.ts';
import type { Stream } from './proxy/streams.ts';
import type { Upstream } from './proxy/upstream.ts';
import { upstreamUnavailable } from './refusal.ts';
import type { AllowedHeaders } from './routing/headers.ts';
import type { Route } from './routing/routes.ts';
import type { Minter } from './signing-keys/minter.ts';

export type UpstreamName = NonNullable<Route['upstream']>;

/** Both ways to a service: GraphQL calls that were read and checked, and everything else as a stream. */
export interface Backend {
  readonly graphql: Upstream;
  readonly stream: Stream;
}

export interface PassGraphQLOptions {
  /** Ways of showing who one is. */
  readonly authenticators: readonly Authenticator[];
  readonly minter: Minter;
  readonly backends: Readonly<Partial<Record<UpstreamName, Backend>>>;
  /** None: callers of this listener are not limited. */
  readonly rates?: CallRates;
  /** Called when a call that may have changed something has been answered. */
  readonly onChange?: () => void;
  readonly metrics: GatewayMetrics;
}

const AUDIENCES: Readonly<Partial<Record<UpstreamName, Audience>>> = { director: 'director', connector: 'connector', provisioner: 'provisioner' };

/**
 * Who is it, may it call now, what does it ask: only then does anything go on.
 * @param sendBody tells a client that waits for it that the body may come
 */
export async function passGraphQL(options: PassGraphQLOptions, passage: Passage, sendBody: () => void): Promise<void> {
  const { request, response, headers, at, route, seen } = passage;
  const stage = stopwatch(options.metrics);
  const caller = await authenticate(options.authenticators, { headers, route, socket: request.socket });
  seen.caller = caller;
  stage('authenticate');
  if (options.rates) for (const [name, value] of takeRate(options.rates, options.metrics, caller)) response.setHeader(name, value);
  sendBody();
  const guarded = await guardRequest(request, headers, at.query);
  stage('guard');
  const name = route.upstream ?? 'director';
  const audience = AUDIENCES[name];
  const backend = options.backends[name];
  if (!backend || !audience) throw upstreamUnavailable();
  const forwarded: Record<string, string> = {
    ...headers.forwarded,
    'content-type': 'application/json; charset=utf-8',
    ...whence(request, headers),
    authorization: `Bearer ${options.minter.mint(caller, audience)}`,
  };
  // Where calls are traced, the next hop's parent is the call itself, and is set with it.
  if (isTracing()) delete forwarded['traceparent'];
  const isQuery = guarded.kind === 'query';
  try {
    await backend.graphql.forward({ path: at.path.slice(route.strip?.length ?? 0), headers: forwarded, body: guarded.body, isQuery }, response);
  } finally {
    if (!isQuery) options.onChange?.();
  }
  stage('upstream');
}

/** Made anew: what a client says of its own address is not passed on. */
export function whence(request: IncomingMessage, { host }: AllowedHeaders): Readonly<Record<string, string>> {
  return { 'x-forwarded-for': request.socket.remoteAddress ?? '', 'x-forwarded-proto': 'http', 'x-forwarded-host': host, 'x-external-host': host };
}

/** Notes the time since the last stage. */
function stopwatch({ stageSeconds }: GatewayMetrics): (stage: string) => void {
  let last = performance.now();
  return (stage) => {
    const now = performance.now();
    stageSeconds.observe({ stage }, (now - last) / 1000);
    last = now;
  };
}
