import type { IncomingMessage } from 'node:http';
import { BodyTooLarge, readBody } from '@binnacle/http/read-body';
import { answerOcsp, decodeOcspPath, type OcspStatus } from '@binnacle/pki/ocsp';
import { MAX_OCSP_REQUEST_BYTES } from '@binnacle/pki/ocsp-request';
import type { Certificate } from '@binnacle/pki/read-certificate';
import { revocationListPem } from '@binnacle/pki/revocation-list';
import { octetsOfSerial } from '@binnacle/pki/serial-number';
import type { Registry } from '@binnacle/registry/registry';
import type { Authorities } from '../issuers/authorities.ts';
import { jsonAnswer, notFound, type PublicAnswer, type PublicRoute } from '../pki/public-paths.ts';
import { createOcspResponders } from './ocsp-responders.ts';
import { findSerial, type ListRecord } from './repository.ts';
import type { RevocationLists } from './revocation-lists.ts';

export interface RevocationRouteOptions {
  readonly registry: Registry;
  readonly authorities: Authorities;
  readonly lists: RevocationLists;
  readonly now: () => Date;
}

/** A list is good for hours; who caches it for longer than this learns of a revocation late. */
const LIST_MAX_AGE_SECONDS = 60;
const OCSP_VALIDITY_SECONDS = 600;

/** Revocation lists and the OCSP responder (RFC 5280, RFC 6960). */
export function revocationRoutes(options: RevocationRouteOptions): readonly PublicRoute[] {
  const { lists } = options;
  const responders = createOcspResponders();
  const list = (path: RegExp, kind: 'full' | 'delta', form: 'der' | 'pem'): PublicRoute => ({
    method: 'GET',
    path,
    answer: (id) => Promise.resolve(listAnswer(lists.find(id)?.[kind], form, options.now())),
  });
  const ocsp = async (body: Uint8Array | undefined): Promise<PublicAnswer> => {
    const answer = await answerOcsp(body ?? Buffer.alloc(0), {
      responders: await responders(options.authorities.trusted(), options.now()),
      statusOf: (issuer, serial) => statusOf(options, issuer, serial),
      now: options.now(),
      validitySeconds: OCSP_VALIDITY_SECONDS,
    });
    // Whatever came, an OCSP client reads the status inside (RFC 6960, A.2).
    const body200 = { status: 200, type: 'application/ocsp-response', body: answer.der };
    return answer.validUntil === undefined ? body200 : { ...body200, maxAgeSeconds: LIST_MAX_AGE_SECONDS };
  };
  return [
    list(/^\/v1\/pki\/crl\/([0-9a-f-]{36})\.der$/, 'full', 'der'),
    list(/^\/v1\/pki\/crl\/([0-9a-f-]{36})\.pem$/, 'full', 'pem'),
    list(/^\/v1\/pki\/crl\/([0-9a-f-]{36})\.delta\.der$/, 'delta', 'der'),
    list(/^\/v1\/pki\/crl\/([0-9a-f-]{36})\.delta\.pem$/, 'delta', 'pem'),
    { method: 'POST', path: /^\/v1\/pki\/ocsp\/?$/, answer: async (_, request) => withBody(request, ocsp) },
    { method: 'GET', path: /^\/v1\/pki\/ocsp\/(.+)$/, answer: (segment) => ocsp(decodedSegment(segment)) },
  ];
}

async function withBody(request: IncomingMessage, answer: (body: Uint8Array) => Promise<PublicAnswer>): Promise<PublicAnswer> {
  try {
    return await answer(await readBody(request, MAX_OCSP_REQUEST_BYTES));
  } catch (error) {
    if (error instanceof BodyTooLarge)
      return jsonAnswer(413, { error: { code: 'PAYLOAD_TOO_LARGE', message: `Payload Too Large: the limit is ${MAX_OCSP_REQUEST_BYTES} bytes` } });
    throw error;
  }
}

function decodedSegment(segment: string): Uint8Array | undefined {
  try {
    return decodeOcspPath(decodeURIComponent(segment));
  } catch {
    return undefined;
  }
}

async function statusOf({ registry, authorities }: RevocationRouteOptions, issuer: Certificate, serial: string): Promise<OcspStatus> {
  const found = authorities.trusted().find(({ certificate }) => certificate.sha256 === issuer.sha256);
  if (!found) return { kind: 'unknown' };
  // An authority's own certificates are on record as issuers.
  if (authorities.trusted().some(({ record, certificate }) => record.parentId === found.record.id && certificate.serial === serial)) return { kind: 'good' };
  const known = await findSerial(registry, found.record.id, octetsOfSerial(serial).toString('hex'));
  if (!known) return { kind: 'unknown' };
  return known.revokedAt === undefined ? { kind: 'good' } : { kind: 'revoked', at: known.revokedAt, ...(known.reason ? { reason: known.reason } : {}) };
}

function listAnswer(list: ListRecord | undefined, form: 'der' | 'pem', now: Date): PublicAnswer {
  if (!list) return notFound('revocation list');
  const [type, body] = form === 'pem' ? ['application/x-pem-file', revocationListPem(list.der)] : ['application/pkix-crl', list.der];
  const secondsLeft = Math.max(0, Math.floor((list.nextUpdate.getTime() - now.getTime()) / 1_000));
  const headers = { 'last-modified': list.thisUpdate.toUTCString(), expires: list.nextUpdate.toUTCString() };
  return { status: 200, type, body, maxAgeSeconds: Math.min(LIST_MAX_AGE_SECONDS, secondsLeft), headers };
}
