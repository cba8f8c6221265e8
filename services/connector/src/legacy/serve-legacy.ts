import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerError } from '@binnacle/graphql/format-error';
import { HttpRefusal } from '@binnacle/graphql/http-refusal';
import { BodyTooLarge, readBody } from '@binnacle/http/read-body';
import type { TokenVerifier } from '@binnacle/internal-token/verify';
import { log, withLogFields } from '@binnacle/log/log';
import { RegistryUnavailable } from '@binnacle/registry/registry-error';
import { ConnectorError } from '../connector-error.ts';
import { authenticate } from '../identity/authenticate.ts';
import { LegacyRefusal, notAccepted } from './refusal.ts';
import { refusalOfConnector } from './refusal-of-connector.ts';
import type { LegacyAnswer, LegacyRoute } from './routes.ts';

export interface ServeOptions {
  readonly routes: readonly LegacyRoute[];
  readonly verifier: TokenVerifier;
  readonly onUnauthenticated: (reason: string, requestId: string | undefined) => Promise<void>;
  /** A call that takes longer is answered with 503; what it does goes on. */
  readonly callLimitMs: number;
}

export interface LegacyPaths {
  /** Answers when the path is one that legacy clients may mean. */
  serve(path: string, request: IncomingMessage, response: ServerResponse): boolean;
}

const MAX_BODY_BYTES = 2_097_152;
/** `/v1/…` and `/<application>/v1/…`: what the doors of this API let through. */
const LEGACY = /^\/(?:[^/]+\/)?v1(?:\/|$)/;

/** The REST API of older application connectors: its paths, statuses and texts. */
export function createLegacyPaths(options: ServeOptions): LegacyPaths {
  return {
    serve(path, request, response) {
      if (!LEGACY.test(path)) return false;
      withLogFields({ requestId: textOf(request, 'x-request-id') ?? '' }, () => {
        const limit = setTimeout(() => send(response, refused(new LegacyRefusal(503, 'operation has timed out'))), options.callLimitMs);
        answer(options, path, request)
          .then((found) => send(response, found))
          .catch((error: unknown) => send(response, refusedFor(error)))
          .finally(() => clearTimeout(limit));
      });
      return true;
    },
  };
}

interface Outcome extends LegacyAnswer {
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function answer(options: ServeOptions, path: string, request: IncomingMessage): Promise<Outcome> {
  const method = request.method ?? '';
  if (path === '/v1/health') return method === 'GET' ? { status: 200 } : notAllowed(['GET']);
  const found = options.routes.map((route) => ({ route, match: route.path.exec(path) })).find(({ match }) => match);
  if (!found) return { status: 404, text: '404 page not found\n' };
  const { methods } = found.route;
  const run = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!run) return notAllowed(Object.keys(methods));
  const requestId = textOf(request, 'x-request-id');
  const caller = await authenticate(options.verifier, request).catch(async (error: unknown) => {
    if (!(error instanceof HttpRefusal)) throw error;
    await options.onUnauthenticated(error.message, requestId);
    throw notAccepted(error);
  });
  const call = { caller, requestId, idempotencyKey: textOf(request, 'idempotency-key') };
  return run(call, async () => (await readBody(request, MAX_BODY_BYTES)).toString('utf8'), found.match?.slice(1) ?? []);
}

const notAllowed = (methods: readonly string[]): Outcome => ({ status: 405, headers: { allow: methods.join(', ') } });

function textOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

function refusedFor(error: unknown): Outcome {
  if (error instanceof LegacyRefusal) return refused(error);
  if (error instanceof ConnectorError) return refused(refusalOfConnector(error));
  if (error instanceof BodyTooLarge) return refused(new LegacyRefusal(413, 'Payload Too Large', { headers: { connection: 'close' } }));
  if (error instanceof RegistryUnavailable) {
    log().warn({ err: error }, 'registry is away');
    return refused(new LegacyRefusal(503, 'The registry is not available: try again', { headers: { 'retry-after': '1' } }));
  }
  return refused(new LegacyRefusal(500, answerError(error).message));
}

const refused = ({ status, message, headers }: LegacyRefusal): Outcome => ({ status, json: JSON.stringify({ code: status, error: message }), headers });

function send(response: ServerResponse, { status, json, text, headers }: Outcome): void {
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(json ?? text ?? '');
  const type = text === undefined ? 'application/json;charset=UTF-8' : 'text/plain; charset=utf-8';
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 204 ? {} : { 'content-length': body.length }),
    ...headers,
  });
  response.end(body);
}
