import type { Caller } from '@binnacle/internal-token/caller';
import type { Registry } from '@binnacle/registry/registry';
import { isUuid, tenantId } from '@binnacle/registry/tenant-id';

/** Notes what a call tells of the Application or Runtime that makes it; `key` is the document without its literals. */
export type StatusFlip = (caller: Caller, key: string) => Promise<void>;

const TABLES: Readonly<Record<string, string>> = { Runtime: 'runtime', Application: 'application' };
const MAX_SEEN = 10_000;

/** Runtimes that know bundles by their name carry this label: others are served under the older names. */
const USES_BUNDLES = `labels || '{"useBundles":"true"}'`;

/**
 * The first call of an Application or Runtime sets its status to CONNECTED, and the first of a Runtime that asks for bundles by this
 * name labels it; after that nothing is written.
 */
export function createStatusFlip(registry: Registry): StatusFlip {
  const seen = new Set<string>();
  const once = async ({ tenant, consumerId }: Caller, name: string, text: string): Promise<void> => {
    const mark = `${name} ${consumerId}`;
    if (tenant === undefined || seen.has(mark)) return;
    await registry.asTenant(tenantId(tenant), (work) => work.query(name, text, [consumerId]));
    if (seen.size >= MAX_SEEN) seen.clear();
    seen.add(mark);
  };
  return async (caller, key) => {
    const table = TABLES[caller.consumerType];
    if (!table || caller.flow === 'OneTimeToken' || !isUuid(caller.consumerId)) return;
    const own = `where id = $2 and readers @> array[$1::uuid]`;
    await once(caller, `${table}s.connected`, `update ${table} set status = 'CONNECTED', status_at = now() ${own} and status <> 'CONNECTED'`);
    if (table === 'runtime' && /bundle/i.test(key))
      await once(caller, 'runtimes.usesBundles', `update runtime set labels = ${USES_BUNDLES} ${own} and not jsonb_exists(labels, 'useBundles')`);
  };
}
