import type { ServerResponse } from 'node:http';
import type { Audience, Caller } from '@binnacle/internal-token/caller';
import { isTracing } from '@binnacle/telemetry/tracing';
import { type Authenticators, authenticate } from './authentication/authenticate.ts';
import { type GuardedRequest, guardRequest } from './guard/graphql-guard.ts';
import { type CallRates, takeRate } from './guard/take-rate.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Passage } from './passage.ts';
import type { Stream } from './proxy/streams.ts';
import type { Upstream } from './proxy/upstream.ts';
import { upstreamUnavailable } from './refusal.ts';
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
  readonly authenticators: Authenticators;
  readonly minter: Minter;
  readonly backends: Readonly<Partial<Record<UpstreamName, Backend>>>;
  /** None: callers of this listener are not limited. */
  readonly rates?: CallRates;
  /** Called when a call that may have changed something has been answered. */
  readonly onChange?: () => void;
  readonly metrics: GatewayMetrics;
}

export const AUDIENCES: Readonly<Partial<Record<UpstreamName, Audience>>> = { director: 'director', connector: 'connector', provisioner: 'provisioner' };

/**
 * Who is it, may it call now, what does it ask: only then does anything go on.
 * @param sendBody tells a client that waits for it that the body may come
 */
export async function passGraphQL(options: PassGraphQLOptions, passage: Passage, sendBody: () => void): Promise<void> {
  const { request, response, headers, at, route, seen, origin, host } = passage;
  const stage = stopwatch(options.metrics);
  let reading: Promise<GuardedRequest> | undefined;
  const asked = (): Promise<GuardedRequest> => {
    sendBody();
    return (reading ??= guardRequest(request, headers, at.query));
  };
  const caller = await authenticate(options.authenticators, { headers, route, host, origin, at, socket: request.socket }, asked);
  seen.caller = caller;
  stage('authenticate');
  takeAllowance(options, response, caller);
  const guarded = await asked();
  stage('guard');
  const name = route.upstream ?? 'director';
  const audience = AUDIENCES[name];
  const backend = options.backends[name];
  if (!backend || !audience) throw upstreamUnavailable();
  const forwarded: Record<string, string> = {
    ...headers.forwarded,
    'content-type': 'application/json; charset=utf-8',
    ...whence(passage),
    authorization: `Bearer ${options.minter.mint(caller, audience)}`,
  };
  // Where calls are traced, the next hop's parent is the call itself, and is set with it.
  if (isTracing()) delete forwarded['traceparent'];
  const isQuery = guarded.kind === 'query';
  try {
    await backend.graphql.forward({ method: 'POST', path: at.path.slice(route.strip?.length ?? 0), headers: forwarded, body: guarded.body, isQuery }, response);
  } finally {
    if (!isQuery) options.onChange?.();
  }
  stage('upstream');
}

/**
 * Takes the call from the caller's allowance and says what is left. A one-time token allows one call by itself, and is spent by now.
 * @throws GatewayRefusal 429
 */
export function takeAllowance({ rates, metrics }: PassGraphQLOptions, response: ServerResponse, caller: Caller): void {
  if (!rates || caller.flow === 'OneTimeToken') return;
  for (const [name, value] of takeRate(rates, metrics, caller)) response.setHeader(name, value);
}

/** Made anew: what a client says of its own address is not passed on. */
export function whence({ origin, headers: { host } }: Pick<Passage, 'origin' | 'headers'>): Readonly<Record<string, string>> {
  return { 'x-forwarded-for': origin.address, 'x-forwarded-proto': origin.protocol, 'x-forwarded-host': host, 'x-external-host': host };
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
