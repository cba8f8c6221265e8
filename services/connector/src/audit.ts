import type { AuditActor, AuditEvent } from '@binnacle/audit/audit-event';
import type { GlobalWork } from '@binnacle/registry/work';

/** What happened to trust. Never holds a token, a key or a request. */
export interface SecurityEvent {
  readonly action:
    | 'token.reissued'
    | 'certificate.issued'
    | 'certificate.refused'
    | 'certificate.revoked'
    | 'recovery.requested'
    | 'recovery.refused'
    | 'recovery.decided'
    | 'renewal.asked'
    | 'call.unauthenticated'
    | 'issuer.changed'
    | 'issuer.expiring'
    | 'certificates.expiring';
  /** Id of the system auth. */
  readonly authId?: string;
  /** Left out: the system auth, or else the Connector itself. */
  readonly actor?: AuditActor;
  /** Left out: the system auth. */
  readonly object?: AuditEvent['object'];
  readonly tenant?: string | undefined;
  /** `x-request-id` of the call. */
  readonly requestId?: string | undefined;
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
