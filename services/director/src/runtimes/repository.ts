import type { TenantWork } from '@binnacle/registry/work';
import { type Content } from '../bundles/content.ts';
import { contentParameter, contentSql } from '../bundles/content-sql.ts';

export interface NewRuntime {
  readonly id: string;
  /** Tenant that owns it: the work's, or a subaccount right below. */
  readonly owner: string;
  readonly name: string;
  readonly description: string | null;
  readonly applicationNamespace: string | null;
  readonly status: string | null;
  readonly labels: Readonly<Record<string, unknown>>;
}

export const runtimesOf = (work: TenantWork) => ({
  /** Writes the runtime, who may see it and its webhooks: one statement. */
  async add(runtime: NewRuntime, content: Content): Promise<void> {
    await work.query('runtimes.add', ADD, [
      runtime.id,
      runtime.owner,
      runtime.name,
      runtime.description,
      runtime.applicationNamespace,
      runtime.status,
      JSON.stringify(runtime.labels),
      contentParameter(content),
    ]);
  },

  /** The work's tenant or, where one is named, the tenant with this external id, and whether it is a child of the work's. */
  async owner(externalId: string | undefined): Promise<{ readonly id: string; readonly region: string; readonly isChild: boolean } | undefined> {
    const [row] = await work.query<{ id: string; region: string; is_child: boolean }>(
      'runtimes.owner',
      `select tenant.id, coalesce(tenant.labels ->> 'region', '') as region,
         tenant.id = $1 or exists (select from tenant_parent where tenant_parent.tenant_id = tenant.id and tenant_parent.parent_id = $1) as is_child
       from tenant where case when $2::text is null then tenant.id = $1 else tenant.external_id = $2 end and tenant.status = 'active'`,
      [externalId ?? null],
    );
    return row && { id: row.id, region: row.region, isChild: row.is_child };
  },

  /** Replaces what an update replaces; labels that callers cannot change stay. */
  async update(
    id: string,
    change: {
      readonly name: string;
      readonly description: string | null;
      readonly status: string | null;
      readonly applicationNamespace: string | null;
      readonly labels: Readonly<Record<string, unknown>>;
    },
  ): Promise<void> {
    await work.query('runtimes.update', UPDATE, [
      id,
      change.name,
      change.description,
      change.status,
      change.applicationNamespace,
      JSON.stringify(change.labels),
    ]);
  },

  async setLabel(id: string, key: string, value: unknown): Promise<void> {
    await work.query(
      'runtimes.setLabel',
      `update runtime set labels = labels || jsonb_build_object($3::text, $4::jsonb), updated_at = now() where id = $2 and readers @> array[$1::uuid]`,
      [id, key, JSON.stringify(value)],
    );
  },

  /** The removed value; undefined when there was none. */
  async deleteLabel(id: string, key: string): Promise<unknown> {
    const rows = await work.query<{ value: unknown }>(
      'runtimes.deleteLabel',
      `with old as (select id, labels -> $3 as value from runtime where id = $2 and readers @> array[$1::uuid] and jsonb_exists(labels, $3) for update)
       update runtime set labels = labels - $3, updated_at = now() from old where runtime.id = old.id returning old.value`,
      [id, key],
    );
    return rows[0]?.value;
  },

  /** Memberships and pairs of the runtime and its contexts go too; rows that refer by foreign key go with it. */
  async remove(id: string): Promise<void> {
    await work.query('runtimes.remove', REMOVE, [id]);
  },
});

const ADD = `/* runtimes.add */
with reader as (select ancestor_id from tenant_ancestor where tenant_id = $3::uuid and inherits and exists (select from tenant where tenant.id = $1)),
  new_runtime as (insert into runtime (id, owner_tenant, name, description, app_namespace, status, labels, readers)
    select $2, $3::uuid, $4, $5, $6, coalesce($7, 'INITIAL'), $8::jsonb, (select array_agg(ancestor_id order by ancestor_id) from reader)),
  new_access as (insert into access (tenant_id, kind, resource_id, owner, source_id) select ancestor_id, 2, $2::uuid, true, $3::uuid from reader),
  ${contentSql('$9::jsonb', { kind: '2', id: '$2::uuid' })}
select true`;

const UPDATE = `update runtime set name = $3, description = $4, status = coalesce($5, 'INITIAL'), status_at = case when status = coalesce($5, 'INITIAL') then status_at else now() end, app_namespace = coalesce($6, app_namespace),
  labels = $7::jsonb || coalesce((select jsonb_object_agg(key, value) from jsonb_each(labels) where key in ('runtimeType', 'xsappnameCMPClone', 'CMPSaaSAppName')), '{}'), updated_at = now()
  where id = $2 and readers @> array[$1::uuid]`;

const REMOVE = `with contexts as (select id from runtime_context where runtime_id = $2),
  participant as (select $2::uuid as id union all select id from contexts),
  members as (delete from formation_member where object_id in (select id from participant)),
  pairs as (delete from formation_assignment where source_id in (select id from participant) or target_id in (select id from participant)),
  gone as (delete from access where resource_id in (select id from participant) and exists (select from access mine where mine.tenant_id = $1 and mine.resource_id = $2 and mine.owner))
delete from runtime where id = $2 and readers @> array[$1::uuid]`;
