import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen } from '@binnacle/http/admin-server';
import { createDraining } from '@binnacle/http/draining';
import { withLogFields } from '@binnacle/log/log';
import { noteRequest } from './answers/access-log.ts';
import { allowOrigin, answerDocument, answerHealth, answerPreflight, answerRedirect, type Documents } from './answers/own-answers.ts';
import { refuse } from './answers/refuse.ts';
import { createOpenAnswers, limitConnections, type RefuseUnread, refuseBrokenRequests, refuseUpgrades } from './listener/connections.ts';
import type { GatewayMetrics } from './metrics.ts';
import { passGraphQL, type PassGraphQLOptions } from './pass-graphql.ts';
import { passStream } from './pass-stream.ts';
import type { ServeOAuth } from './oauth/serve-oauth.ts';
import { newSeen, type Passage, type Seen } from './passage.ts';
import { GatewayRefusal, notFound } from './refusal.ts';
import { readHeaders } from './routing/headers.ts';
import { checkHost } from './routing/host.ts';
import { readPath } from './routing/path.ts';
import { allows, findRoute, type Route } from './routing/routes.ts';
import type { ServeStatic } from './static-files.ts';

/** Limits of the HTTP reader, in milliseconds. */
export type HttpTimes = Pick<ServerOptions, 'headersTimeout' | 'requestTimeout' | 'keepAliveTimeout' | 'connectionsCheckingInterval'>;

/** One listener: which doors it has, who may come in by which credential, and what lies behind. */
export interface GatewayOptions extends PassGraphQLOptions {
  readonly host: string;
  readonly port: number;
  /** Names that are served here; none: names are not looked at. */
  readonly hostNames: readonly string[];
  readonly routes: readonly Route[];
  readonly connectionsPerAddress: number;
  /** Origins of pages that may call, exactly as browsers send them. */
  readonly corsOrigins: readonly string[];
  readonly serveStatic?: ServeStatic;
  readonly serveOAuth?: ServeOAuth;
  /** JSON that routes of the kind `document` answer, by their target. */
  readonly documents: Documents;
  readonly metrics: GatewayMetrics;
  readonly times?: HttpTimes;
}

export interface Gateway {
  readonly port: number;
  /** From now on answers ask clients to open a new connection. */
  startDraining(): void;
  /** Stops accepting and waits for open calls. */
  close(): Promise<void>;
}

const MAX_HEADERS = 100;
const TIMES: HttpTimes = { headersTimeout: 10_000, requestTimeout: 120_000, keepAliveTimeout: 75_000, connectionsCheckingInterval: 1_000 };

/** Opens one door of the system. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const answers = createOpenAnswers();
  const server = createServer({ maxHeaderSize: 16_384, requireHostHeader: true, ...TIMES, ...options.times });
  // All of them are seen here, so that one over the limit is refused rather than dropped.
  server.maxHeadersCount = 0;
  const draining = createDraining(server);
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const seen = newSeen(request.method ?? '');
    answers.add({ request, response, refuse: (refusal) => refuse(options.metrics, response, refusal, seen) });
    response.once('close', () => noteRequest(options.metrics, seen, response.statusCode));
    void answer(options, request, response, seen);
  };
  server.on('request', handle);
  // Whether the body may come is said once it is known who sends it.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    awaitingContinue.add(request);
    handle(request, response);
  });
  const refuseUnread: RefuseUnread = (refusal) => {
    const seen = { ...newSeen('', randomUUID()), code: refusal.code };
    noteRequest(options.metrics, seen, refusal.status);
    return seen.requestId;
  };
  limitConnections(server, options.connectionsPerAddress);
  refuseBrokenRequests(server, answers, refuseUnread);
  refuseUpgrades(server, refuseUnread);
  await listen(server, options.port, options.host);
  return { port: (server.address() as AddressInfo).port, startDraining: draining.start, close: draining.close };
}

const awaitingContinue = new WeakSet<IncomingMessage>();

async function answer(options: GatewayOptions, request: IncomingMessage, response: ServerResponse, seen: Seen): Promise<void> {
  try {
    const headers = readHeaders(request.rawHeaders);
    seen.requestId = headers.requestId;
    response.setHeader('x-request-id', headers.requestId);
    if (request.rawHeaders.length > 2 * MAX_HEADERS) throw new GatewayRefusal(431, 'TOO_MANY_HEADERS', `the request has more than ${MAX_HEADERS} headers`);
    for (const name of headers.spoofed) options.metrics.spoofed.inc({ header: name });
    checkHost(headers.host, options.hostNames);
    const at = readPath(request.url ?? '/');
    const route = at.redirect ? undefined : findRoute(options.routes, at.path, request.method ?? '');
    if (!route) throw notFound();
    seen.route = route.name;
    await withLogFields({ requestId: headers.requestId }, () => pass(options, { request, response, headers, at, route, seen }));
  } catch (error) {
    if (seen.requestId === '') seen.requestId = randomUUID();
    if (!response.headersSent) response.setHeader('x-request-id', seen.requestId);
    refuse(options.metrics, response, error, seen);
  }
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
    case 'proxy':
      return passStream(options, passage);
    case 'graphql':
      return passGraphQL(options, passage, sendBody);
  }

  function sendBody(): void {
    if (awaitingContinue.has(request)) response.writeContinue();
  }
}
