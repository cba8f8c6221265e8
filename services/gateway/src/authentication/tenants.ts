import type { Registry } from '@binnacle/registry/registry';

/** A tenant as the Gateway needs it. */
export interface ResolvedTenant {
  /** Internal id. */
  readonly id: string;
  /** Such as account or subaccount. */
  readonly type: string;
  /** External ids of it and of everything above. */
  readonly lineage: readonly string[];
}

export interface TenantResolver {
  /** Undefined when there is no such tenant. @throws RegistryUnavailable */
  resolve(externalId: string): Promise<ResolvedTenant | undefined>;
  /** The external id of a tenant that is active. @throws RegistryUnavailable */
  externalIdOf(id: string): Promise<string | undefined>;
  stop(): void;
}

const LIFE_MS = 30_000;
const MAX_KEPT = 20_000;

/** Finds tenants by external id; answers are kept for half a minute, and dropped at once when the database tells of a change. */
export function createTenantResolver(registry: Registry): TenantResolver {
  const kept = new Map<string, { readonly tenant: ResolvedTenant | undefined; readonly until: number }>();
  // A change of one tenant may change the lineage of those below: drop all.
  const stop = registry.listen('tenant_changed', () => kept.clear());
  return {
    async resolve(externalId) {
      const known = kept.get(externalId);
      if (known && known.until > Date.now()) return known.tenant;
      const rows = await registry.read(
        {
          name: 'gateway.tenant',
          text: `select tenant.id, array_agg(above.external_id), tenant.type from tenant join tenant_ancestor on tenant_ancestor.tenant_id = tenant.id join tenant above on above.id = tenant_ancestor.ancestor_id
            where tenant.external_id = $1 and tenant.status = 'active' group by tenant.id`,
          values: [externalId],
        },
        undefined,
      );
      const [row] = rows;
      const tenant = row ? { id: String(row[0]), lineage: row[1] as string[], type: String(row[2]) } : undefined;
      if (kept.size >= MAX_KEPT) kept.clear();
      kept.set(externalId, { tenant, until: Date.now() + LIFE_MS });
      return tenant;
    },
    async externalIdOf(id) {
      const [row] = await registry.read(
        { name: 'gateway.tenant.externalId', text: `select external_id from tenant where id = $1 and status = 'active'`, values: [id] },
        undefined,
      );
      return row && String(row[0]);
    },
    stop,
  };
}
