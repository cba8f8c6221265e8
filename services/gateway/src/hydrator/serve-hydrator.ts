import type { ServerResponse } from 'node:http';
import { readBody } from '@binnacle/http/read-body';
import { log } from '@binnacle/log/log';
import { type Authenticators, authenticate } from '../authentication/authenticate.ts';
import type { Passage } from '../passage.ts';
import { GatewayRefusal, notFound } from '../refusal.ts';
import { queryToken } from '../tokens/query-token.ts';
import type { OneTimeTokens } from '../tokens/one-time-token.ts';
import { EMPTY_ENVELOPE, type Envelope, envelopeText, parseEnvelope, withHeaders } from './envelope.ts';
import { mapTenant, type MapTenantOptions } from './map-tenant.ts';
import { resolveCertificate, type ResolveCertificateOptions } from './resolve-certificate.ts';

export interface HydratorOptions extends MapTenantOptions, ResolveCertificateOptions {
  readonly tokens: Pick<OneTimeTokens, 'spend'>;
  readonly authenticators: Authenticators;
  /** In which a proxy's word about its client stands. */
  readonly certificateDataHeader: string;
}

/** Answers an edge of another kind that asks who somebody is. */
export type ServeHydrator = (passage: Passage, sendBody: () => void) => Promise<void>;

const MAX_BYTES = 5_097_152;
const ROOT = '/hydrators';

/** The endpoints in which edges of the former kind resolve tokens and certificates and fill in tenants. Identities that cannot be told are no errors here. */
export function createHydrator(options: HydratorOptions): ServeHydrator {
  return async (passage, sendBody) => {
    const { request, at } = passage;
    await requireService(options.authenticators, passage);
    sendBody();
    const body = await readBody(request, MAX_BYTES);
    const path = at.path.slice(ROOT.length);
    if (path === '/v1/tokens/resolve') return resolveToken(options, passage, body);
    if (path === '/v1/certificate/data/resolve') return resolveCertificateData(options, passage, body);
    if (path === '/tenant-mapping') return mapTenantOf(options, passage, body);
    if (path.startsWith('/authn-mapping/')) return mapAuthenticator(passage, body);
    throw notFound();
  };

  async function resolveToken(hydrator: HydratorOptions, { response, headers, at, origin }: Passage, body: Buffer): Promise<void> {
    const given = decode(response, body);
    if (!given) return;
    const token = headers.connectorToken || (new URLSearchParams(at.query).get('token') ?? queryToken(at));
    if (!token) return answer(response, given);
    try {
      // What it is spent on is not known here: where that may have to be approved, it must be.
      const outcome = await hydrator.tokens.spend({ token, use: 'sign', address: origin.address, requestId: headers.requestId });
      answer(response, outcome.kind === 'burned' ? withHeaders(given, { 'Client-Id-From-Token': outcome.identity.authId }) : given);
    } catch (error) {
      if (error instanceof GatewayRefusal) throw error;
      log().error({ err: error }, 'a one-time token could not be spent');
      send(response, 500, JSON.stringify({ errors: [{ message: 'could not invalidate token' }] }));
    }
  }
}

/** The caller's own bearer token stands beside that of the service, so the service's has a header of its own. */
async function requireService(authenticators: Authenticators, { headers, route, host, origin, at, request }: Passage): Promise<void> {
  if (route.auth === 'anonymous') return;
  const [own] = headers.claimed('x-authorization');
  const call = { headers: own === undefined ? headers : { ...headers, authorization: own }, route, host, origin, at, socket: request.socket };
  await authenticate(authenticators, { ...call, headers: { ...call.headers, tenant: undefined } }, () => Promise.reject(new Error('services show tokens')));
}

async function resolveCertificateData(options: HydratorOptions, { request, response }: Passage, body: Buffer): Promise<void> {
  const given = decode(response, body);
  if (!given) return;
  const [data, ...more] = valuesOf(request.rawHeaders, options.certificateDataHeader);
  const resolved = data === undefined || more.length > 0 ? undefined : await resolveCertificate(options, data, given);
  answer(response, resolved ?? given);
}

/** The name is a setting; the allow-list of the public doors does not hold here. */
const valuesOf = (raw: readonly string[], name: string): readonly string[] =>
  raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name);

async function mapTenantOf(options: HydratorOptions, { request, response, headers }: Passage, body: Buffer): Promise<void> {
  if (request.method !== 'POST') return send(response, 400, `Bad request method. Got ${request.method ?? ''}, expected POST`, 'text/plain; charset=utf-8');
  let given: Envelope;
  try {
    given = parseEnvelope(body);
  } catch {
    return answer(response, EMPTY_ENVELOPE);
  }
  answer(response, (await mapTenant(options, given, headers.tenant || undefined)) ?? given);
}

/** Authenticators of installations' own are routes of other edges: none is configured here, and the answer says so. */
function mapAuthenticator({ request, response }: Passage, body: Buffer): void {
  if (request.method !== 'POST') return send(response, 200, `Bad request method. Got ${request.method ?? ''}, expected POST`, 'text/plain; charset=utf-8');
  try {
    const given = parseEnvelope(body);
    answer(response, { ...given, extra: { ...given.extra, error: { message: 'Missing authenticator' } } });
  } catch {
    send(response, 200, 'Unable to parse request data', 'text/plain; charset=utf-8');
  }
}

function decode(response: ServerResponse, body: Buffer): Envelope | undefined {
  try {
    return parseEnvelope(body);
  } catch {
    send(response, 400, JSON.stringify({ errors: [{ message: 'failed to decode the request: it is no envelope of subject, extra and header' }] }));
    return undefined;
  }
}

const answer = (response: ServerResponse, envelope: Envelope): void => send(response, 200, envelopeText(envelope));

function send(response: ServerResponse, status: number, body: string, type = 'application/json; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store' }).end(body);
}
