import { createHash } from 'node:crypto';
import { CertificateRefused } from '@binnacle/pki/certificate-refused';
import type { CertificateRequest } from '@binnacle/pki/certificate-request';
import { publicKeyOf } from '@binnacle/pki/read-certificate';
import { acceptCertificateRequestDer } from '@binnacle/pki/request-policy';
import type { SubjectSettings } from '@binnacle/pki/subject';
import type { Registry } from '@binnacle/registry/registry';
import { type CertificateRecord, findCertificate } from '@binnacle/trust/certificates';
import { findIdentity, type Identity } from '@binnacle/trust/system-auths';
import type { Audit } from '../audit.ts';
import { ConnectorError } from '../connector-error.ts';
import type { Authorities } from '../issuers/authorities.ts';
import { type CertificationResult, certificationResult } from '../signing/certification-result.ts';
import type { IssueCertificate } from '../signing/issue-certificate.ts';
import type { TokenBuckets } from '../token-buckets.ts';
import { CHALLENGE_SECONDS, type Challenges } from './challenge.ts';
import { isSignedBy, textToSign } from './proof.ts';
import type { RecoveryRequest } from './recovery-request.ts';
import { recoveriesOf } from './repository.ts';

export interface RecoverOptions {
  readonly registry: Registry;
  readonly authorities: Authorities;
  readonly issue: IssueCertificate;
  readonly challenges: Challenges;
  readonly audit: Audit;
  readonly subject: SubjectSettings;
  readonly spiffeIdOf: (identity: Identity) => string;
  readonly unwantedExtensions: 'refuse' | 'ignore';
  /** Tries with one certificate. */
  readonly attempts: TokenBuckets;
  /** For how long after its end a certificate leads back in. */
  readonly windowSeconds: number;
  readonly newId: () => string;
  readonly onRefused: (reason: string) => void;
  readonly now: () => Date;
}

export type RecoveryOutcome =
  | { readonly kind: 'recovered'; readonly result: CertificationResult }
  /** Somebody of the tenant has to approve it; the same request, with a new challenge, may be sent again. */
  | { readonly kind: 'pending'; readonly id: string }
  | { readonly kind: 'over-budget' };

/** Why somebody stays outside: for the audit log. The client is told one thing whatever it was, so that nothing can be found out by trying. */
type Reason =
  | 'challenge'
  | 'not-on-record'
  | 'revoked'
  | 'still-good'
  | 'too-late'
  | 'signature'
  | 'identity-gone'
  | 'challenge-answered'
  | 'rejected'
  | 'finished';

class Refused extends Error {
  readonly reason: Reason;
  /** Whose certificate it is, where that is known. */
  readonly authId: string | undefined;
  constructor(reason: Reason, authId?: string) {
    super(reason);
    this.reason = reason;
    this.authId = authId;
  }
}

export const RECOVERY_REFUSED =
  'recovery is refused: the certificate must be one of ours that has ended, not too long ago and not by revocation, its identity must still exist, and its key must have signed an unanswered challenge';

/**
 * Lets an identity back in whose certificate has ended, by the key that the certificate was issued for: it stays who it was.
 * @throws ConnectorError with RECOVERY_REFUSED, or for a request that must not be signed
 */
export async function recover(options: RecoverOptions, given: RecoveryRequest, requestId: string | undefined): Promise<RecoveryOutcome> {
  if (!options.attempts.take(given.certificate.sha256))
    throw new ConnectorError('RATE_LIMITED', 'recovery was tried too often with this certificate: try again later');
  let tenant: string | undefined;
  let authId: string | undefined;
  try {
    const lost = await lostCertificate(options, given);
    authId = lost.authId;
    const identity = await findIdentity(options.registry, lost.authId);
    if (!identity?.tenant) throw new Refused('identity-gone');
    tenant = identity.tenant;
    const request = acceptCertificateRequestDer(given.csrDer, {
      clientId: identity.id,
      subject: options.subject,
      uri: options.spiffeIdOf(identity),
      unwantedExtensions: options.unwantedExtensions,
      forbiddenSpkiSha256: new Set(options.authorities.trusted().map(({ certificate }) => certificate.publicKey.spkiSha256)),
    });
    const admitted = await admit(options, { challenge: given.challenge, lost, identity, tenant, request }, requestId);
    return admitted.kind === 'admitted' ? await finish(options, admitted.id, identity, request, requestId) : admitted;
  } catch (error) {
    const reason = error instanceof Refused || error instanceof CertificateRefused ? error.reason : undefined;
    if (reason === undefined) throw error;
    // Anybody may try; what concerns no identity of ours is counted, not kept.
    options.onRefused(reason);
    authId ??= error instanceof Refused ? error.authId : undefined;
    if (authId !== undefined) await options.audit.record({ action: 'recovery.refused', authId, tenant, requestId, details: { reason } });
    throw new ConnectorError('CERTIFICATE_REFUSED', error instanceof CertificateRefused ? error.message : RECOVERY_REFUSED, { cause: error });
  }
}

async function lostCertificate({ registry, challenges, authorities, windowSeconds, now }: RecoverOptions, given: RecoveryRequest): Promise<CertificateRecord> {
  const { certificate, challenge, csrDer, signature } = given;
  if (!challenges.isGood(challenge, now())) throw new Refused('challenge');
  const lost = await registry.asGlobal('connector: certificate of somebody who wants back in', (work) =>
    findCertificate(work, { fingerprint: certificate.sha256 }),
  );
  if (!lost) throw new Refused('not-on-record');
  if (lost.revokedAt !== undefined) throw new Refused('revoked', lost.authId);
  // Before its end a certificate renews itself, unless nobody trusts its issuer any more.
  if (lost.notAfter > now() && authorities.find(lost.issuerId)) throw new Refused('still-good', lost.authId);
  if (lost.notAfter.getTime() + windowSeconds * 1_000 < now().getTime()) throw new Refused('too-late', lost.authId);
  if (!isSignedBy(publicKeyOf(certificate), textToSign(challenge, csrDer), signature)) throw new Refused('signature', lost.authId);
  return lost;
}

interface Admission {
  readonly challenge: string;
  readonly lost: CertificateRecord;
  readonly identity: Identity;
  readonly tenant: string;
  readonly request: CertificateRequest;
}

type Admitted = { readonly kind: 'admitted'; readonly id: string } | Exclude<RecoveryOutcome, { readonly kind: 'recovered' }>;

/** Spends the challenge, and asks the tenant's policy: its budget, its approval. */
function admit(options: RecoverOptions, { challenge, lost, identity, tenant, request }: Admission, requestId: string | undefined): Promise<Admitted> {
  return options.registry.asGlobal('connector: recovery', async (work): Promise<Admitted> => {
    const recoveries = recoveriesOf(work);
    await recoveries.lockTenant(tenant);
    if (!(await recoveries.spendChallenge(createHash('sha256').update(challenge).digest(), CHALLENGE_SECONDS))) throw new Refused('challenge-answered');
    const spkiSha256 = request.publicKey.spkiSha256;
    const open = await recoveries.open(identity.id, spkiSha256);
    if (open?.state === 'rejected') throw new Refused('rejected');
    if (open) return { kind: open.state === 'approved' ? 'admitted' : 'pending', id: open.id };
    const policy = await recoveries.policy(tenant);
    const event = { authId: identity.id, tenant, requestId };
    if ((await recoveries.countOfDay(tenant)) >= policy.perDay) {
      await options.audit.record({ ...event, action: 'recovery.refused', details: { reason: 'over-budget', perDay: policy.perDay } }, work);
      return { kind: 'over-budget' };
    }
    const id = options.newId();
    const state = policy.needsApproval ? 'pending' : 'approved';
    await recoveries.add({ id, authId: identity.id, tenant, lostCertificateId: lost.id, spkiSha256, state });
    await options.audit.record({ ...event, action: 'recovery.requested', object: { type: 'Recovery', id }, details: { state, serial: lost.serial } }, work);
    return { kind: policy.needsApproval ? 'pending' : 'admitted', id };
  });
}

async function finish(
  options: RecoverOptions,
  id: string,
  identity: Identity,
  request: CertificateRequest,
  requestId: string | undefined,
): Promise<RecoveryOutcome> {
  const { certificate, authorities } = await options.issue({
    identity,
    request,
    via: 'recovery',
    requestId,
    async guard(work) {
      if ((await recoveriesOf(work).hold(id)) !== 'approved') throw new Refused('finished');
    },
    async onRecorded(work, certificateId) {
      await recoveriesOf(work).finish(id, certificateId);
    },
  });
  return { kind: 'recovered', result: certificationResult(certificate, authorities) };
}
