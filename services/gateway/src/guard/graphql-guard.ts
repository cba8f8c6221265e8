import type { IncomingMessage } from 'node:http';
import { DocumentLimitError } from '@binnacle/graphql/document-limit-error';
import { type Envelope, EnvelopeError, envelopeOf, parseEnvelope } from '@binnacle/graphql/envelope';
import { scanDocument } from '@binnacle/graphql/scan-document';
import { BodyTooLarge, readBody } from '@binnacle/http/read-body';
import { GatewayRefusal } from '../refusal.ts';
import type { AllowedHeaders } from '../routing/headers.ts';

/** What of a GraphQL request goes on. */
export interface GuardedRequest {
  /** The envelope written anew, so that nobody behind can read it in another way. */
  readonly body: string;
  readonly kind: 'query' | 'mutation' | 'subscription';
}

type BodyHeaders = Pick<AllowedHeaders, 'contentType' | 'contentEncoding'>;

/** Bytes of a body after decompression. */
export const MAX_BODY_BYTES = 5_097_152;

const JSON_TYPE = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;

/**
 * Reads a GraphQL request to its limit and checks what can be checked before it is parsed.
 * @throws GatewayRefusal
 */
export async function guardRequest(request: IncomingMessage, headers: BodyHeaders, query: string): Promise<GuardedRequest> {
  const envelope = await envelopeFrom(request, headers, query);
  const kind = kindOf(envelope);
  if (request.method === 'GET' && kind !== 'query')
    throw new GatewayRefusal(405, 'METHOD_NOT_ALLOWED', 'GET requests only allow query operations', { headers: { allow: 'POST' } });
  const { query: text, variables, operationName } = envelope;
  return {
    kind,
    body: JSON.stringify({ query: text, ...(Object.keys(variables).length > 0 ? { variables } : {}), ...(operationName ? { operationName } : {}) }),
  };
}

async function envelopeFrom(request: IncomingMessage, { contentType, contentEncoding }: BodyHeaders, query: string): Promise<Envelope> {
  try {
    if (request.method === 'GET') return fromQuery(new URLSearchParams(query));
    if (!JSON_TYPE.test((contentType ?? '').slice(0, 200)))
      throw new GatewayRefusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'send the operation as application/json in UTF-8');
    if (contentEncoding !== undefined) throw new GatewayRefusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'compressed requests are not accepted');
    return parseEnvelope(await readBody(request, MAX_BODY_BYTES));
  } catch (error) {
    if (error instanceof EnvelopeError) throw new GatewayRefusal(error.status, error.code, error.message);
    if (error instanceof BodyTooLarge) throw new GatewayRefusal(413, 'PAYLOAD_TOO_LARGE', 'Payload Too Large', { headers: { connection: 'close' } });
    throw error;
  }
}

function fromQuery(params: URLSearchParams): Envelope {
  const variables = params.get('variables');
  let parsed: unknown;
  try {
    parsed = variables ? JSON.parse(variables) : undefined;
  } catch {
    throw new GatewayRefusal(400, 'BAD_REQUEST', 'variables could not be decoded: they are not JSON');
  }
  return envelopeOf({ query: params.get('query'), variables: parsed, operationName: params.get('operationName') });
}

/** The kind of the operation that will run, read from the document's tokens. */
function kindOf({ query, operationName }: Envelope): GuardedRequest['kind'] {
  try {
    const { operations } = scanDocument(query);
    const [first] = operations;
    const chosen = operationName === undefined ? first : operations.find(({ name }) => name === operationName);
    // None, or one that is not there: the service refuses it; meanwhile it counts as what must not be repeated.
    return chosen?.kind ?? 'mutation';
  } catch (error) {
    if (error instanceof DocumentLimitError) throw new GatewayRefusal(400, error.code, error.message);
    throw error;
  }
}
