import type { IncomingMessage } from 'node:http';
import { type Envelope, EnvelopeError, envelopeOf, findDuplicateMember, parseEnvelope } from '@binnacle/graphql/envelope';
import { scanDocument } from '@binnacle/graphql/scan-document';
import { syntaxFault } from '@binnacle/graphql/syntax-fault';
import { BodyTooLarge, readBody } from '@binnacle/http/read-body';
import { GatewayRefusal } from '../refusal.ts';
import type { AllowedHeaders } from '../routing/headers.ts';

/** What of a GraphQL request goes on. */
export interface GuardedRequest {
  /** The envelope written anew, so that nobody behind can read it in another way. */
  readonly body: string | Buffer;
  readonly kind: 'query' | 'mutation' | 'subscription';
  /** What the service behind would say to a text that cannot be read or holds no such operation: for those who must not spend anything on it. */
  readonly fault?: () => GatewayRefusal | undefined;
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
  if (request.method === 'GET') checkKindOfGet(envelope, kind);
  const { query: text, variables, operationName } = envelope;
  return {
    // One that was not found is refused behind us; meanwhile it counts as what must not be repeated.
    kind: kind ?? 'mutation',
    body: JSON.stringify({ query: text, ...(Object.keys(variables).length > 0 ? { variables } : {}), ...(operationName ? { operationName } : {}) }),
    fault: () => faultOf(envelope, kind !== undefined),
  };
}

/** What a GET asks goes on as a POST, so it must be known for certain that it changes nothing. */
function checkKindOfGet({ query, operationName }: Envelope, kind: GuardedRequest['kind'] | undefined): void {
  if (kind === 'query') return;
  if (kind !== undefined) throw new GatewayRefusal(405, 'METHOD_NOT_ALLOWED', 'GET requests only allow query operations', { headers: { allow: 'POST' } });
  const fault = faultOf({ query, operationName }, false);
  if (fault) throw fault;
}

/** Existing clients send empty argument lists, which are no fault here. */
function faultOf({ query, operationName = '' }: Pick<Envelope, 'query' | 'operationName'>, isFound: boolean): GatewayRefusal | undefined {
  const fault = syntaxFault(scanDocument(query).text);
  if (fault !== undefined) return new GatewayRefusal(422, 'GRAPHQL_PARSE_FAILED', fault);
  return isFound ? undefined : new GatewayRefusal(422, 'GRAPHQL_VALIDATION_FAILED', `operation ${operationName} not found`);
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
    if (error instanceof BodyTooLarge) throw new GatewayRefusal(413, 'PAYLOAD_TOO_LARGE', 'Payload Too Large');
    throw error;
  }
}

const PARAMETERS = ['query', 'variables', 'operationName', 'extensions'];

function fromQuery(params: URLSearchParams): Envelope {
  const twice = PARAMETERS.find((name) => params.getAll(name).length > 1);
  if (twice !== undefined) throw new GatewayRefusal(400, 'BAD_REQUEST', `the parameter "${twice}" stands in the address twice`);
  const [query, operationName] = [params.get('query'), params.get('operationName')];
  return envelopeOf({ query, operationName, variables: parameter(params, 'variables'), extensions: parameter(params, 'extensions') });
}

function parameter(params: URLSearchParams, name: 'variables' | 'extensions'): unknown {
  const text = params.get(name);
  if (!text) return undefined;
  findDuplicateMember(text);
  try {
    return JSON.parse(text);
  } catch {
    throw new GatewayRefusal(400, 'BAD_REQUEST', `${name} could not be decoded: they are not JSON`);
  }
}

/** The kind of the operation that will run, read from the document's tokens; undefined when there is none of that name. */
function kindOf({ query, operationName }: Envelope): GuardedRequest['kind'] | undefined {
  const { operations } = scanDocument(query);
  return (operationName === undefined ? operations[0] : operations.find(({ name }) => name === operationName))?.kind;
}
