import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApolloServer } from '@apollo/server';
import { readGraphQLRequest } from '@binnacle/graphql/graphql-request';
import { HttpRefusal, refusalOf } from '@binnacle/graphql/http-refusal';
import { answerError } from '@binnacle/graphql/format-error';
import type { TokenVerifier } from '@binnacle/internal-token/verify';
import { log, withLogFields } from '@binnacle/log/log';
import { RegistryUnavailable } from '@binnacle/registry/registry-error';
import type { GraphQLFormattedError } from 'graphql';
import { authenticate } from '../identity/authenticate.ts';
import type { ConnectorContext } from './resolvers.ts';

export interface HandlerOptions {
  readonly verifier: TokenVerifier;
  readonly apollo: ApolloServer<ConnectorContext>;
  /** A call that takes longer is answered with 503; what it does goes on. */
  readonly callLimitMs: number;
  /** Told of every call without an identity. */
  readonly onUnauthenticated: (reason: string, requestId: string | undefined) => Promise<void>;
}

/** What the service takes of a request body. */
const MAX_BODY_BYTES = 2_097_152;

/** POST and GET /graphql: token, envelope, limits, document, then the operation. */
export function createGraphQLHandler(options: HandlerOptions): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    withLogFields({ requestId: String(request.headers['x-request-id'] ?? '') }, () => {
      const limit = setTimeout(() => send(response, 503, { Message: 'operation has timed out' }), options.callLimitMs);
      handle(options, request, response)
        .catch((error: unknown) => answerRefusal(options, request, response, error))
        .finally(() => clearTimeout(limit));
    });
  };
}

async function handle({ verifier, apollo }: HandlerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const caller = await authenticate(verifier, request);
  const { scanned, variables, operationName } = await readGraphQLRequest(request, MAX_BODY_BYTES);
  const { body } = await apollo.executeOperation(
    { query: scanned.text, variables: { ...variables }, ...(operationName === undefined ? {} : { operationName }) },
    { contextValue: { caller, idempotencyKey: textOf(request, 'idempotency-key'), requestId: textOf(request, 'x-request-id') } },
  );
  if (body.kind !== 'single') throw new Error('an answer in several parts was not asked for');
  const { errors, data } = body.singleResult;
  send(response, statusOf(errors), { ...(errors ? { errors } : {}), data: data ?? null });
}

function textOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const STATUS_BY_CODE: Readonly<Record<string, number>> = { GRAPHQL_PARSE_FAILED: 422, GRAPHQL_VALIDATION_FAILED: 422, SERVICE_UNAVAILABLE: 503 };

/** A document that cannot be run is 422; what an operation refuses is 200, as clients of this API expect. */
function statusOf(errors: readonly GraphQLFormattedError[] | undefined): number {
  return Math.max(200, ...(errors ?? []).map(({ extensions }) => STATUS_BY_CODE[String(extensions?.['code'])] ?? 200));
}

async function answerRefusal({ onUnauthenticated }: HandlerOptions, request: IncomingMessage, response: ServerResponse, error: unknown): Promise<void> {
  const refusal = refusalOf(error, MAX_BODY_BYTES) ?? awayOf(error);
  if (refusal?.status === 401) {
    await onUnauthenticated(refusal.message, textOf(request, 'x-request-id')).catch((reason: unknown) => {
      log().error({ err: reason }, 'the refusal of a call could not be audited');
    });
  }
  if (refusal) send(response, refusal.status, refusal.body, refusal.headers);
  else send(response, 500, { errors: [answerError(error)], data: null });
}

function awayOf(error: unknown): HttpRefusal | undefined {
  if (!(error instanceof RegistryUnavailable)) return undefined;
  log().warn({ err: error }, 'registry is away');
  return new HttpRefusal(503, 'The registry is not available: try again', 'SERVICE_UNAVAILABLE', { 'retry-after': '1' });
}

function send(response: ServerResponse, status: number, body: object, headers: Readonly<Record<string, string>> = {}): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': bytes.length, 'cache-control': 'no-store', ...headers });
  response.end(bytes);
}
