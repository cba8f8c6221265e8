/** What one seeded tenant gets. */
export interface SeedPlan {
  /** Number of small tenants beside the big one. */
  readonly tenants: number;
  /** Applications spread over the small tenants. */
  readonly applications: number;
  /** Applications of the big tenant. */
  readonly bigTenantApplications: number;
}

/** Runs SQL that returns nothing of interest. */
export type Execute = (sql: string) => Promise<unknown>;

export const BIG_TENANT = '00000000-0000-7000-8000-00000000b160';
/** One of the small tenants. */
export const SMALL_TENANT = '00000000-0000-7000-8000-000000000001';

/**
 * Fills an empty database by set-based SQL: tenants, applications with labels (`region` 20 values, `stage` one array value, `rare` on one in
 * 5,000), access rows for the owner and a common customer, then analyses the tables.
 */
export async function seedApplications(execute: Execute, plan: SeedPlan): Promise<void> {
  const customer = `'00000000-0000-7000-8000-0000000c0571'`;
  await execute(`insert into tenant (id, external_id, name, type, provider)
    select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'tenant-' || n, 'Tenant ' || n, 'account', 'seed' from generate_series(1, ${plan.tenants}) n
    union all values (${customer}::uuid, 'customer', 'Customer', 'customer', 'seed'), ('${BIG_TENANT}'::uuid, 'big', 'Big', 'account', 'seed')`);
  await execute(`insert into tenant_parent (tenant_id, parent_id) select id, ${customer}::uuid from tenant where type = 'account'`);
  await execute(`insert into tenant_ancestor (tenant_id, ancestor_id, depth, inherits)
    select id, id, 0, true from tenant union all select id, ${customer}::uuid, 1, true from tenant where type = 'account'`);
  const rows = (
    count: number,
    owner: string,
    offset: number,
  ): string => `insert into application (id, owner_tenant, name, norm_name, description, provider_name, labels, readers)
    select ('01970000-' || lpad(to_hex(n / 65536 + ${offset}), 4, '0') || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, ${owner}, 'app-' || n, 'mp-app-' || n, 'Seeded', 'seed',
      jsonb_build_object('name', 'mp-app-' || n, 'managed', 'false', 'region', 'eu-' || (n % 20), 'stage', jsonb_build_array('s' || (n % 7)))
        || case when n % 5000 = 0 then '{"rare": "yes"}'::jsonb else '{}'::jsonb end,
      array[${owner}, ${customer}::uuid]
    from generate_series(1, ${count}) n`;
  await execute(rows(plan.applications, `('00000000-0000-7000-8000-' || lpad(to_hex(1 + n % ${plan.tenants}), 12, '0'))::uuid`, 0));
  await execute(rows(plan.bigTenantApplications, `'${BIG_TENANT}'::uuid`, 4096));
  await execute(`insert into access (tenant_id, kind, resource_id, owner, source_id)
    select owner_tenant, 1, id, true, owner_tenant from application union all select ${customer}::uuid, 1, id, true, owner_tenant from application`);
  await execute('vacuum analyze application');
  await execute('vacuum analyze access');
  await execute('analyze');
}
