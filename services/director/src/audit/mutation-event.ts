import { auditDetails, storable } from '@binnacle/audit/audit-details';
import type { AuditEvent } from '@binnacle/audit/audit-event';
import type { Caller } from '@binnacle/internal-token/caller';
import type { Arguments } from '@binnacle/read-compiler/declaration';

/** A mutation field that was run, or refused. */
export interface AuditedMutation {
  readonly id: string;
  readonly caller: Caller;
  readonly name: string;
  readonly args: Arguments;
  readonly result: AuditEvent['result'];
  readonly requestId: string;
  /** What the answer shows, when the operation told. */
  readonly answered?: { readonly type: string; readonly id: string } | undefined;
}

/** What the audit log keeps of a mutation. The field that was really run decides, not the text around it. */
export function mutationEvent({ id, caller, name, args, result, requestId, answered }: AuditedMutation): AuditEvent {
  return {
    id,
    tenant: caller.tenant,
    service: 'director',
    actor: { type: caller.consumerType, id: caller.consumerId, onBehalfOf: caller.onBehalfOf },
    action: name,
    object: answered ?? objectOfArguments(args),
    result,
    correlationId: requestId,
    details: auditDetails(args),
  };
}

/** The object that arguments such as `applicationID`, or `objectID` with `objectType`, name. */
export function objectOfArguments(args: Arguments): AuditEvent['object'] {
  for (const [name, value] of Object.entries(args)) {
    const kind = /^(\w+)I[Dd]$/.exec(name)?.[1];
    if (!kind || typeof value !== 'string') continue;
    return kind === 'object' ? { type: titled(String(args['objectType'] ?? 'object')), id: storable(value) } : { type: titled(kind), id: storable(value) };
  }
  return typeof args['id'] === 'string' ? { type: 'Object', id: storable(args['id']) } : undefined;
}

/** `runtimeContext` and `RUNTIME_CONTEXT` are both `RuntimeContext`. */
function titled(kind: string): string {
  const words = /^[A-Z_]+$/.test(kind) ? kind.toLowerCase().split('_') : [kind];
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
