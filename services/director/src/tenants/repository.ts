import { DomainError } from '@binnacle/errors/domain-error';
import type { GlobalWork } from '@binnacle/registry/work';

export interface TenantRow {
  readonly id: string;
  readonly external_id: string;
  readonly name: string;
  readonly type: string;
  readonly provider: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly parents: readonly string[];
}

export const tenantsOf = (work: GlobalWork) => ({
  /** Internal ids by external id, of those there are. */
  async idsOf(externalIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await work.query<{ id: string; external_id: string }>('tenants.ids', 'select id, external_id from tenant where external_id = any($1)', [
      externalIds,
    ]);
    return new Map(rows.map((row) => [row.external_id, row.id]));
  },

  /** Writes tenants and their parents: two statements, whatever their number. */
  async write(rows: readonly TenantRow[]): Promise<void> {
    const parameter = JSON.stringify(rows);
    await work.query('tenants.write', WRITE, [parameter]);
    await work.query('tenants.parents', PARENTS, [parameter]);
  },

  /**
   * Makes ancestors, access rows and readers true again for these tenants and everything below them.
   * @throws DomainError InvalidOperation when a tenant would be its own ancestor
   */
  async settle(ids: readonly string[]): Promise<void> {
    const [found] = await work.query<{ cycles: boolean }>('tenants.cycles', CYCLES, [ids]);
    if (found?.cycles) throw new DomainError('InvalidOperation', { reason: 'a tenant cannot be below itself' });
    await work.query('tenants.staleAncestors', STALE_ANCESTORS, [ids]);
    await work.query('tenants.ancestors', ANCESTORS, [ids]);
    await work.query('tenants.access', ACCESS, [ids]);
    await work.query('tenants.applicationReaders', readers('application', 1), [ids]);
    await work.query('tenants.runtimeReaders', readers('runtime', 2), [ids]);
    await work.query('tenants.contextReaders', readers('runtime_context', 3), [ids]);
  },

  /** Removes tenants and what only they brought; what others brought too stays and is theirs. */
  async remove(externalIds: readonly string[]): Promise<void> {
    const ids = [...(await this.idsOf(externalIds)).values()];
    if (ids.length === 0) return;
    const below = await work.query<{ tenant_id: string }>(
      'tenants.below',
      'select distinct tenant_id from tenant_ancestor where ancestor_id = any($1::uuid[]) and tenant_id <> all($1::uuid[])',
      [ids],
    );
    await work.query('tenants.releaseAccess', 'delete from access where source_id = any($1::uuid[])', [ids]);
    for (const [table, kind] of [
      ['runtime_context', 3],
      ['application', 1],
      ['runtime', 2],
    ] as const) {
      await work.query(
        `tenants.orphaned.${table}`,
        `delete from ${table} where owner_tenant = any($1::uuid[]) and not exists (select from access where access.resource_id = ${table}.id and access.kind = ${kind})`,
        [ids],
      );
      await work.query(
        `tenants.inherited.${table}`,
        `update ${table} set owner_tenant = (select a.source_id from access a where a.resource_id = ${table}.id and a.kind = ${kind} order by a.source_id limit 1) where owner_tenant = any($1::uuid[])`,
        [ids],
      );
    }
    await work.query('tenants.remove', 'delete from tenant where id = any($1::uuid[])', [ids]);
    await this.settle(below.map(({ tenant_id }) => tenant_id));
  },

  async setLabel(externalId: string, key: string, value: unknown): Promise<boolean> {
    const rows = await work.query(
      'tenants.setLabel',
      'update tenant set labels = labels || jsonb_build_object($2::text, $3::jsonb), updated_at = now() where external_id = $1 returning id',
      [externalId, key, JSON.stringify(value)],
    );
    return rows.length > 0;
  },
});

const INPUT = `jsonb_to_recordset($1::jsonb) as r(id uuid, external_id text, name text, type text, provider text, labels jsonb, parents uuid[])`;

const WRITE = `/* tenants.write */ insert into tenant (id, external_id, name, type, provider, labels)
  select r.id, r.external_id, r.name, r.type, r.provider, r.labels from ${INPUT}
  on conflict (id) do update set external_id = excluded.external_id, name = excluded.name, type = excluded.type, provider = excluded.provider,
    labels = tenant.labels || excluded.labels, status = 'active', updated_at = now()`;

const PARENTS = `/* tenants.parents */ with given as (select r.id, unnest(r.parents) as parent_id from ${INPUT}),
  stale as (delete from tenant_parent tp using ${INPUT} where tp.tenant_id = r.id and not exists (select from given where given.id = tp.tenant_id and given.parent_id = tp.parent_id))
  insert into tenant_parent (tenant_id, parent_id) select id, parent_id from given on conflict do nothing`;

/** The given tenants and everything below them. */
const AFFECTED = `affected(id) as (select unnest($1::uuid[]) union select tp.tenant_id from affected join tenant_parent tp on tp.parent_id = affected.id)`;

/** Every way up from them; union ends at a cycle. */
const UPWARD = `upward(tenant_id, ancestor_id, depth) as (select id, id, 0 from affected
  union select upward.tenant_id, tp.parent_id, upward.depth + 1 from upward join tenant_parent tp on tp.tenant_id = upward.ancestor_id where upward.depth < 20)`;

const CYCLES = `with recursive ${AFFECTED}, ${UPWARD} select exists (select from upward where depth > 0 and tenant_id = ancestor_id) as cycles`;

const STALE_ANCESTORS = `/* tenants.staleAncestors */ with recursive ${AFFECTED} delete from tenant_ancestor where tenant_id in (select id from affected)`;

/** Of cost objects only the nearest inherits. */
const ANCESTORS = `/* tenants.ancestors */ with recursive ${AFFECTED}, ${UPWARD},
  nearest as (select upward.tenant_id, upward.ancestor_id, min(upward.depth) as depth, tenant.type = 'cost-object' as is_cost_object
    from upward join tenant on tenant.id = upward.ancestor_id group by upward.tenant_id, upward.ancestor_id, tenant.type)
  insert into tenant_ancestor (tenant_id, ancestor_id, depth, inherits)
  select n.tenant_id, n.ancestor_id, n.depth, not n.is_cost_object or n.depth = (select min(m.depth) from nearest m where m.tenant_id = n.tenant_id and m.is_cost_object) from nearest n`;

const ACCESS = `/* tenants.access */ with recursive ${AFFECTED},
  brought as (select distinct a.source_id, a.kind, a.resource_id from access a where a.source_id in (select id from affected)),
  wanted as (select ta.ancestor_id as tenant_id, b.kind, b.resource_id, b.source_id from brought b join tenant_ancestor ta on ta.tenant_id = b.source_id and ta.inherits),
  gone as (delete from access a using brought b where a.source_id = b.source_id and a.kind = b.kind and a.resource_id = b.resource_id
    and not exists (select from wanted w where w.tenant_id = a.tenant_id and w.kind = a.kind and w.resource_id = a.resource_id and w.source_id = a.source_id))
  insert into access (tenant_id, kind, resource_id, owner, source_id) select tenant_id, kind, resource_id, true, source_id from wanted on conflict do nothing`;

const readers = (table: string, kind: number): string => `/* tenants.readers */ with recursive ${AFFECTED},
  seen as (select a.resource_id, array_agg(distinct a.tenant_id order by a.tenant_id) as readers from access a
    where a.kind = ${kind} and a.resource_id in (select b.resource_id from access b where b.kind = ${kind} and b.source_id in (select id from affected)) group by a.resource_id)
  update ${table} set readers = seen.readers from seen where ${table}.id = seen.resource_id and ${table}.readers <> seen.readers`;
