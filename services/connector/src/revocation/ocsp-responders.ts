import { type Authority, makeOcspResponder } from '@binnacle/pki/certificate-authority';
import type { OcspResponder } from '@binnacle/pki/ocsp';
import type { OpenedIssuer } from '../issuers/authorities.ts';

/** A responder's certificate lives a day, and is made anew after half of it. */
const LIFE_SECONDS = 86_400;
const RENEW_AFTER_MS = LIFE_SECONDS * 500;

/**
 * Responders for issuers whose keys are here. Each process makes its own, with a key that never leaves its memory: the keys of the
 * issuers answer nobody.
 */
export function createOcspResponders(): (issuers: readonly OpenedIssuer[], now: Date) => Promise<readonly OcspResponder[]> {
  const made = new Map<string, { readonly responder: Promise<OcspResponder>; readonly at: number }>();
  return (issuers, now) => {
    const answering = issuers.flatMap(({ record, certificate, authority }) => (authority ? [{ id: record.id, certificate, authority }] : []));
    return Promise.all(
      answering.map(({ id, authority }) => {
        const known = made.get(id);
        if (known && now.getTime() - known.at < RENEW_AFTER_MS) return known.responder;
        const responder = makeResponder(id, authority, now);
        made.set(id, { responder, at: now.getTime() });
        responder.catch(() => made.delete(id));
        return responder;
      }),
    );
  };
}

async function makeResponder(id: string, authority: Authority, now: Date): Promise<OcspResponder> {
  const subject = [[{ type: 'CN', value: `Binnacle OCSP ${id.slice(-12)}` }]];
  const signer = await makeOcspResponder(authority, { subject, kind: 'p256', validitySeconds: LIFE_SECONDS }, now);
  return { issuer: authority.certificate, signer };
}
