import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApolloServer } from '@apollo/server';
import { listen } from '@binnacle/http/admin-server';
import { createDraining } from '@binnacle/http/draining';
import type { TokenVerifier } from '@binnacle/internal-token/verify';
import { createGraphQLHandler } from './graphql/handler.ts';
import type { ConnectorContext } from './graphql/resolvers.ts';
import { createLegacyPaths } from './legacy/serve-legacy.ts';
import type { LegacyRoute } from './legacy/routes.ts';
import type { PublicPaths } from './pki/public-paths.ts';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly verifier: TokenVerifier;
  readonly apollo: ApolloServer<ConnectorContext>;
  /** What anybody may read or ask. */
  readonly publicPaths: PublicPaths;
  /** The older REST API, where it is served. */
  readonly legacy: readonly LegacyRoute[] | undefined;
  /** Told of every call without an identity. */
  readonly onUnauthenticated: (reason: string, requestId: string | undefined) => Promise<void>;
}

export interface RunningServer {
  readonly port: number;
  /** From now on answers ask callers to open a new connection. */
  startDraining(): void;
  /** Stops accepting and waits for open calls. */
  close(): Promise<void>;
}

const CALL_LIMIT_MS = 100_000;

/** Listens: GraphQL for identities that the Gateway vouches for, certificates and revocation lists for everybody. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const graphql = createGraphQLHandler({ ...options, callLimitMs: CALL_LIMIT_MS });
  const legacy = options.legacy && createLegacyPaths({ ...options, routes: options.legacy, callLimitMs: CALL_LIMIT_MS });
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (path === '/graphql') return graphql(request, response);
    if (options.publicPaths.serve(path, request, response) || legacy?.serve(path, request, response)) return;
    answerPlain(path, request, response);
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 120_000;
  server.keepAliveTimeout = 75_000;
  const draining = createDraining(server);
  await listen(server, options.port, options.host);
  return { port: (server.address() as AddressInfo).port, startDraining: draining.start, close: draining.close };
}

const WELCOME = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Connector</title>
<h1>Connector</h1><p>Operations are sent to <code>/graphql</code>, through the Gateway: it knows who you are.
Certificates and revocation lists are below <a href="/v1/pki">/v1/pki</a>.</p></html>`;

function answerPlain(path: string, request: IncomingMessage, response: ServerResponse): void {
  const [status, type, body]: readonly [number, string, string] =
    path === '/healthz' || path === '/livez'
      ? [200, 'text/plain; charset=utf-8', 'ok']
      : path === '/' && (request.method === 'GET' || request.method === 'HEAD')
        ? [200, 'text/html; charset=utf-8', WELCOME]
        : [404, 'application/json; charset=utf-8', NOT_FOUND];
  response.writeHead(status, { 'content-type': type }).end(request.method === 'HEAD' ? undefined : body);
}

const NOT_FOUND = JSON.stringify({
  errors: [{ message: 'there is nothing at this address: operations are sent to /graphql', extensions: { code: 'NOT_FOUND' } }],
  data: null,
});
