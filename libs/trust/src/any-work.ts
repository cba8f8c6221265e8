import { type GlobalWork, TenantWork } from '@binnacle/registry/work';

/** Trust is worked on for one tenant (by its admins) and across tenants (when a token, key or certificate has yet to say whose it is). */
export type AnyWork = TenantWork | GlobalWork;

/** Runs SQL of which `$1` is the work's tenant, or null across tenants; `values` begin at `$2`. */
export async function ask<Row>(work: AnyWork, name: string, text: string, values: readonly unknown[]): Promise<readonly Row[]> {
  return work instanceof TenantWork ? work.query<Row>(name, text, values) : work.query<Row>(name, text, [null, ...values]);
}
