import type { Caller } from '@binnacle/internal-token/caller';
import type { Registry } from '@binnacle/registry/registry';
import { isUuid, tenantId } from '@binnacle/registry/tenant-id';
import type { UseRecorder } from '@binnacle/trust/use-recorder';

/** Notes what a call tells of the Application or Runtime that makes it; `key` is the document without its literals. */
export type StatusFlip = (caller: Caller, key: string) => Promise<void>;

const TABLES = { Runtime: 'runtime', Application: 'application' } as const;
const MAX_SEEN = 10_000;
/** Somebody else may set the status back (an admin, an unpairing), so it is looked at again after this long. */
const CONNECTED_FOR_MS = 30_000;

/** Runtimes that know bundles by their name carry this label: others are served under the older names. */
const USES_BUNDLES = `labels || '{"useBundles":"true"}'`;

/**
 * The first call of an Application or Runtime sets its status to CONNECTED, and the first of a Runtime that asks for bundles by this
 * name labels it; after that nothing is written. Its heartbeat is noted with each call, and written for many at once.
 */
export function createStatusFlip(registry: Registry, uses: Pick<UseRecorder, 'seen'>, now: () => number = Date.now): StatusFlip {
  const seen = new Map<string, number>();
  const once = async ({ tenant, consumerId }: Caller, name: string, text: string, forMs = Number.POSITIVE_INFINITY): Promise<void> => {
    const mark = `${name} ${consumerId}`;
    if (tenant === undefined || now() - (seen.get(mark) ?? Number.NEGATIVE_INFINITY) < forMs) return;
    await registry.asTenant(tenantId(tenant), (work) => work.query(name, text, [consumerId]));
    if (seen.size >= MAX_SEEN) seen.clear();
    seen.set(mark, now());
  };
  return async (caller, key) => {
    const { consumerType } = caller;
    if ((consumerType !== 'Runtime' && consumerType !== 'Application') || caller.flow === 'OneTimeToken' || !isUuid(caller.consumerId)) return;
    const table = TABLES[consumerType];
    uses.seen(consumerType, caller.consumerId);
    const own = `where id = $2 and readers @> array[$1::uuid]`;
    await once(caller, `${table}s.connected`, `update ${table} set status = 'CONNECTED', status_at = now() ${own} and status <> 'CONNECTED'`, CONNECTED_FOR_MS);
    if (table === 'runtime' && /bundle/i.test(key))
      await once(caller, 'runtimes.usesBundles', `update runtime set labels = ${USES_BUNDLES} ${own} and not jsonb_exists(labels, 'useBundles')`);
  };
}
