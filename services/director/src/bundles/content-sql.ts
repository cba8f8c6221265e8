import type { Content } from './content.ts';

/** A list of rows in a JSON parameter, as a table. */
const rows = (parameter: string, member: string, columns: string): string => `jsonb_to_recordset(${parameter} -> '${member}') as r(${columns})`;

const DEFINITION_COLUMNS =
  'id uuid, name text, description text, group_name text, version_value text, version_deprecated boolean, version_deprecated_since text, version_for_removal boolean';
const DEFINITION_NAMES = DEFINITION_COLUMNS.replaceAll(/ \w+(?=,|$)/g, '')
  .split(', ')
  .map((name) => `r.${name}`)
  .join(', ');
const WEBHOOK_COLUMNS = `id uuid, type text, mode text, url text, version text, correlation_id_key text, retry_interval integer, timeout integer,
  url_template text, input_template text, header_template text, output_template text, status_template text, auth_id uuid`;
const WEBHOOK_NAMES = WEBHOOK_COLUMNS.replaceAll(/ (uuid|text|integer)/g, '')
  .split(',')
  .map((name) => name.trim());

const SPEC_COLUMNS = 'id uuid, kind smallint, definition_id uuid, type text, format text, data text';

/** The text's SHA-256, by which texts are kept once. */
const digest = `sha256(convert_to(r.data, 'UTF8'))`;

/**
 * Common table expressions that write a `Content` for one owner, in one statement with whatever stands around them.
 * @param parameter placeholder of the content (jsonb)
 * @param owner expressions of the owner's kind (`webhook.owner_kind`, `secret.root_kind`) and id; id is the application's for bundles and what is in them
 */
export function contentSql(parameter: string, owner: { readonly kind: string; readonly id: string }): string {
  return `
  new_secret as (insert into secret (id, kind, root_kind, root_id, key_id, ciphertext)
    select r.id, r.kind, case when ${owner.kind} in (1, 2) then ${owner.kind} end, case when ${owner.kind} in (1, 2) then ${owner.id} end, r.key_id, decode(r.ciphertext, 'base64')
    from ${rows(parameter, 'secrets', 'id uuid, kind text, key_id text, ciphertext text')}),
  new_webhook as (insert into webhook (owner_kind, owner_id, ${WEBHOOK_NAMES.join(', ')})
    select ${owner.kind}, ${owner.id}, ${WEBHOOK_NAMES.map((name) => `r.${name}`).join(', ')} from ${rows(parameter, 'webhooks', WEBHOOK_COLUMNS)}),
  new_bundle as (insert into bundle (id, application_id, name, description, input_schema, default_auth_id, correlation_ids)
    select r.id, ${owner.id}, r.name, r.description, r.input_schema, r.default_auth_id, r.correlation_ids
    from ${rows(parameter, 'bundles', 'id uuid, name text, description text, input_schema jsonb, default_auth_id uuid, correlation_ids jsonb')}),
  new_api as (insert into api_definition (application_id, ${DEFINITION_NAMES.replaceAll('r.', '')}, target_url)
    select ${owner.id}, ${DEFINITION_NAMES}, r.target_url from ${rows(parameter, 'apis', `${DEFINITION_COLUMNS}, target_url text`)}),
  new_event as (insert into event_definition (application_id, ${DEFINITION_NAMES.replaceAll('r.', '')})
    select ${owner.id}, ${DEFINITION_NAMES} from ${rows(parameter, 'events', DEFINITION_COLUMNS)}),
  new_reference as (insert into bundle_reference (bundle_id, kind, definition_id, default_target_url)
    select r.bundle_id, r.kind, r.definition_id, r.default_target_url from ${rows(parameter, 'references', 'bundle_id uuid, kind smallint, definition_id uuid, default_target_url text')}),
  new_blob as (insert into blob (id, body)
    select ${digest}, r.data from ${rows(parameter, 'specs', 'data text')} where r.data is not null
    union select ${digest}, r.data from ${rows(parameter, 'documents', 'data text')} where r.data is not null
    on conflict do nothing),
  new_spec as (insert into spec (id, kind, definition_id, type, format, data_id)
    select r.id, r.kind, r.definition_id, r.type, r.format, case when r.data is not null then ${digest} end
    from ${rows(parameter, 'specs', SPEC_COLUMNS)}),
  new_document as (insert into document (id, application_id, bundle_id, title, display_name, description, format, kind, data_id)
    select r.id, ${owner.id}, r.bundle_id, r.title, r.display_name, r.description, r.format, r.kind, case when r.data is not null then ${digest} end
    from ${rows(parameter, 'documents', 'id uuid, bundle_id uuid, title text, display_name text, description text, format text, kind text, data text')})`;
}

/**
 * Common table expressions that put the specs of a content in the place of those that its definitions have; a spec keeps its id. (Not an
 * upsert: under row-level security it would have to see rows of its own statement.)
 */
export function replaceSpecsSql(parameter: string): string {
  return `new_blob as (insert into blob (id, body) select ${digest}, r.data from ${rows(parameter, 'specs', 'data text')} where r.data is not null on conflict do nothing),
  changed_spec as (update spec set type = r.type, format = r.format, data_id = case when r.data is not null then ${digest} end
    from ${rows(parameter, 'specs', SPEC_COLUMNS)} where spec.definition_id = r.definition_id and spec.kind = r.kind returning spec.definition_id),
  new_spec as (insert into spec (id, kind, definition_id, type, format, data_id)
    select r.id, r.kind, r.definition_id, r.type, r.format, case when r.data is not null then ${digest} end
    from ${rows(parameter, 'specs', SPEC_COLUMNS)} where not exists (select from changed_spec where changed_spec.definition_id = r.definition_id))`;
}

/** The content as its parameter. */
export function contentParameter({ firstTargetUrl: _unused, ...content }: Content): string {
  return JSON.stringify(content);
}
