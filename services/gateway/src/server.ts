import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DocumentLimitError } from '@binnacle/graphql/document-limit-error';
import { listen } from '@binnacle/http/admin-server';
import { BodyAborted } from '@binnacle/http/read-body';
import type { Audience, Caller } from '@binnacle/internal-token/caller';
import { log, withLogFields } from '@binnacle/log/log';
import { RegistryUnavailable } from '@binnacle/registry/registry-error';
import type { Strategies } from './authentication/authenticate.ts';
import { IssuerUnavailable } from './authentication/issuer-keys.ts';
import { guardRequest } from './guard/graphql-guard.ts';
import { type CallRates, takeRate } from './guard/take-rate.ts';
import { createOpenAnswers, limitConnections, refuseBrokenRequests, refuseUpgrades } from './listener/connections.ts';
import type { GatewayMetrics } from './metrics.ts';
import { IntrospectionUnavailable } from './oauth/introspect-elsewhere.ts';
import type { ServeOAuth } from './oauth/serve-oauth.ts';
import type { Stream } from './proxy/streams.ts';
import type { Upstream } from './proxy/upstream.ts';
import { GatewayRefusal, notFound, unavailable, upstreamUnavailable } from './refusal.ts';
import { type AllowedHeaders, readHeaders } from './routing/headers.ts';
import { checkHost } from './routing/host.ts';
import { readPath, type RequestPath } from './routing/path.ts';
import { allows, findRoute, type Route } from './routing/routes.ts';
import type { Minter } from './signing-keys/minter.ts';
import type { ServeStatic } from './static-files.ts';

export type UpstreamName = NonNullable<Route['upstream']>;

/** Both ways to a service: GraphQL calls that were read and checked, and everything else as a stream. */
export interface Backend {
  readonly graphql: Upstream;
  readonly stream: Stream;
}

export interface GatewayOptions {
  readonly host: string;
  readonly port: number;
  /** Names that are served here; none: names are not looked at. */
  readonly hostNames: readonly string[];
  readonly routes: readonly Route[];
  readonly strategies: Strategies;
  readonly minter: Minter;
  readonly backends: Readonly<Partial<Record<UpstreamName, Backend>>>;
  readonly rates: CallRates;
  readonly connectionsPerAddress: number;
  /** Origins of pages that may call, exactly as browsers send them. */
  readonly corsOrigins: readonly string[];
  readonly serveStatic: ServeStatic;
  readonly serveOAuth: ServeOAuth;
  /** Called when a call that may have changed something has been answered. */
  readonly onChange: () => void;
  readonly playgroundConfig: object;
  readonly metrics: GatewayMetrics;
}

export interface Gateway {
  readonly port: number;
  /** From now on answers ask clients to open a new connection. */
  startDraining(): void;
  /** Stops accepting and waits for open calls. */
  close(): Promise<void>;
}

/** One request on its way. */
interface Passage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly headers: AllowedHeaders;
  readonly at: RequestPath;
  readonly route: Route;
  readonly seen: Seen;
}

/** What the access log says of a request. */
interface Seen {
  readonly started: number;
  route: string;
  requestId: string;
  caller?: Caller;
}

const MAX_HEADERS = 100;
const AUDIENCES: Readonly<Partial<Record<UpstreamName, Audience>>> = { director: 'director', connector: 'connector', provisioner: 'provisioner' };
const CORS_HEADERS = 'authorization, content-type, tenant, scenario_groups, client_user';
const HTTP_LIMITS = { maxHeaderSize: 16_384, headersTimeout: 10_000, requestTimeout: 120_000, keepAliveTimeout: 75_000, requireHostHeader: true };

/** The one public door. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  let draining = false;
  const answers = createOpenAnswers();
  const server = createServer(HTTP_LIMITS, (request, response) => {
    answers.add(request, response);
    if (draining) response.setHeader('connection', 'close');
    void answer(options, request, response);
  });
  // All of them are seen here, so that one over the limit is refused rather than dropped.
  server.maxHeadersCount = 0;
  limitConnections(server, options.connectionsPerAddress);
  refuseBrokenRequests(server, answers);
  refuseUpgrades(server);
  await listen(server, options.port, options.host);
  return {
    port: (server.address() as AddressInfo).port,
    startDraining() {
      draining = true;
      for (const response of answers.all()) if (!response.headersSent) response.setHeader('connection', 'close');
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

async function answer(options: GatewayOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const seen: Seen = { started: performance.now(), route: 'none', requestId: '' };
  response.once('close', () => finish(options.metrics, request, response, seen));
  try {
    if (request.rawHeaders.length > 2 * MAX_HEADERS) throw new GatewayRefusal(431, 'TOO_MANY_HEADERS', `the request has more than ${MAX_HEADERS} headers`);
    const headers = readHeaders(request.rawHeaders);
    seen.requestId = headers.requestId;
    response.setHeader('x-request-id', headers.requestId);
    for (const name of headers.spoofed) options.metrics.spoofed.inc({ header: name });
    checkHost(headers.host, options.hostNames);
    const at = readPath(request.url ?? '/');
    const route = at.redirect ? undefined : findRoute(options.routes, at.path, request.method ?? '');
    if (!route) throw notFound();
    seen.route = route.name;
    await withLogFields({ requestId: headers.requestId }, () => pass(options, { request, response, headers, at, route, seen }));
  } catch (error) {
    refuse(options, response, error, seen.requestId);
  }
}

async function pass(options: GatewayOptions, passage: Passage): Promise<void> {
  const { request, response, headers, at, route } = passage;
  if (!allows(route, request.method ?? ''))
    throw new GatewayRefusal(405, 'METHOD_NOT_ALLOWED', `only ${route.methods.join(', ')} here`, { headers: { allow: route.methods.join(', ') } });
  if (headers.origin !== undefined && options.corsOrigins.includes(headers.origin)) allowOrigin(response, headers.origin);
  if (request.method === 'OPTIONS') return answerPreflight(response);
  switch (route.kind) {
    case 'health':
      return void response.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
    case 'redirect':
      return void response.writeHead(301, { location: `${route.target ?? '/'}${at.query}`, 'content-length': 0 }).end();
    case 'playground-config':
      return void response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(options.playgroundConfig));
    case 'static':
      request.url = at.path;
      return options.serveStatic(route.target as 'playground', route.path, request, response, () => refuse(options, response, notFound(), headers.requestId)); // checked with the table
    case 'oauth':
      request.url = at.path + at.query;
      return options.serveOAuth(request, response);
    case 'proxy':
      return passStream(options, passage);
    case 'graphql':
      return passGraphQL(options, passage);
  }
}

/** Who is it, may it call now, what does it ask: only then does anything go on. */
async function passGraphQL(options: GatewayOptions, { request, response, headers, at, route, seen }: Passage): Promise<void> {
  if (route.auth === 'anonymous') throw new Error(`the route ${route.name} passes GraphQL calls of nobody`); // refused with the table
  const caller = await options.strategies[route.auth]({ headers, route, socket: request.socket });
  seen.caller = caller;
  takeRate(options.rates, options.metrics, caller);
  const guarded = await guardRequest(request, headers, at.query);
  const name = route.upstream ?? 'director';
  const audience = AUDIENCES[name];
  const backend = options.backends[name];
  if (!backend || !audience) throw upstreamUnavailable();
  const forwarded = {
    ...headers.forwarded,
    'content-type': 'application/json; charset=utf-8',
    ...whence(request, headers),
    authorization: `Bearer ${options.minter.mint(caller, audience)}`,
  };
  try {
    await backend.graphql.forward(
      { path: at.path.slice(route.strip?.length ?? 0), headers: forwarded, body: guarded.body, isQuery: guarded.kind === 'query' },
      response,
    );
  } finally {
    if (guarded.kind !== 'query') options.onChange();
  }
}

/** Only what the allow-list let through goes on. */
function passStream(options: GatewayOptions, { request, response, headers, at, route }: Passage): void {
  const backend = options.backends[route.upstream ?? 'director'];
  if (!backend) throw upstreamUnavailable();
  backend.stream({
    request,
    response,
    target: at.path.slice(route.strip?.length ?? 0) + at.query,
    headers: { ...headers.forwarded, host: headers.host, ...whence(request, headers) },
    onFailure: (refusal) => refuse(options, response, refusal, headers.requestId),
  });
}

/** Made anew: what a client says of its own address is not passed on. */
function whence(request: IncomingMessage, { host }: AllowedHeaders): Readonly<Record<string, string>> {
  return { 'x-forwarded-for': request.socket.remoteAddress ?? '', 'x-forwarded-proto': 'http', 'x-forwarded-host': host, 'x-external-host': host };
}

function allowOrigin(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('vary', 'origin');
}

function answerPreflight(response: ServerResponse): void {
  response
    .writeHead(204, {
      'access-control-allow-headers': CORS_HEADERS,
      'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
      'access-control-max-age': '600',
    })
    .end();
}

function refuse({ metrics }: GatewayOptions, response: ServerResponse, error: unknown, requestId: string): void {
  const refusal = refusalOf(error, requestId);
  if (refusal.status === 401) metrics.authFailures.inc({ method: 'bearer', reason: 'not accepted' });
  if (refusal.code.startsWith('MAX_') || refusal.code === 'PAYLOAD_TOO_LARGE') metrics.guardRejections.inc({ limit: refusal.code });
  if (response.headersSent) return void response.destroy();
  const body = refusal.text(requestId);
  response
    .writeHead(refusal.status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      ...refusal.headers,
    })
    .end(body);
}

function refusalOf(error: unknown, requestId: string): GatewayRefusal {
  if (error instanceof GatewayRefusal) return error;
  if (error instanceof DocumentLimitError) return new GatewayRefusal(400, error.code, error.message);
  if (error instanceof RegistryUnavailable) return unavailable('The registry is not available');
  if (error instanceof IssuerUnavailable) return unavailable('The OpenID provider is not available');
  if (error instanceof IntrospectionUnavailable) return unavailable('The OAuth2 server is not available');
  if (error instanceof BodyAborted) return new GatewayRefusal(400, 'BAD_REQUEST', 'the request ended in the middle');
  log().error({ err: error, requestId }, 'unexpected error at the door');
  return new GatewayRefusal(500, 'INTERNAL_SERVER_ERROR', `Internal Server Error [errorID=${requestId}]`);
}

function finish(metrics: GatewayMetrics, request: IncomingMessage, response: ServerResponse, { route, requestId, caller, started }: Seen): void {
  const seconds = (performance.now() - started) / 1000;
  metrics.requests.inc({ route, method: request.method ?? '', status: response.statusCode, consumer_type: caller?.consumerType ?? '' });
  metrics.seconds.observe({ route }, seconds);
  log().info(
    {
      requestId,
      route,
      method: request.method,
      status: response.statusCode,
      ms: Math.round(seconds * 1e4) / 10,
      tenant: caller?.externalTenant,
      consumer: caller?.consumerId,
    },
    'request',
  );
}
