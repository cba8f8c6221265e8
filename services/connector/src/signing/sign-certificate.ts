import type { CertificateRequest } from '@binnacle/pki/certificate-request';
import { CertificateRefused } from '@binnacle/pki/certificate-refused';
import { acceptCertificateRequest } from '@binnacle/pki/request-policy';
import { readCertificate } from '@binnacle/pki/read-certificate';
import type { SubjectSettings } from '@binnacle/pki/subject';
import type { Registry } from '@binnacle/registry/registry';
import type { GlobalWork } from '@binnacle/registry/work';
import { noteTokenResult } from '@binnacle/trust/burn-token';
import { findCertificate } from '@binnacle/trust/certificates';
import { findIdentity, type Identity as SystemAuth } from '@binnacle/trust/system-auths';
import type { Audit } from '../audit.ts';
import { ConnectorError } from '../connector-error.ts';
import type { ConnectorContext } from '../graphql/resolvers.ts';
import { type CertificateIdentity, type Identity, identityOf, type TokenIdentity } from '../identity/identity.ts';
import type { Authorities } from '../issuers/authorities.ts';
import { type CertificationResult, certificationResult } from './certification-result.ts';
import type { IssueCertificate } from './issue-certificate.ts';
import { lockCertificate, lockToken } from './repository.ts';
import type { SigningRate } from './signing-rate.ts';

export interface SignOptions {
  readonly registry: Registry;
  readonly authorities: Authorities;
  readonly issue: IssueCertificate;
  readonly audit: Audit;
  readonly subject: SubjectSettings;
  readonly spiffeIdOf: (identity: SystemAuth) => string;
  /** `refuse` requests for extensions that are not given, or sign without them. */
  readonly unwantedExtensions: 'refuse' | 'ignore';
  readonly rate: SigningRate;
  readonly onRefused: (reason: string) => void;
}

/**
 * Issues a certificate for a request: to whoever spent a one-time token for it, and again to who comes with a certificate that is good.
 * @throws ConnectorError, CertificateRefused; the token stays spent
 */
export function createSignCertificate(options: SignOptions): (csr: string, context: ConnectorContext) => Promise<CertificationResult> {
  return async (csr, { caller, requestId }) => {
    const identity = signerOf(() => identityOf(caller));
    try {
      return await sign(options, csr, identity, requestId);
    } catch (error) {
      const reason = error instanceof CertificateRefused ? error.reason : error instanceof ConnectorError ? error.code : undefined;
      if (reason !== undefined) {
        options.onRefused(reason);
        const event = { action: 'certificate.refused', authId: identity.authId, tenant: caller.tenant } as const;
        await options.audit.record({ ...event, requestId, details: { reason } });
      }
      throw error instanceof CertificateRefused ? new ConnectorError('CERTIFICATE_REFUSED', error.message, { cause: error }) : error;
    }
  };
}

async function sign(options: SignOptions, csr: string, identity: Identity, requestId: string | undefined): Promise<CertificationResult> {
  const { registry, subject, authorities } = options;
  const auth = await findIdentity(registry, identity.authId);
  if (!auth) throw new ConnectorError('CERTIFICATE_REFUSED', `${SIGNING}the identity ${identity.authId} does not exist any more`);
  const request = acceptCertificateRequest(csr, {
    clientId: auth.id,
    subject,
    uri: options.spiffeIdOf(auth),
    unwantedExtensions: options.unwantedExtensions,
    forbiddenSpkiSha256: new Set(authorities.trusted().map(({ certificate }) => certificate.publicKey.spkiSha256)),
    // An identity that is bound to a key enrols with it alone; who holds a certificate may change its key.
    ...(identity.kind === 'token' && auth.boundSpkiSha256 ? { requiredSpkiSha256: auth.boundSpkiSha256 } : {}),
  });
  options.rate.take(auth);
  try {
    const issued = await options.issue({
      identity: auth,
      request,
      requestId,
      via: identity.kind === 'token' ? 'token' : 'renewal',
      guard: (work) => (identity.kind === 'token' ? spend(work, identity) : requireGood(work, identity)),
      ...(identity.kind === 'token' && identity.tokenId !== undefined ? { onRecorded: noteFor(identity.tokenId) } : {}),
    });
    return certificationResult(issued.certificate, issued.authorities);
  } catch (error) {
    const earlier = error instanceof TokenSpent ? await resultOf(options, error.certificateId, auth.id, request) : undefined;
    if (earlier) return earlier;
    throw error;
  }
}

const SIGNING = 'Error while signing Certificate Signing Request: ';

const noteFor =
  (tokenId: string) =>
  (work: GlobalWork, certificateId: string): Promise<void> =>
    noteTokenResult(work, tokenId, certificateId);

function signerOf(find: () => Identity): Identity {
  try {
    return find();
  } catch (error) {
    throw error instanceof ConnectorError ? error.prefixed('Failed to authenticate with token: ') : error;
  }
}

class TokenSpent extends ConnectorError {
  readonly certificateId: string;
  constructor(certificateId: string) {
    super('UNAUTHENTICATED', `${SIGNING}the one-time token was spent on another certificate`);
    this.certificateId = certificateId;
  }
}

/** One token buys one certificate, also when the call that it was spent for came here twice. */
async function spend(work: GlobalWork, { tokenId }: TokenIdentity): Promise<void> {
  const token = tokenId === undefined ? undefined : await lockToken(work, tokenId);
  if (token?.resultId !== undefined) throw new TokenSpent(token.resultId);
}

/** Renewal is for the living: the certificate that is shown must still be good when the new one is recorded. */
async function requireGood(work: GlobalWork, { authId, certificate }: CertificateIdentity): Promise<void> {
  const shown = await lockCertificate(work, certificate.fingerprint);
  if (!shown || shown.authId !== authId) throw new ConnectorError('UNAUTHENTICATED', `${SIGNING}the client certificate is not one of this identity`);
  if (shown.revoked) throw new ConnectorError('UNAUTHENTICATED', `${SIGNING}the client certificate is revoked`);
}

/** What the token bought when the same request came before: for a client whose answer got lost. The Gateway lets only that pass. */
async function resultOf(
  { registry, authorities }: SignOptions,
  certificateId: string,
  authId: string,
  request: CertificateRequest,
): Promise<CertificationResult | undefined> {
  const found = await registry.asGlobal('connector: answer to a repeated request', (work) => findCertificate(work, { id: certificateId }));
  const issuer = found && authorities.find(found.issuerId);
  if (!found || !issuer || found.authId !== authId || found.revokedAt !== undefined) return undefined;
  const certificate = readCertificate(found.der);
  return certificate.publicKey.spkiSha256 === request.publicKey.spkiSha256 ? certificationResult(certificate, authorities.chainOf(issuer)) : undefined;
}
