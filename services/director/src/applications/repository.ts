import { DomainError } from '@binnacle/errors/domain-error';
import { ConstraintViolation } from '@binnacle/registry/registry-error';
import type { TenantWork } from '@binnacle/registry/work';
import { type Content } from '../bundles/content.ts';
import { contentParameter, contentSql } from '../bundles/content-sql.ts';
import { DISCOVERY, type DiscoveryCandidate } from '../webhooks/discovery.ts';
import { normaliseName } from './application.ts';

/** A new application as its row wants it. */
export interface NewApplication {
  readonly id: string;
  readonly name: string;
  readonly providerName: string | null;
  readonly description: string | null;
  readonly healthCheckUrl: string | null;
  readonly baseUrl: string | null;
  readonly applicationNamespace: string | null;
  readonly integrationSystemId: string | null;
  readonly localTenantId: string | null;
  readonly status: string | null;
  readonly labels: Readonly<Record<string, unknown>>;
}

/** Columns of an application that its tenant changes; undefined leaves one as it is. */
export type ApplicationChange = Readonly<
  Record<
    'provider_name' | 'description' | 'healthcheck_url' | 'base_url' | 'app_namespace' | 'integration_system_id' | 'local_tenant_id' | 'status',
    string | undefined
  >
>;

export const applicationsOf = (work: TenantWork) => ({
  /**
   * Writes the application, who may see it, and all that came with it: one statement.
   * @throws DomainError NotUniqueName when the tenant has one with this normalised name; NotFound for an unknown integration system
   */
  async add(application: NewApplication, content: Content): Promise<void> {
    await work
      .query('applications.add', ADD, [
        application.id,
        application.name,
        normaliseName(application.name),
        application.localTenantId,
        application.baseUrl,
        application.providerName,
        application.description,
        application.healthCheckUrl,
        application.applicationNamespace,
        application.integrationSystemId,
        application.status,
        JSON.stringify(application.labels),
        contentParameter(content),
      ])
      .catch((error: unknown) => {
        throw meaningOf(error, application.integrationSystemId);
      });
  },

  /** What a change or a deletion has to know; locks the row. Undefined when the tenant does not see it. */
  async find(id: string): Promise<{ readonly name: string; readonly owner: boolean } | undefined> {
    const [row] = await work.query<{ name: string; owner: boolean }>('applications.find', FIND, [id]);
    return row;
  },

  async update(id: string, change: ApplicationChange): Promise<void> {
    await work
      .query('applications.update', UPDATE, [
        id,
        change.provider_name ?? null,
        change.description ?? null,
        change.healthcheck_url ?? null,
        change.base_url ?? null,
        change.app_namespace ?? null,
        change.integration_system_id ?? null,
        change.local_tenant_id ?? null,
        change.status ?? null,
      ])
      .catch((error: unknown) => {
        throw meaningOf(error, change.integration_system_id ?? null);
      });
  },

  /** Names of this tenant's formations that the application is in, and whether it is in any at all; the runtimes in those. */
  async memberships(id: string): Promise<{ readonly formations: readonly string[]; readonly inAny: boolean; readonly runtimes: readonly string[] }> {
    const [row] = await work.query<{ formations: string[] | null; in_any: boolean; runtimes: string[] | null }>('applications.memberships', MEMBERSHIPS, [id]);
    return { formations: row?.formations ?? [], inAny: row?.in_any ?? false, runtimes: row?.runtimes ?? [] };
  },

  async remove(id: string): Promise<void> {
    await work.query('applications.remove', REMOVE, [id]);
  },

  /** Back to the beginning: no credentials, status INITIAL. */
  async unpair(id: string): Promise<void> {
    await work.query('applications.unpair', UNPAIR, [id]);
  },

  async setLabel(id: string, key: string, value: unknown): Promise<void> {
    await work.query(
      'applications.setLabel',
      `update application set labels = labels || jsonb_build_object($3::text, $4::jsonb) where id = $2 and readers @> array[$1::uuid]`,
      [id, key, JSON.stringify(value)],
    );
  },

  /** The removed value; undefined when there was none. */
  async deleteLabel(id: string, key: string): Promise<unknown> {
    const rows = await work.query<{ value: unknown }>(
      'applications.deleteLabel',
      `with old as (select id, labels -> $3 as value from application where id = $2 and readers @> array[$1::uuid] and jsonb_exists(labels, $3) for update)
       update application set labels = labels - $3 from old where application.id = old.id returning old.value`,
      [id, key],
    );
    return rows[0]?.value;
  },

  async discoveryCandidate(id: string): Promise<DiscoveryCandidate> {
    const [row] = await work.query<{ type: unknown; base_url: string | null; has_one: boolean }>('applications.discoveryCandidate', DISCOVERY_CANDIDATE, [
      id,
      DISCOVERY,
    ]);
    return { type: row?.type, baseUrl: row?.base_url ?? null, hasOne: row?.has_one ?? true };
  },
});

function meaningOf(error: unknown, integrationSystemId: string | null): unknown {
  if (!(error instanceof ConstraintViolation)) return error;
  if (error.constraint === 'application_name_taken') return new DomainError('NotUniqueName', { object: 'application' }, { cause: error });
  if (error.constraint === 'application_integration_system_id_fkey')
    return new DomainError('NotFound', { ID: integrationSystemId ?? '', object: 'integrationSystem' }, { cause: error });
  return error;
}

const ADD = `/* applications.add */
with reader as (select ancestor_id from tenant_ancestor where tenant_id = $1 and inherits),
  new_application as (insert into application (id, owner_tenant, name, norm_name, local_tenant_id, base_url, provider_name, description, healthcheck_url, app_namespace, integration_system_id, status, labels, readers)
    select $2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, coalesce($12, 'INITIAL'), $13::jsonb, (select array_agg(ancestor_id order by ancestor_id) from reader)),
  new_access as (insert into access (tenant_id, kind, resource_id, owner, source_id) select ancestor_id, 1, $2::uuid, true, $1 from reader),
  ${contentSql('$14::jsonb', { kind: '1', id: '$2::uuid' })}
select true`;

const DISCOVERY_CANDIDATE = `select labels -> 'applicationType' as type, base_url, exists (select from webhook where webhook.application_id = application.id and webhook.type = $3) as has_one
  from application where id = $2 and readers @> array[$1::uuid]`;

const FIND = `select application.name, bool_or(access.owner) as owner from application join access on access.resource_id = application.id and access.kind = 1 and access.tenant_id = $1
  where application.id = $2 group by application.id`;

const UPDATE = `update application set provider_name = coalesce($3, provider_name), description = coalesce($4, description), healthcheck_url = coalesce($5, healthcheck_url),
  base_url = coalesce($6, base_url), app_namespace = coalesce($7, app_namespace), integration_system_id = coalesce($8, integration_system_id),
  local_tenant_id = coalesce($9, local_tenant_id), status = coalesce($10, status), status_at = case when $10::text is null then status_at else now() end,
  labels = labels || jsonb_build_object('name', norm_name) || case when $8::uuid is null then '{}' else jsonb_build_object('integrationSystemID', $8::text) end,
  updated_at = now(), version = version + 1
  where id = $2 and readers @> array[$1::uuid]`;

const MEMBERSHIPS = `with mine as (select f.id, f.name from formation_member fm join formation f on f.id = fm.formation_id and f.tenant_id = $1 where fm.object_id = $2)
select (select array_agg(distinct mine.name order by mine.name) from mine) as formations,
  exists (select from formation_member where object_id = $2) as in_any,
  (select array_agg(distinct r.name order by r.name) from formation_member fm join runtime r on r.id = fm.object_id where fm.kind = 2 and fm.formation_id in (select id from mine)) as runtimes`;

/** Rows that refer to the application by foreign key go with it. */
const REMOVE = `with gone as (delete from access where resource_id = $2 and kind = 1 and exists (select from access mine where mine.tenant_id = $1 and mine.resource_id = $2 and mine.owner))
delete from application where id = $2 and readers @> array[$1::uuid]`;

const UNPAIR = `with auths as (delete from system_auth where application_id = $2)
update application set status = 'INITIAL', status_at = now() where id = $2 and readers @> array[$1::uuid]`;
