import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { withLogFields } from '@binnacle/log/log';
import { noteRequest } from './answers/access-log.ts';
import { allowOrigin, answerDocument, answerHealth, answerPreflight, answerRedirect, type Documents } from './answers/own-answers.ts';
import { refuse } from './answers/refuse.ts';
import type { CertificateWatch } from './certificates/certificate-watch.ts';
import type { ServeHydrator } from './hydrator/serve-hydrator.ts';
import { createCertificateConnections } from './listener/certificate-connections.ts';
import { createOpenAnswers, type RefuseUnread, refuseBrokenRequests, refuseUpgrades } from './listener/connections.ts';
import { type Entrance, type Listener, openListener } from './listener/open-listener.ts';
import { NO_PROXIES, originOf, type TrustedProxies } from './listener/trusted-proxies.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { ServeOAuth } from './oauth/serve-oauth.ts';
import { passGraphQL, type PassGraphQLOptions } from './pass-graphql.ts';
import { passRest } from './pass-rest.ts';
import { passStream } from './pass-stream.ts';
import { newSeen, type Passage, type Seen } from './passage.ts';
import { GatewayRefusal, malformed, notFound } from './refusal.ts';
import { type AllowedHeaders, readHeaders } from './routing/headers.ts';
import { hostClassOf, type HostTable, misdirected } from './routing/hosts.ts';
import { readPath } from './routing/path.ts';
import { allows, findRoute, type Route } from './routing/routes.ts';
import type { ServeStatic } from './static-files.ts';

/** Limits of the HTTP reader, in milliseconds. */
export type HttpTimes = Pick<ServerOptions, 'headersTimeout' | 'requestTimeout' | 'keepAliveTimeout' | 'connectionsCheckingInterval'>;

/** One listener: which doors it has, who may come in by which credential, and what lies behind. */
export interface GatewayOptions extends PassGraphQLOptions {
  readonly host: string;
  readonly port: number;
  /** Names that are served here. */
  readonly names: HostTable;
  /** Left out: one, in clear. */
  readonly entrances?: readonly [Entrance, ...Entrance[]];
  readonly routes: readonly Route[];
  readonly connectionsPerAddress: number;
  /** Origins of pages that may call, exactly as browsers send them. */
  readonly corsOrigins: readonly string[];
  readonly serveStatic?: ServeStatic;
  readonly serveOAuth?: ServeOAuth;
  readonly serveHydrator?: ServeHydrator;
  /** JSON that routes of the kind `document` answer, by their target. */
  readonly documents: Documents;
  readonly metrics: GatewayMetrics;
  readonly times?: HttpTimes;
  /** Proxies whose word about their clients counts. */
  readonly proxies?: TrustedProxies;
  /** Refuses headers that imitate an identity, instead of dropping them. */
  readonly strict?: boolean;
  /** Port of HTTPS to which calls in clear are sent; left out: they are served. */
  readonly redirectToPort?: number;
  /** Which certificates have ended, and where to hear of it: their connections are closed. */
  readonly certificates?: CertificateWatch;
}

export type Gateway = Listener;

const MAX_HEADERS = 100;
const TIMES: HttpTimes = { headersTimeout: 10_000, requestTimeout: 120_000, keepAliveTimeout: 75_000, connectionsCheckingInterval: 1_000 };
/** Said by proxies of themselves. */
const PROXY_HEADERS = new Set(['x-forwarded-client-cert', 'client-cert']);

/** Opens one door of the system. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const answers = createOpenAnswers();
  const connections = createCertificateConnections(answers);
  const refuseUnread: RefuseUnread = (refusal) => {
    const seen = { ...newSeen('', randomUUID()), code: refusal.code };
    noteRequest(options.metrics, seen, refusal.status);
    return seen.requestId;
  };
  const attach = (server: Server, entrance: Entrance): void => {
    // All of them are seen here, so that one over the limit is refused rather than dropped.
    server.maxHeadersCount = 0;
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      const seen = newSeen(request.method ?? '');
      answers.add({ request, response, refuse: (refusal) => refuse(options.metrics, response, refusal, seen) });
      // Answers end wherever the connection to a service was opened: in another request, whose fields the line must not get.
      response.once(
        'close',
        AsyncResource.bind(() => noteRequest(options.metrics, seen, response.statusCode)),
      );
      void answer(options, entrance, request, response, seen);
    };
    server.on('request', handle);
    // Whether the body may come is said once it is known who sends it.
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      awaitingContinue.add(request);
      handle(request, response);
    });
    refuseBrokenRequests(server, answers, refuseUnread);
    refuseUpgrades(server, refuseUnread);
    if (options.certificates) server.on('secureConnection', (socket: TLSSocket) => options.certificates?.admit(socket, connections));
  };
  const stopWatching = options.certificates?.onEnded(connections.end);
  const listener = await openListener({
    host: options.host,
    port: options.port,
    names: options.names,
    entrances: options.entrances ?? [{}],
    http: { maxHeaderSize: 16_384, requireHostHeader: true, ...TIMES, ...options.times },
    connectionsPerAddress: options.connectionsPerAddress,
    attach,
  });
  return {
    ...listener,
    async close() {
      await listener.close();
      stopWatching?.();
    },
  };
}

const awaitingContinue = new WeakSet<IncomingMessage>();

async function answer(options: GatewayOptions, entrance: Entrance, request: IncomingMessage, response: ServerResponse, seen: Seen): Promise<void> {
  try {
    const headers = readHeaders(request.rawHeaders);
    seen.requestId = headers.requestId;
    response.setHeader('x-request-id', headers.requestId);
    if (request.rawHeaders.length > 2 * MAX_HEADERS) throw new GatewayRefusal(431, 'TOO_MANY_HEADERS', `the request has more than ${MAX_HEADERS} headers`);
    const encrypted = request.socket instanceof TLSSocket;
    const origin = originOf({ address: request.socket.remoteAddress, encrypted }, headers, options.proxies ?? NO_PROXIES);
    const host = hostClassOf(headers.host, options.names);
    if (entrance.hosts && !entrance.hosts.has(host)) throw misdirected();
    if (host !== 'internal') noteImitations(options, headers, origin.byProxy);
    const at = readPath(request.url ?? '/');
    const route = at.redirect ? undefined : findRoute(options.routes, host, at.path, request.method ?? '');
    if (options.redirectToPort !== undefined && origin.protocol === 'http' && !route?.inClear)
      return redirectToTls(response, headers.host, options.redirectToPort, at.path + at.query);
    if (!route) throw notFound();
    seen.route = route.name;
    if (route.errorStyle) seen.errorStyle = route.errorStyle;
    await withLogFields({ requestId: headers.requestId }, () => pass(options, { request, response, headers, at, host, origin, route, seen }));
  } catch (error) {
    if (seen.requestId === '') seen.requestId = randomUUID();
    if (!response.headersSent) response.setHeader('x-request-id', seen.requestId);
    refuse(options.metrics, response, error, seen);
  }
}

function noteImitations({ metrics, strict }: GatewayOptions, { spoofed }: AllowedHeaders, byProxy: boolean): void {
  const imitations = byProxy ? spoofed.filter((name) => !PROXY_HEADERS.has(name)) : spoofed;
  for (const name of imitations) metrics.spoofed.inc({ header: name });
  if (strict && imitations.length > 0) throw malformed(`the header ${imitations[0]} is not for clients`);
}

/** The address is that of the request, checked before; the name is one of ours. */
function redirectToTls(response: ServerResponse, host: string, port: number, target: string): void {
  const name = host.replace(/:\d+$/, '').replace(/\.$/, '');
  const location = `https://${name}${port === 443 ? '' : `:${port}`}${target}`;
  response.writeHead(301, { location, 'content-length': 0, connection: 'close' }).end();
}

async function pass(options: GatewayOptions, passage: Passage): Promise<void> {
  const { request, response, headers, at, route, seen } = passage;
  if (!allows(route, request.method ?? ''))
    throw new GatewayRefusal(405, 'METHOD_NOT_ALLOWED', `only ${route.methods.join(', ')} here`, { headers: { allow: route.methods.join(', ') } });
  if (headers.origin !== undefined && options.corsOrigins.includes(headers.origin)) allowOrigin(response, headers.origin);
  if (request.method === 'OPTIONS') return answerPreflight(response);
  switch (route.kind) {
    case 'health':
      return answerHealth(response);
    case 'redirect':
      return answerRedirect(response, route, at);
    case 'document':
      return answerDocument(response, options.documents, route);
    case 'static':
      request.url = at.path;
      return options.serveStatic?.(route.target as 'playground', route.path, request, response, () => refuse(options.metrics, response, notFound(), seen)); // checked with the table
    case 'oauth':
      sendBody();
      request.url = at.path + at.query;
      return options.serveOAuth?.(request, response);
    case 'hydrator':
      return options.serveHydrator?.(passage, sendBody);
    case 'proxy':
      return passStream(options, passage);
    case 'rest':
      return passRest(options, passage, sendBody);
    case 'graphql':
      return passGraphQL(options, passage, sendBody);
  }

  function sendBody(): void {
    if (awaitingContinue.delete(request)) response.writeContinue();
  }
}
