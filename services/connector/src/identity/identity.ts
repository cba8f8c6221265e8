import type { Caller, CallerCertificate } from '@binnacle/internal-token/caller';
import { ConnectorError } from '../connector-error.ts';

/** Who proved itself with a one-time token, spent before the call came here. */
export interface TokenIdentity {
  readonly kind: 'token';
  readonly authId: string;
  readonly tokenId: string | undefined;
}

/** Who came over mutual TLS with a certificate of ours. */
export interface CertificateIdentity {
  readonly kind: 'certificate';
  readonly authId: string;
  readonly certificate: CallerCertificate;
}

export type Identity = TokenIdentity | CertificateIdentity;

const NO_TOKEN = 'Failed to authenticate with one time token.';
const NO_CERTIFICATE = 'Failed to authenticate with Certificate. Invalid subject.';
const NEITHER = `Token authentication error: ${NO_TOKEN}. Certificate authentication error: ${NO_CERTIFICATE}`;

/**
 * The identity of a caller who holds a one-time token or a certificate; the Gateway's word alone counts, headers do not.
 * @throws ConnectorError UNAUTHENTICATED for everybody else (people, OAuth clients)
 */
export function identityOf(caller: Caller): Identity {
  const identity = findIdentity(caller);
  if (!identity) throw new ConnectorError('UNAUTHENTICATED', `Failed to authenticate request. ${NEITHER}`);
  return identity;
}

/** @throws ConnectorError UNAUTHENTICATED for everybody who came without a certificate of ours */
export function certificateIdentityOf(caller: Caller): CertificateIdentity {
  const identity = findIdentity(caller);
  if (identity?.kind !== 'certificate') throw new ConnectorError('UNAUTHENTICATED', `Failed to authenticate with certificate: ${NO_CERTIFICATE}`);
  return identity;
}

function findIdentity({ flow, systemAuthId, oneTimeTokenId, certificate }: Caller): Identity | undefined {
  if (systemAuthId === undefined) return undefined;
  if (flow === 'OneTimeToken') return { kind: 'token', authId: systemAuthId, tokenId: oneTimeTokenId };
  return flow === 'Certificate' && certificate ? { kind: 'certificate', authId: systemAuthId, certificate } : undefined;
}
