import type { AuditDetails } from './audit-details.ts';

/** Something that happened, as it is kept for ever. */
export interface AuditEvent {
  readonly id: string;
  /** Whose landscape it happened in; none: across tenants. */
  readonly tenant: string | undefined;
  /** Which system says so, such as `director`. */
  readonly service: string;
  readonly actor: AuditActor;
  /** What was done: the name of the mutation, or of the event (`token.burned`). */
  readonly action: string;
  readonly object?: { readonly type: string; readonly id: string | undefined } | undefined;
  /** `refused`: somebody tried without having the right; nothing was changed. */
  readonly result: 'success' | 'refused';
  /** `x-request-id` of the call. */
  readonly correlationId: string | undefined;
  readonly details: AuditDetails | undefined;
}

export interface AuditActor {
  /** Kind of consumer, such as `Static User`, or `System`. */
  readonly type: string;
  readonly id: string;
  readonly onBehalfOf?: string | undefined;
}
