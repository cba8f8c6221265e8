import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { DocumentLimitError } from '@binnacle/graphql/document-limit-error';
import { listen } from '@binnacle/http/admin-server';
import type { Audience, Caller } from '@binnacle/internal-token/caller';
import { log, withLogFields } from '@binnacle/log/log';
import { RegistryUnavailable } from '@binnacle/registry/registry-error';
import { createProxyMiddleware } from 'http-proxy-middleware';
import type { Authenticate } from './authentication/authenticate.ts';
import { IssuerUnavailable } from './authentication/oidc.ts';
import { guardRequest } from './guard/graphql-guard.ts';
import type { RateLimiter } from './guard/rate-limit.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Upstream } from './proxy/upstream.ts';
import { GatewayRefusal, notFound } from './refusal.ts';
import { type AllowedHeaders, readHeaders } from './routing/headers.ts';
import { readPath, type RequestPath } from './routing/path.ts';
import { findRoute, type Route } from './routing/routes.ts';
import type { Minter } from './signing-keys/minter.ts';
import type { ServeStatic } from './static-files.ts';

type UpstreamName = NonNullable<Route['upstream']>;

export interface GatewayOptions {
  readonly host: string;
  readonly port: number;
  readonly routes: readonly Route[];
  readonly authenticate: Authenticate;
  readonly minter: Minter;
  readonly upstreams: Readonly<Partial<Record<UpstreamName, Upstream>>>;
  readonly origins: Readonly<Partial<Record<UpstreamName, string>>>;
  readonly limits: { readonly consumer: RateLimiter; readonly tenant: RateLimiter; readonly connectionsPerAddress: number };
  /** Origins of pages that may call, exactly as browsers send them. */
  readonly corsOrigins: readonly string[];
  readonly serveStatic: ServeStatic;
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
}

const MAX_HEADERS = 100;
const AUDIENCES: Readonly<Partial<Record<UpstreamName, Audience>>> = { director: 'director', connector: 'connector', provisioner: 'provisioner' };
const CORS_HEADERS = 'authorization, content-type, tenant, scenario_groups, client_user';

/** The one public door. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  let draining = false;
  const streams = createStreams(options);
  const server = createServer(
    { maxHeaderSize: 16_384, headersTimeout: 10_000, requestTimeout: 120_000, keepAliveTimeout: 75_000, requireHostHeader: true, insecureHTTPParser: false },
    (request, response) => {
      const started = performance.now();
      if (draining) response.setHeader('connection', 'close');
      void answer(options, streams, request, response, started);
    },
  );
  server.maxHeadersCount = 0;
  limitConnections(server, options.limits.connectionsPerAddress);
  server.on('clientError', refuseMalformed);
  server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'));
  await listen(server, options.port, options.host);
  return {
    port: (server.address() as AddressInfo).port,
    startDraining: () => void (draining = true),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

async function answer(options: GatewayOptions, streams: Streams, request: IncomingMessage, response: ServerResponse, started: number): Promise<void> {
  const seen: { route: string; requestId: string; caller?: Caller } = { route: 'none', requestId: '' };
  response.once('close', () => finish(options, request, response, seen, started));
  try {
    if (request.rawHeaders.length > 2 * MAX_HEADERS) throw new GatewayRefusal(431, 'TOO_MANY_HEADERS', `the request has more than ${MAX_HEADERS} headers`);
    const headers = readHeaders(request.rawHeaders);
    seen.requestId = headers.requestId;
    response.setHeader('x-request-id', headers.requestId);
    for (const name of headers.spoofed) options.metrics.spoofed.inc({ header: name });
    const at = readPath(request.url ?? '/');
    const route = at.redirect ? undefined : findRoute(options.routes, at.path);
    if (!route) throw notFound();
    seen.route = route.name;
    await withLogFields({ requestId: headers.requestId }, () => pass(options, streams, { request, response, headers, at, route }, seen));
  } catch (error) {
    refuse(options, response, error, seen.requestId);
  }
}

async function pass(options: GatewayOptions, streams: Streams, passage: Passage, seen: { caller?: Caller }): Promise<void> {
  const { request, response, headers, at, route } = passage;
  if (!route.methods.includes(request.method as 'GET'))
    throw new GatewayRefusal(405, 'METHOD_NOT_ALLOWED', `only ${route.methods.join(', ')} here`, { headers: { allow: route.methods.join(', ') } });
  if (headers.origin !== undefined && options.corsOrigins.includes(headers.origin)) allowOrigin(response, headers.origin);
  if (request.method === 'OPTIONS')
    return void response
      .writeHead(204, {
        'access-control-allow-headers': CORS_HEADERS,
        'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
        'access-control-max-age': '600',
      })
      .end();
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
    case 'proxy':
      return streams(passage);
    case 'graphql':
      return passGraphQL(options, passage, seen);
  }
}

/** Who is it, may it call now, what does it ask: only then does anything go on. */
async function passGraphQL(options: GatewayOptions, { request, response, headers, at, route }: Passage, seen: { caller?: Caller }): Promise<void> {
  const caller = await options.authenticate(headers);
  seen.caller = caller;
  takeRate(options, caller);
  const guarded = await guardRequest(request, headers.contentType, at.query);
  const name = route.upstream ?? 'director';
  const upstream = options.upstreams[name];
  const audience = AUDIENCES[name];
  if (!upstream || !audience) throw new GatewayRefusal(502, 'UPSTREAM_UNAVAILABLE', `the ${name} is not part of this installation`);
  const forwarded = {
    ...headers.forwarded,
    'content-type': 'application/json; charset=utf-8',
    ...whence(request, headers),
    authorization: `Bearer ${options.minter.mint(caller, audience)}`,
  };
  await upstream.forward(
    { path: at.path.slice(route.strip?.length ?? 0), headers: forwarded, body: guarded.body, isQuery: guarded.kind === 'query' },
    response,
  );
}

/** Made anew: what a client says of its own address is not passed on. */
function whence(request: IncomingMessage, { host }: AllowedHeaders): Readonly<Record<string, string>> {
  return { 'x-forwarded-for': request.socket.remoteAddress ?? '', 'x-forwarded-proto': 'http', 'x-forwarded-host': host, 'x-external-host': host };
}

function takeRate({ limits, metrics }: GatewayOptions, caller: Caller): void {
  const now = Date.now();
  const waits = [
    ['consumer', limits.consumer.take(`${caller.consumerType} ${caller.consumerId}`, now)],
    ['tenant', caller.tenant === undefined ? 0 : limits.tenant.take(caller.tenant, now)],
  ] as const;
  for (const [key, waitMs] of waits) {
    if (waitMs === 0) continue;
    metrics.rateLimited.inc({ key });
    const seconds = String(Math.ceil(waitMs / 1000));
    throw new GatewayRefusal(429, 'RATE_LIMITED', `too many calls of one ${key}: try again in ${seconds} s`, {
      headers: { 'retry-after': seconds, ratelimit: `"${key}";r=0;t=${seconds}`, 'ratelimit-policy': `"${key}"`, 'x-local-rate-limit': 'gateway' },
    });
  }
}

type Streams = (passage: Passage) => void;

/** Everything that is no GraphQL call streams in both directions. */
function createStreams(options: GatewayOptions): Streams {
  const proxies = new Map(
    Object.entries(options.origins).map(([name, target]) => [
      name,
      createProxyMiddleware({
        target,
        changeOrigin: true,
        xfwd: false,
        proxyTimeout: 114_000,
        on: {
          error: (_, __, response) => {
            if ('writeHead' in response && !response.headersSent)
              refuse(options, response, new GatewayRefusal(502, 'UPSTREAM_UNAVAILABLE', 'the service behind this address is not available: try again'), '');
          },
        },
      }),
    ]),
  );
  return ({ request, response, headers, at, route }) => {
    request.url = at.path.slice(route.strip?.length ?? 0) + at.query;
    // Only what the allow-list let through goes on.
    request.headers = { ...headers.forwarded, host: headers.host, ...whence(request, headers) };
    void proxies.get(route.upstream ?? '')?.(request, response);
  };
}

function allowOrigin(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('vary', 'origin');
}

function refuse(options: GatewayOptions, response: ServerResponse, error: unknown, requestId: string): void {
  const refusal = refusalOf(error, requestId);
  if (refusal.status === 401) options.metrics.authFailures.inc({ method: 'bearer', reason: 'not accepted' });
  if (refusal.code.startsWith('MAX_') || refusal.code === 'PAYLOAD_TOO_LARGE') options.metrics.guardRejections.inc({ limit: refusal.code });
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
  const retry = { headers: { 'retry-after': '1' } };
  if (error instanceof RegistryUnavailable) return new GatewayRefusal(503, 'SERVICE_UNAVAILABLE', 'The registry is not available: try again', retry);
  if (error instanceof IssuerUnavailable) return new GatewayRefusal(503, 'SERVICE_UNAVAILABLE', 'The OpenID provider is not available: try again', retry);
  if ((error as { name?: unknown }).name === 'BodyAborted') return new GatewayRefusal(400, 'BAD_REQUEST', 'the request ended in the middle');
  if ((error as { name?: unknown }).name !== 'AbortError') log().error({ err: error, requestId }, 'unexpected error at the door');
  return new GatewayRefusal(500, 'INTERNAL_SERVER_ERROR', `Internal Server Error [errorID=${requestId}]`);
}

function finish(
  { metrics }: GatewayOptions,
  request: IncomingMessage,
  response: ServerResponse,
  { route, requestId, caller }: { readonly route: string; readonly requestId: string; readonly caller?: Caller },
  started: number,
): void {
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

function limitConnections(server: Server, max: number): void {
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (open.get(address) ?? 0) + 1;
    if (count > max) return void socket.destroy();
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
  });
}

const MALFORMED: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** What is no HTTP request gets an answer too, and then the connection ends: what follows on it cannot be trusted. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const status = MALFORMED[error.code ?? ''] ?? '400 Bad Request';
  const body = JSON.stringify({ errors: [{ message: `the request cannot be read: ${status.slice(4)}`, extensions: { code: 'BAD_REQUEST' } }], data: null });
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
