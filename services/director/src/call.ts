import type { Caller } from '@binnacle/internal-token/caller';
import type { GlobalWork, TenantWork } from '@binnacle/registry/work';
import type { Envelope } from '@binnacle/secrets/envelope';

/** What the answer of a mutation shows; made by `Call` only. */
export type Answer =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'failed'; readonly text: string | undefined; readonly errors: readonly object[] };

/** Everything an operation may need beside its arguments. */
export interface Call {
  readonly caller: Caller;
  /** A new id; order of ids is order of creation. */
  readonly newId: () => string;
  readonly envelope: Envelope;
  /**
   * Reads what the document asks of the object with this id, now and in the work's transaction: after a change, before a delete.
   * With `deleted`, what goes with the object is null.
   */
  read(work: TenantWork | GlobalWork, type: string, id: string, options?: { readonly deleted?: boolean }): Promise<Answer>;
  /** A plain value, cut to what the document asks for. */
  value(value: unknown): Answer;
}

/** A mutation for one tenant: one transaction. */
export interface TenantMutation<Args> {
  readonly kind: 'tenant';
  readonly run: (work: TenantWork, args: Args, call: Call) => Promise<Answer>;
}

/** A mutation of what belongs to no tenant, or of tenants themselves. */
export interface GlobalMutation<Args> {
  readonly kind: 'global';
  readonly reason: string;
  readonly run: (work: GlobalWork, args: Args, call: Call) => Promise<Answer>;
}

export const tenantMutation = <Args>(run: TenantMutation<Args>['run']): TenantMutation<Args> => ({ kind: 'tenant', run });

export const globalMutation = <Args>(reason: string, run: GlobalMutation<Args>['run']): GlobalMutation<Args> => ({ kind: 'global', reason, run });

/** As the pipeline sees it: arguments were coerced and checked against the schema. */
export type AnyMutation = TenantMutation<never> | GlobalMutation<never>;
