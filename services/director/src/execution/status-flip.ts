import type { Caller } from '@binnacle/internal-token/caller';
import type { Registry } from '@binnacle/registry/registry';
import { isUuid, tenantId } from '@binnacle/registry/tenant-id';

/** Marks the Application or Runtime that calls as connected. */
export type StatusFlip = (caller: Caller) => Promise<void>;

const TABLES: Readonly<Record<string, string>> = { Runtime: 'runtime', Application: 'application' };
const MAX_SEEN = 10_000;

/** The first call of an Application or Runtime sets its status to CONNECTED; after that nothing is written. */
export function createStatusFlip(registry: Registry): StatusFlip {
  const seen = new Set<string>();
  return async (caller) => {
    const table = TABLES[caller.consumerType];
    if (!table || caller.flow === 'OneTimeToken' || caller.tenant === undefined || seen.has(caller.consumerId) || !isUuid(caller.consumerId)) return;
    await registry.asTenant(tenantId(caller.tenant), (work) =>
      work.query(
        `${table}s.connected`,
        `update ${table} set status = 'CONNECTED', status_at = now() where id = $2 and readers @> array[$1::uuid] and status <> 'CONNECTED'`,
        [caller.consumerId],
      ),
    );
    if (seen.size >= MAX_SEEN) seen.clear();
    seen.add(caller.consumerId);
  };
}
