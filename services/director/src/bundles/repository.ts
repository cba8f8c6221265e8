import type { TenantWork } from '@binnacle/registry/work';
import { judgeOwner } from '../require-owner.ts';
import { type Content, originOf, type SecretRow } from './content.ts';
import { contentParameter, contentSql, replaceSpecsSql } from './content-sql.ts';

/** Tables of what belongs to an application, with the word that stands in errors. */
const CHILDREN = { bundle: 'bundle', api_definition: 'api', event_definition: 'eventDefinition', document: 'document' } as const;

export type ChildTable = keyof typeof CHILDREN;

/** What a change of a child has to know. */
export interface ChildRow {
  readonly applicationId: string;
  /** In how many bundles a definition is. */
  readonly bundles: number;
  readonly authId: string | null;
}

export const contentOf = (work: TenantWork) => ({
  /** Adds content to an application and fills its base URL from the first API when it has none: one statement. */
  async add(applicationId: string, content: Content): Promise<void> {
    await work.query('content.add', ADD, [applicationId, contentParameter(content), originOf(content.firstTargetUrl) ?? null]);
  },

  /** @throws DomainError NotFound when this tenant does not see the child; Unauthorized when it only sees it */
  async requireOwned(table: ChildTable, id: string): Promise<ChildRow> {
    const [row] = await work.query<{ application_id: string; owner: boolean | null; bundles: number; auth_id: string | null }>(
      `content.owner.${table}`,
      OWNER[table],
      [id],
    );
    judgeOwner(row?.owner, CHILDREN[table]);
    return { applicationId: row?.application_id ?? '', bundles: row?.bundles ?? 0, authId: row?.auth_id ?? null };
  },

  async remove(table: ChildTable, id: string): Promise<void> {
    // The definitions of a bundle are the bundle's own unless another one offers them too.
    const alsoGone =
      table !== 'bundle'
        ? ''
        : `apis as (delete from api_definition d using bundle_reference br where br.bundle_id = $2 and br.api_definition_id = d.id
        and not exists (select from bundle_reference other where other.api_definition_id = d.id and other.bundle_id <> $2)),
      events as (delete from event_definition d using bundle_reference br where br.bundle_id = $2 and br.event_definition_id = d.id
        and not exists (select from bundle_reference other where other.event_definition_id = d.id and other.bundle_id <> $2)),`;
    await work.query(`content.remove.${table}`, `with ${alsoGone} tenant_ as (select $1::uuid) delete from ${table} where id = $2`, [id]);
  },

  /** Replaces all that an update of a bundle replaces. */
  async updateBundle(
    id: string,
    applicationId: string,
    change: {
      readonly name: string;
      readonly description: string | null;
      readonly schema: string | null;
      readonly auth: SecretRow | undefined;
      readonly oldAuthId: string | null;
    },
  ): Promise<void> {
    await work.query('content.updateBundle', UPDATE_BUNDLE, [
      id,
      applicationId,
      change.name,
      change.description,
      change.schema,
      change.auth ? JSON.stringify(change.auth) : null,
      change.oldAuthId,
    ]);
  },

  /** Replaces a definition and its spec; without a spec the old one goes. The spec keeps its id. */
  async updateDefinition(table: 'api_definition' | 'event_definition', id: string, columns: object, spec: object | undefined): Promise<void> {
    const isApi = table === 'api_definition';
    const change = { ...columns, specs: spec ? [spec] : [] };
    await work.query(`content.update.${table}`, updateDefinitionSql(table, isApi), [id, JSON.stringify(change)]);
  },
});

const ADD = `/* content.add */ with own as (select $1::uuid),
  ${contentSql('$3::jsonb', { kind: '1', id: '$2::uuid' })},
  based as (update application set base_url = $4 where id = $2 and base_url is null and $4::text is not null)
select true from own`;

const ownerSql = (
  table: ChildTable,
  bundles: string,
  authId: string,
): string => `select c.application_id, (select bool_or(x.owner) from access x where x.tenant_id = $1 and x.kind = 1 and x.resource_id = c.application_id) as owner,
  ${bundles} as bundles, ${authId} as auth_id from ${table} c where c.id = $2`;

const OWNER: Readonly<Record<ChildTable, string>> = {
  bundle: ownerSql('bundle', '0', 'c.default_auth_id'),
  api_definition: ownerSql('api_definition', '(select count(*)::int from bundle_reference br where br.api_definition_id = c.id)', 'null'),
  event_definition: ownerSql('event_definition', '(select count(*)::int from bundle_reference br where br.event_definition_id = c.id)', 'null'),
  document: ownerSql('document', '0', 'null'),
};

const UPDATE_BUNDLE = `/* content.updateBundle */ with own as (select $1::uuid),
  sealed as (insert into secret (id, kind, root_kind, root_id, key_id, ciphertext)
    select r.id, r.kind, 1, $3::uuid, r.key_id, decode(r.ciphertext, 'base64') from jsonb_to_record($7::jsonb) as r(id uuid, kind text, key_id text, ciphertext text) where $7::jsonb is not null returning id),
  changed as (update bundle set name = $4, description = $5, input_schema = $6::jsonb, default_auth_id = (select id from sealed), updated_at = now() where id = $2)
delete from secret where id = $8::uuid`;

function updateDefinitionSql(table: string, isApi: boolean): string {
  const kind = isApi ? 1 : 2;
  return `/* content.update */ with own as (select $1::uuid), ${replaceSpecsSql('$3::jsonb')},
  stale as (delete from spec where definition_id = $2 and kind = ${kind} and jsonb_array_length($3::jsonb -> 'specs') = 0)
update ${table} d set name = r.name, description = r.description, group_name = r.group_name, version_value = r.version_value, version_deprecated = r.version_deprecated,
  version_deprecated_since = r.version_deprecated_since, version_for_removal = r.version_for_removal, ${isApi ? 'target_url = r.target_url, ' : ''}updated_at = now()
from jsonb_to_record($3::jsonb) as r(name text, description text, group_name text, version_value text, version_deprecated boolean, version_deprecated_since text, version_for_removal boolean, target_url text)
where d.id = $2`;
}
