import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { ApolloServer } from '@apollo/server';
import { DomainError } from '@binnacle/errors/domain-error';
import type { Envelope } from '@binnacle/graphql/envelope';
import { answerError } from '@binnacle/graphql/format-error';
import { readEnvelope } from '@binnacle/graphql/graphql-request';
import { refusalOf as refusalOfReading } from '@binnacle/graphql/http-refusal';
import type { ScannedDocument } from '@binnacle/graphql/scan-document';
import { BodyTooLarge } from '@binnacle/http/read-body';
import type { Caller } from '@binnacle/internal-token/caller';
import { InternalTokenError, type TokenVerifier } from '@binnacle/internal-token/verify';
import { isDebugging, log, withLogFields } from '@binnacle/log/log';
import type { GraphQLSchema } from 'graphql';
import { RegistryUnavailable } from '@binnacle/registry/registry-error';
import type { Histogram } from '@binnacle/http/admin-server';
import type { StandardContext } from './apollo.ts';
import { MutationByGet, type OperationRequest, runOperation } from './operations.ts';
import { createPreparedDocuments, DocumentRefused, type PreparedDocuments } from './prepared-documents.ts';
import type { DirectorServices } from './services.ts';
import { hintsOf } from './request-hints.ts';
import { mayHaveOldNames, withCurrentNames } from '../legacy-names/current-names.ts';
import type { StatusFlip } from './status-flip.ts';

export interface HandlerOptions {
  readonly services: DirectorServices;
  readonly verifier: TokenVerifier;
  readonly apollo: ApolloServer<StandardContext>;
  readonly flipStatus: StatusFlip;
  readonly seconds: Histogram<'operation' | 'outcome'>;
}

/** What the service takes of a request body; the Gateway's own limit is wider. */
export const MAX_BODY_BYTES = 2_097_152;

/** Characters of an answer that is worked on in several turns of the event loop. */
const LARGE_ANSWER = 1_048_576;

const JSON_TYPE = 'application/json; charset=utf-8';

/** A refusal with its HTTP status. */
interface Refusal {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** POST and GET /graphql: token, tenant claim, envelope, limits, document, then the operation. */
export function createGraphQLHandler(options: HandlerOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const documents = createPreparedDocuments(options.services.schema);
  return (request, response) => {
    const requestId = String(request.headers['x-request-id'] ?? '');
    withLogFields({ requestId }, () => {
      handle(options, documents, request, response).catch((error: unknown) => {
        const { status, body, headers } = refusalOf(error);
        if (!response.headersSent) send(response, status, JSON.stringify(body), headers);
      });
    });
  };
}

async function handle(options: HandlerOptions, documents: PreparedDocuments, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const started = performance.now();
  const caller = await authenticate(options.verifier, request);
  const envelope = await readEnvelope(request, MAX_BODY_BYTES);
  const { scanned, variables, sent } = scanWithCurrentNames(options.services.schema, documents, envelope);
  const operation: OperationRequest = {
    scanned,
    operationName: envelope.operationName,
    variables,
    caller,
    hints: hintsOf(request.headers),
    mayChange: request.method !== 'GET',
    requestId: String(request.headers['x-request-id'] ?? ''),
  };
  await options.flipStatus(caller, sent.key);
  const result = await runOperation(options.services, documents, operation);
  const text = result.kind === 'text' ? result.text : await standardAnswer(options, scanned.text, { ...envelope, variables }, caller);
  const kind = result.kind === 'text' ? result.operation : 'standard';
  options.seconds.observe({ operation: kind, outcome: text.startsWith('{"errors"') ? 'errors' : 'data' }, (performance.now() - started) / 1000);
  // What is large was just read from the database in one piece; sending it is work of the same size, and others wait.
  if (text.length > LARGE_ANSWER) await setImmediate();
  send(response, 200, text);
  if (isDebugging()) log().debug({ operation: kind, tenant: caller.tenant }, 'operation finished');
}

/** The tokens of the document as it was sent decide about limits; then old names become current ones. */
function scanWithCurrentNames(
  schema: GraphQLSchema,
  documents: PreparedDocuments,
  { query, variables }: Envelope,
): Pick<OperationRequest, 'scanned' | 'variables'> & { readonly sent: ScannedDocument } {
  const sent = documents.scan(query);
  if (!mayHaveOldNames(sent.key)) return { scanned: sent, sent, variables };
  const current = withCurrentNames(schema, { text: sent.text, variables });
  return { scanned: current.text === sent.text ? sent : documents.scan(current.text), sent, variables: current.variables };
}

async function authenticate(verifier: TokenVerifier, request: IncomingMessage): Promise<Caller> {
  const header = request.headers.authorization;
  if (!header?.startsWith('Bearer ')) throw new DomainRefusal(400, new DomainError('Unauthorized', { reason: 'invalid bearer token' }));
  const caller = await verifier.verify(header.slice(7)).catch((error: unknown) => {
    throw error instanceof InternalTokenError ? new DomainRefusal(401, new DomainError('Unauthorized', { reason: error.fault })) : error;
  });
  if (caller.tenant === undefined && caller.externalTenant !== undefined)
    throw new DomainRefusal(400, new DomainError('TenantNotFound', { externalTenant: caller.externalTenant }));
  return caller;
}

/** Introspection, and documents of which a nested field must fail: graphql-js through Apollo Server. */
async function standardAnswer({ apollo }: HandlerOptions, query: string, { variables, operationName }: Envelope, caller: Caller): Promise<string> {
  const contextValue: StandardContext = { caller, roots: new Map(), away: [] };
  const { body } = await apollo.executeOperation({ query, variables: { ...variables }, ...(operationName ? { operationName } : {}) }, { contextValue });
  const [away] = contextValue.away;
  if (away) throw away;
  if (body.kind !== 'single') throw new Error('an answer in several parts was not asked for');
  const { errors, data } = body.singleResult;
  return JSON.stringify({ ...(errors ? { errors } : {}), data: data ?? null });
}

/** A refusal in the words of the domain, with the HTTP status that goes with it here. */
class DomainRefusal extends Error {
  override readonly name = 'DomainRefusal';
  readonly status: number;
  readonly body: object;
  constructor(status: number, reason: DomainError) {
    super(reason.message);
    this.status = status;
    this.body = { errors: [answerError(reason)], data: null };
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof DomainRefusal) return error;
  // The connection stays usable: what is left of the body is read and thrown away.
  if (error instanceof BodyTooLarge) return coded(413, `Payload Too Large: the limit is ${MAX_BODY_BYTES} bytes`, 'PAYLOAD_TOO_LARGE');
  const unread = refusalOfReading(error, MAX_BODY_BYTES);
  if (unread) return unread;
  if (error instanceof DocumentRefused)
    return {
      status: 422,
      body: {
        errors: error.errors.map(({ message, locations }) => ({ message, ...(locations ? { locations } : {}), extensions: { code: error.code } })),
        data: null,
      },
    };
  if (error instanceof MutationByGet) return { ...coded(405, 'GET requests only allow query operations', 'METHOD_NOT_ALLOWED'), headers: { allow: 'POST' } };
  if (error instanceof RegistryUnavailable) {
    log().warn({ err: error }, 'registry is away');
    const outcome = error.outcome === 'unknown' ? { outcome: 'unknown' } : {};
    return {
      status: 503,
      body: {
        errors: [{ message: 'The registry is not available: try again', extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true, ...outcome } }],
        data: null,
      },
      headers: { 'retry-after': '1' },
    };
  }
  return { status: 500, body: { errors: [answerError(error)], data: null } };
}

function coded(status: number, message: string, code: string): Refusal {
  return { status, body: { errors: [{ message, extensions: { code } }], data: null } };
}

function send(response: ServerResponse, status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(text), 'cache-control': 'no-store', ...headers });
  response.end(text);
}
