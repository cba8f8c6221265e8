import type { GlobalWork } from '@binnacle/registry/work';

/** What happened to trust. Never holds a token, a key or a request. */
export interface SecurityEvent {
  readonly action:
    | 'token.reissued'
    | 'certificate.issued'
    | 'certificate.refused'
    | 'certificate.revoked'
    | 'certificate.recovered'
    | 'recovery.requested'
    | 'recovery.refused'
    | 'call.unauthenticated'
    | 'issuer.changed'
    | 'issuer.expiring'
    | 'certificates.expiring';
  /** Id of the system auth. */
  readonly authId?: string;
  readonly tenant?: string | undefined;
  /** Serial, fingerprint, issuer, reason and the like. */
  readonly details?: Readonly<Record<string, string | number>>;
}

/**
 * Where events go. With a work the event belongs to its transaction: when it cannot be stored, nothing of the transaction is.
 * Without one it stands alone (a refusal changes nothing).
 */
export interface Audit {
  record(event: SecurityEvent, work?: GlobalWork): Promise<void>;
}
