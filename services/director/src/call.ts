import type { Caller } from '@binnacle/internal-token/caller';
import type { GlobalWork, TenantWork } from '@binnacle/registry/work';
import type { Envelope } from '@binnacle/secrets/envelope';
import type { TrustServices } from './auths/trust-services.ts';
import type { RequestHints } from './execution/request-hints.ts';
import type { DiscoveryPaths } from './webhooks/discovery.ts';

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
  readonly trust: TrustServices;
  readonly hints: RequestHints;
  readonly discoveryPaths: DiscoveryPaths;
  /**
   * Reads what the document asks of the object with this id, now and in the work's transaction: after a change, before a delete.
   * With `deleted`, what goes with the object is null; `revealed` are members of its opened credentials that this answer alone shows.
   */
  read(work: TenantWork | GlobalWork, type: string, id: string, options?: { readonly deleted?: boolean; readonly revealed?: object }): Promise<Answer>;
  /** A plain value, cut to what the document asks for. */
  value(value: unknown): Answer;
}

/** Runs a body in a transaction of the caller's tenant. */
export type InTransaction = <T>(body: (work: TenantWork) => Promise<T>) => Promise<T>;

/** A mutation for one tenant: one transaction. */
export interface TenantMutation<Args> {
  readonly kind: 'tenant';
  /** What must happen outside of that transaction, such as asking another service; its result goes to `run`. */
  readonly prepare?: (inTransaction: InTransaction, args: Args, call: Call) => Promise<unknown>;
  readonly run: (work: TenantWork, args: Args, call: Call, prepared?: unknown) => Promise<Answer>;
}

/** A mutation of what belongs to no tenant, or of tenants themselves. */
export interface GlobalMutation<Args> {
  readonly kind: 'global';
  readonly reason: string;
  readonly run: (work: GlobalWork, args: Args, call: Call) => Promise<Answer>;
}

export const tenantMutation = <Args>(run: (work: TenantWork, args: Args, call: Call) => Promise<Answer>): TenantMutation<Args> => ({ kind: 'tenant', run });

/** A mutation with a step before its transaction. */
export const preparedTenantMutation = <Args, Prepared>(
  prepare: (inTransaction: InTransaction, args: Args, call: Call) => Promise<Prepared>,
  run: (work: TenantWork, args: Args, call: Call, prepared: Prepared) => Promise<Answer>,
): TenantMutation<Args> => ({ kind: 'tenant', prepare, run: (work, args, call, prepared) => run(work, args, call, prepared as Prepared) }); // what `prepare` of this mutation answered

export const globalMutation = <Args>(reason: string, run: GlobalMutation<Args>['run']): GlobalMutation<Args> => ({ kind: 'global', reason, run });

/** As the pipeline sees it: arguments were coerced and checked against the schema. */
export type AnyMutation = TenantMutation<never> | GlobalMutation<never>;
