import type { IncomingMessage } from 'node:http';
import { readBody } from '@binnacle/http/read-body';
import { type Envelope, envelopeOf, parseEnvelope } from './envelope.ts';
import { HttpRefusal } from './http-refusal.ts';
import { type ScannedDocument, scanDocument } from './scan-document.ts';

/** A GraphQL request that may be run: which operation is meant is known, and that its method fits. */
export interface GraphQLRequest {
  readonly scanned: ScannedDocument;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
}

/**
 * Reads a request of GraphQL over HTTP: POST with JSON, GET for queries.
 * @throws HttpRefusal, EnvelopeError, DocumentLimitError, BodyTooLarge: see `refusalOf`
 */
export async function readGraphQLRequest(request: IncomingMessage, maxBodyBytes: number): Promise<GraphQLRequest> {
  const envelope = await readEnvelope(request, maxBodyBytes);
  const scanned = scanDocument(envelope.query);
  const { operationName } = envelope;
  const meant = operationName === undefined ? scanned.operations : scanned.operations.filter(({ name }) => name === operationName);
  // Without any operation the parser or the validation says what is wrong.
  if (scanned.operations.length > 0 && meant.length !== 1)
    throw new HttpRefusal(422, `operation ${operationName ?? ''} not found`, 'GRAPHQL_VALIDATION_FAILED');
  if (request.method === 'GET' && meant.some(({ kind }) => kind !== 'query'))
    throw new HttpRefusal(405, 'GET requests only allow query operations', 'METHOD_NOT_ALLOWED', { allow: 'POST' });
  return { scanned, variables: envelope.variables, operationName };
}

/** Reads what was asked for, whatever the document is. @throws HttpRefusal, EnvelopeError, BodyTooLarge */
export async function readEnvelope(request: IncomingMessage, maxBodyBytes: number): Promise<Envelope> {
  if (request.method === 'GET') return envelopeFromQuery(new URL(request.url ?? '/', 'http://localhost').searchParams);
  if (request.method !== 'POST') throw new HttpRefusal(405, 'only GET and POST are served here', 'METHOD_NOT_ALLOWED', { allow: 'GET, POST' });
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(String(request.headers['content-type'] ?? '').slice(0, 200)))
    throw new HttpRefusal(400, 'transport not supported: send application/json', 'BAD_REQUEST');
  return parseEnvelope(await readBody(request, maxBodyBytes));
}

function envelopeFromQuery(params: URLSearchParams): Envelope {
  const variables = params.get('variables');
  let parsed: unknown;
  try {
    parsed = variables ? JSON.parse(variables) : undefined;
  } catch {
    throw new HttpRefusal(400, 'variables could not be decoded: they are not JSON', 'BAD_REQUEST');
  }
  return envelopeOf({ query: params.get('query'), variables: parsed, operationName: params.get('operationName') });
}
