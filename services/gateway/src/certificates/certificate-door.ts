import type { Caller } from '@binnacle/internal-token/caller';
import { onlyValueOf } from '@binnacle/pki/distinguished-name';
import type { Registry } from '@binnacle/registry/registry';
import type { RevocationView } from '@binnacle/trust/revocations';
import { noteCertificateUse } from '@binnacle/trust/system-auths';
import type { UseRecorder } from '@binnacle/trust/use-recorder';
import type { Authenticator } from '../authentication/authenticate.ts';
import { scopesOfConsumer } from '../authentication/consumer-scopes.ts';
import { keepReadings } from '../authentication/kept-readings.ts';
import { ownTenant, tenantOfHeader } from '../authentication/tenancy.ts';
import { tenantHeader } from '../authentication/tenant-header.ts';
import type { TenantResolver } from '../authentication/tenants.ts';
import { type AuthenticationFailure, unauthorized, unavailable } from '../refusal.ts';
import { certificateRepository, type CertificateIdentity } from './repository.ts';
import { ForwardedCertificateFault, type ReadShownCertificate, type ShownCertificate } from './shown-certificate.ts';
import type { TrustedIssuers } from './trusted-issuers.ts';

export interface CertificateDoorOptions {
  readonly registry: Registry;
  readonly shown: ReadShownCertificate;
  readonly issuers: Pick<TrustedIssuers, 'trusts'>;
  readonly revocations: Pick<RevocationView, 'isRevoked' | 'ageMs'>;
  /** Nobody is let in by a certificate while revocations are older than this. */
  readonly maxRevocationAgeMs: number;
  readonly tenants: Pick<TenantResolver, 'resolve'>;
  readonly recorder: Pick<UseRecorder, 'used' | 'certificateUsed'>;
  /** Seconds of the database's clock. */
  readonly nowSeconds: () => number;
}

export interface CertificateDoor {
  readonly authenticator: Authenticator;
  /** To be called after whatever may have ended an identity. */
  readonly onChange: () => void;
  /** Whose certificate it is, if it is good now. */
  identify(shown: ShownCertificate): Promise<CertificateIdentity | AuthenticationFailure>;
  stop(): void;
}

/** Bounds what a lost notification can do; in the ordinary case a change is told at once. */
const LIFE_MS = 1_000;
const MAX_KEPT = 50_000;

/**
 * A client certificate that this installation issued: one that is on record, to the identity that its common name is, of an issuer that
 * is not retired, in date, and not revoked. All of it is checked for every call.
 */
export function certificateDoor(options: CertificateDoorOptions): CertificateDoor {
  const { registry, shown: readShown, revocations, tenants, recorder } = options;
  const readings = keepReadings({ read: certificateRepository(registry).findIdentity, lifeMs: () => LIFE_MS, maxKept: MAX_KEPT });
  const stop = registry.listen('system_auth_changed', readings.forget);
  /** The same caller for as long as its identity is the same object: then its token is not made anew either. */
  const callers = new WeakMap<CertificateIdentity, Caller>();

  async function identify({ fingerprint, subject }: ShownCertificate): Promise<CertificateIdentity | AuthenticationFailure> {
    if (revocations.ageMs() > options.maxRevocationAgeMs) throw unavailable('Revocations cannot be read');
    if (revocations.isRevoked(fingerprint)) return 'revoked certificate';
    const identity = await readings.find(fingerprint);
    if (!identity || onlyValueOf(subject, 'CN') !== identity.authId) return 'unknown certificate';
    if (identity.isRevoked) return 'revoked certificate';
    const now = options.nowSeconds();
    if (now < identity.notBefore || now > identity.notAfter) return 'expired certificate';
    return options.issuers.trusts(identity.issuerId) ? identity : 'retired issuer';
  }

  /** From the first call on the identity has a certificate, and its one-time token is gone. */
  async function noteUse(identity: CertificateIdentity, fingerprint: string): Promise<void> {
    recorder.used(identity.authId, 'Certificate');
    recorder.certificateUsed(fingerprint);
    if (!identity.hasShown) await registry.asGlobal('first call with a certificate', (work) => noteCertificateUse(work, identity.authId));
  }

  async function callerOf(identity: CertificateIdentity, fingerprint: string, header: string | undefined): Promise<Caller> {
    const tenancy = identity.type === 'Integration System' ? await tenantOfHeader(header, tenants) : ownTenant(identity.tenant, header);
    const last = callers.get(identity);
    if (last && last.tenant === tenancy.tenant && last.externalTenant === tenancy.externalTenant) return last;
    const caller: Caller = {
      consumerId: identity.objectId,
      consumerType: identity.type,
      flow: 'Certificate',
      scopes: last?.scopes ?? new Set(scopesOfConsumer(identity.type)),
      ...tenancy,
      onBehalfOf: '',
      region: '',
      subject: '',
      systemAuthId: identity.authId,
      certificate: { fingerprint, serial: identity.serial },
    };
    callers.set(identity, caller);
    return caller;
  }

  return {
    authenticator: (call) => {
      const found = tryRead(readShown, call);
      if (!found) return undefined;
      const { errorStyle } = call.route;
      return async () => {
        if (found === 'fault') throw unauthorized(errorStyle, 'forwarded certificate');
        const header = tenantHeader(call.headers);
        const identity = await identify(found);
        if (typeof identity === 'string') throw unauthorized(errorStyle, identity);
        await noteUse(identity, found.fingerprint);
        return callerOf(identity, found.fingerprint, header);
      };
    },
    identify,
    onChange: readings.forget,
    stop,
  };
}

/** What a call shows, `fault` when a proxy passed on something that names no certificate for certain. */
export function tryRead(read: ReadShownCertificate, call: Parameters<ReadShownCertificate>[0]): ShownCertificate | 'fault' | undefined {
  try {
    return read(call);
  } catch (error) {
    if (error instanceof ForwardedCertificateFault) return 'fault';
    throw error;
  }
}
