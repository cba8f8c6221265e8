import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(GLOBAL_OBJECTS);
  await knex.raw(ROOTS);
  await knex.raw(SECRETS);
  await knex.raw(CONTENT);
  await knex.raw(WEBHOOKS);
  await knex.raw(FORMATIONS);
  await knex.raw(NET_QUESTIONS);
  await knex.raw(NET_OF_CHILDREN);
}

const GLOBAL_OBJECTS = `
create table integration_system (
  id uuid primary key,
  name text not null,
  description text,
  created_at timestamptz not null default now(),
  updated_at timestamptz,
  constraint integration_system_name_taken unique (name)
);
create table application_template (
  id uuid primary key,
  name text not null,
  region text,
  description text,
  app_input jsonb not null,
  placeholders jsonb not null default '[]',
  app_namespace text,
  labels jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz
);
create unique index application_template_name_taken on application_template (name, coalesce(region, ''));
create table formation_template (
  id uuid primary key,
  name text not null,
  tenant_id uuid references tenant on delete cascade,
  application_types text[] not null,
  runtime_types text[],
  runtime_type_display_name text,
  runtime_artifact_kind text check (runtime_artifact_kind in ('SUBSCRIPTION', 'SERVICE_INSTANCE', 'ENVIRONMENT_INSTANCE')),
  leading_product_ids text[],
  supports_reset boolean not null default false,
  discovery_consumers text[],
  labels jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz,
  constraint formation_template_name_taken unique nulls not distinct (name, tenant_id)
);
`;

/**
 * Two forms of one truth: "access" has a row for each tenant that may see a root, "readers" the distinct tenants of these rows.
 * The table serves unfiltered pages, counts and owner checks, the array serves label filters.
 */
const ROOTS = `
create table application (
  id uuid primary key,
  owner_tenant uuid not null references tenant,
  name text not null,
  norm_name text not null,
  system_number text,
  local_tenant_id text,
  base_url text,
  provider_name text,
  description text,
  healthcheck_url text,
  app_namespace text,
  integration_system_id uuid references integration_system,
  template_id uuid references application_template,
  status text not null default 'INITIAL' check (status in ('INITIAL', 'CONNECTED', 'FAILED', 'CREATING', 'CREATE_FAILED', 'CREATE_SUCCEEDED',
    'UPDATING', 'UPDATE_FAILED', 'UPDATE_SUCCEEDED', 'DELETING', 'DELETE_FAILED', 'DELETE_SUCCEEDED', 'UNPAIRING', 'UNPAIR_FAILED')),
  status_at timestamptz not null default now(),
  system_status text,
  ready boolean not null default true,
  error jsonb,
  labels jsonb not null default '{}',
  label_keys text[] not null generated always as (label_keys_of(labels)) stored,
  readers uuid[] not null,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz,
  constraint application_system_number_taken unique (system_number)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
create unique index application_name_taken on application (owner_tenant, norm_name, coalesce(system_number, ''));
create index application_by_labels on application using gin (readers, labels jsonb_path_ops, label_keys) with (gin_pending_list_limit = 256);
create index application_by_local_tenant on application (local_tenant_id, template_id) where local_tenant_id is not null;
create index application_of_integration_system on application (integration_system_id) where integration_system_id is not null;
create index application_of_template on application (template_id) where template_id is not null;

create table runtime (
  id uuid primary key,
  owner_tenant uuid not null references tenant,
  name text not null,
  description text,
  status text not null default 'INITIAL' check (status in ('INITIAL', 'PROVISIONING', 'CONNECTED', 'FAILED')),
  status_at timestamptz not null default now(),
  app_namespace text,
  labels jsonb not null default '{}',
  label_keys text[] not null generated always as (label_keys_of(labels)) stored,
  readers uuid[] not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz
);
create index runtime_by_labels on runtime using gin (readers, labels jsonb_path_ops, label_keys) with (gin_pending_list_limit = 256);
create index runtime_of_tenant on runtime (owner_tenant);

create table runtime_context (
  id uuid primary key,
  runtime_id uuid not null references runtime on delete cascade,
  owner_tenant uuid not null references tenant,
  key text not null,
  value text not null,
  readers uuid[] not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz
);
create index runtime_context_of_runtime on runtime_context (runtime_id, id);

alter table application enable row level security;
alter table runtime enable row level security;
alter table runtime_context enable row level security;
create policy service on application to binnacle_director using (true) with check (true);
create policy service on runtime to binnacle_director using (true) with check (true);
create policy service on runtime_context to binnacle_director using (true) with check (true);
create policy net on application to binnacle_guarded using (app_global() or readers @> array[app_tenant()]) with check (true);
create policy net on runtime to binnacle_guarded using (app_global() or readers @> array[app_tenant()]) with check (true);
create policy net on runtime_context to binnacle_guarded using (app_global() or readers @> array[app_tenant()]) with check (true);
grant select, insert, update, delete on integration_system, application_template, formation_template, application, runtime, runtime_context
  to binnacle_director, binnacle_guarded;

alter table access enable row level security;
create policy service on access to binnacle_director using (true) with check (true);
create policy net on access to binnacle_guarded using (app_global() or tenant_id = app_tenant()
  or exists (select from application where application.id = access.resource_id)
  or exists (select from runtime where runtime.id = access.resource_id)
  or exists (select from runtime_context where runtime_context.id = access.resource_id)) with check (true);
`;

/**
 * What the net asks of children, one question a kind. They run as the owner of the tables and by index: policies that ask each other would be
 * planned as nested scans.
 */
const NET_QUESTIONS = `
create function net_application(wanted uuid) returns boolean language sql stable security definer set search_path = public as
  $$ select exists (select from application a where a.id = wanted and a.readers @> array[app_tenant()]) $$;
create function net_runtime(wanted uuid) returns boolean language sql stable security definer set search_path = public as
  $$ select exists (select from runtime r where r.id = wanted and r.readers @> array[app_tenant()]) $$;
create function net_formation(wanted uuid) returns boolean language sql stable security definer set search_path = public as
  $$ select exists (select from formation f where f.id = wanted and f.tenant_id = app_tenant()) $$;
create function net_bundle(wanted uuid) returns boolean language sql stable security definer set search_path = public as
  $$ select exists (select from bundle b join application a on a.id = b.application_id where b.id = wanted and a.readers @> array[app_tenant()]) $$;
create function net_definition(api uuid, event uuid) returns boolean language sql stable security definer set search_path = public as
  $$ select exists (select from api_definition d join application a on a.id = d.application_id where d.id = api and a.readers @> array[app_tenant()])
    or exists (select from event_definition d join application a on a.id = d.application_id where d.id = event and a.readers @> array[app_tenant()]) $$;
create function net_blob(wanted bytea) returns boolean language sql stable security definer set search_path = public as
  $$ select exists (select from spec s where s.data_id = wanted and net_definition(s.api_definition_id, s.event_definition_id))
    or exists (select from document d where d.data_id = wanted and net_application(d.application_id)) $$;
`;

/** Children have no access rows: the net, like every statement, reaches them through their root. A new child's root may be of the same statement, so inserts are not held back. */
const SECRETS = `
create table secret (
  id uuid primary key,
  kind text not null,
  root_kind smallint,
  root_id uuid,
  application_id uuid generated always as (case when root_kind = 1 then root_id end) stored references application on delete cascade,
  runtime_id uuid generated always as (case when root_kind = 2 then root_id end) stored references runtime on delete cascade,
  ciphertext bytea not null,
  key_id text not null,
  created_at timestamptz not null default now()
);
create index secret_of_application on secret (application_id) where application_id is not null;
create index secret_of_runtime on secret (runtime_id) where runtime_id is not null;
comment on table secret is 'Sealed credentials (AES-256-GCM, the id is bound in). Root: 1 application, 2 runtime, none for global objects';

create table system_auth (
  id uuid primary key,
  ref_kind smallint not null,
  ref_id uuid not null,
  application_id uuid generated always as (case when ref_kind = 1 then ref_id end) stored references application on delete cascade,
  runtime_id uuid generated always as (case when ref_kind = 2 then ref_id end) stored references runtime on delete cascade,
  integration_system_id uuid generated always as (case when ref_kind = 4 then ref_id end) stored references integration_system on delete cascade,
  tenant_id uuid references tenant,
  auth_id uuid references secret,
  cert_cn text,
  oauth_client_secret_hash text,
  created_at timestamptz not null default now(),
  updated_at timestamptz
);
create index system_auth_of on system_auth (ref_kind, ref_id);
create index system_auth_of_application on system_auth (application_id) where application_id is not null;
create index system_auth_of_runtime on system_auth (runtime_id) where runtime_id is not null;
create unique index system_auth_cert_cn_taken on system_auth (cert_cn) where cert_cn is not null;

alter table secret enable row level security;
alter table system_auth enable row level security;
create policy service on secret to binnacle_director using (true) with check (true);
create policy service on system_auth to binnacle_director using (true) with check (true);
grant select, insert, update, delete on secret, system_auth to binnacle_director, binnacle_guarded;
`;

const CONTENT = `
create table bundle (
  id uuid primary key,
  application_id uuid not null references application on delete cascade,
  name text not null,
  description text,
  input_schema jsonb,
  default_auth_id uuid references secret,
  correlation_ids jsonb,
  ord_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz,
  constraint bundle_ord_id_taken unique (application_id, ord_id)
);
create index bundle_of_application on bundle (application_id, id);

create table api_definition (
  id uuid primary key,
  application_id uuid not null references application on delete cascade,
  name text not null,
  description text,
  group_name text,
  target_url text not null,
  version_value text,
  version_deprecated boolean,
  version_deprecated_since text,
  version_for_removal boolean,
  created_at timestamptz not null default now(),
  updated_at timestamptz
);
create index api_definition_of_application on api_definition (application_id, id);

create table event_definition (
  id uuid primary key,
  application_id uuid not null references application on delete cascade,
  name text not null,
  description text,
  group_name text,
  version_value text,
  version_deprecated boolean,
  version_deprecated_since text,
  version_for_removal boolean,
  created_at timestamptz not null default now(),
  updated_at timestamptz
);
create index event_definition_of_application on event_definition (application_id, id);

-- Which definitions a bundle offers. Kind: 1 API, 2 event.
create table bundle_reference (
  bundle_id uuid not null references bundle on delete cascade,
  kind smallint not null check (kind in (1, 2)),
  definition_id uuid not null,
  api_definition_id uuid generated always as (case when kind = 1 then definition_id end) stored references api_definition on delete cascade,
  event_definition_id uuid generated always as (case when kind = 2 then definition_id end) stored references event_definition on delete cascade,
  default_target_url text,
  primary key (bundle_id, kind, definition_id)
);
create index bundle_reference_of_api on bundle_reference (api_definition_id) where api_definition_id is not null;
create index bundle_reference_of_event on bundle_reference (event_definition_id) where event_definition_id is not null;

-- Equal texts are stored once, named by their SHA-256. Who may see a text is decided by what refers to it.
create table blob (
  id bytea primary key check (octet_length(id) = 32),
  body text not null
);

create table spec (
  id uuid primary key,
  kind smallint not null check (kind in (1, 2)),
  definition_id uuid not null,
  api_definition_id uuid generated always as (case when kind = 1 then definition_id end) stored references api_definition on delete cascade,
  event_definition_id uuid generated always as (case when kind = 2 then definition_id end) stored references event_definition on delete cascade,
  type text not null check (type in ('ODATA', 'OPEN_API', 'ASYNC_API')),
  format text not null check (format in ('YAML', 'JSON', 'XML')),
  data_id bytea references blob,
  created_at timestamptz not null default now(),
  constraint spec_of_definition unique (definition_id, kind)
);
create index spec_of_api on spec (api_definition_id) where api_definition_id is not null;
create index spec_of_event on spec (event_definition_id) where event_definition_id is not null;
create index spec_of_blob on spec (data_id);

create table document (
  id uuid primary key,
  application_id uuid not null references application on delete cascade,
  bundle_id uuid not null references bundle on delete cascade,
  title text not null,
  display_name text not null,
  description text not null,
  format text not null check (format in ('MARKDOWN')),
  kind text,
  data_id bytea references blob,
  created_at timestamptz not null default now(),
  updated_at timestamptz
);
create index document_of_bundle on document (bundle_id, id);
create index document_of_application on document (application_id, id);
create index document_of_blob on document (data_id);

alter table bundle enable row level security;
alter table api_definition enable row level security;
alter table event_definition enable row level security;
alter table bundle_reference enable row level security;
alter table spec enable row level security;
alter table document enable row level security;
alter table blob enable row level security;
create policy service on bundle to binnacle_director using (true) with check (true);
create policy service on api_definition to binnacle_director using (true) with check (true);
create policy service on event_definition to binnacle_director using (true) with check (true);
create policy service on bundle_reference to binnacle_director using (true) with check (true);
create policy service on spec to binnacle_director using (true) with check (true);
create policy service on document to binnacle_director using (true) with check (true);
create policy service on blob to binnacle_director using (true) with check (true);
grant select, insert, update, delete on bundle, api_definition, event_definition, bundle_reference, spec, document, blob to binnacle_director, binnacle_guarded;
`;

const WEBHOOKS = `
create table webhook (
  id uuid primary key,
  owner_kind smallint not null check (owner_kind in (1, 2, 4, 5, 6)),
  owner_id uuid not null,
  application_id uuid generated always as (case when owner_kind = 1 then owner_id end) stored references application on delete cascade,
  runtime_id uuid generated always as (case when owner_kind = 2 then owner_id end) stored references runtime on delete cascade,
  integration_system_id uuid generated always as (case when owner_kind = 4 then owner_id end) stored references integration_system on delete cascade,
  application_template_id uuid generated always as (case when owner_kind = 5 then owner_id end) stored references application_template on delete cascade,
  formation_template_id uuid generated always as (case when owner_kind = 6 then owner_id end) stored references formation_template on delete cascade,
  type text not null check (type in ('CONFIGURATION_CHANGED', 'APPLICATION_TENANT_MAPPING', 'REGISTER_APPLICATION', 'UNREGISTER_APPLICATION',
    'OPEN_RESOURCE_DISCOVERY', 'OPEN_RESOURCE_DISCOVERY_STATIC', 'FORMATION_LIFECYCLE', 'SYSTEM_FIELD_DISCOVERY')),
  mode text check (mode in ('SYNC', 'ASYNC', 'ASYNC_CALLBACK')),
  url text,
  version text,
  correlation_id_key text,
  retry_interval integer,
  timeout integer,
  url_template text,
  input_template text,
  header_template text,
  output_template text,
  status_template text,
  auth_id uuid references secret,
  created_at timestamptz not null default now(),
  constraint webhook_type_taken unique (owner_kind, owner_id, type)
);
create index webhook_of_application on webhook (application_id) where application_id is not null;
create index webhook_of_runtime on webhook (runtime_id) where runtime_id is not null;
create index webhook_of_application_template on webhook (application_template_id) where application_template_id is not null;
create index webhook_of_formation_template on webhook (formation_template_id) where formation_template_id is not null;
create index webhook_of_integration_system on webhook (integration_system_id) where integration_system_id is not null;
comment on column webhook.owner_kind is '1 application, 2 runtime, 4 integration system, 5 application template, 6 formation template';
alter table webhook enable row level security;
create policy service on webhook to binnacle_director using (true) with check (true);
grant select, insert, update, delete on webhook to binnacle_director, binnacle_guarded;
`;

const FORMATIONS = `
create table formation (
  id uuid primary key,
  tenant_id uuid not null references tenant on delete cascade,
  name text not null,
  template_id uuid not null references formation_template,
  state text not null check (state in ('DRAFT', 'INITIAL', 'READY', 'CREATE_ERROR', 'DELETING', 'DELETE_ERROR')),
  error jsonb,
  last_state_change timestamptz,
  last_notification timestamptz,
  created_at timestamptz not null default now(),
  constraint formation_name_taken unique (tenant_id, name)
);
create index formation_of_template on formation (template_id);
create index formation_page on formation (tenant_id, id);

create table formation_member (
  formation_id uuid not null references formation on delete cascade,
  kind smallint not null check (kind in (1, 2, 3)),
  object_id uuid not null,
  source text not null check (source in ('manual', 'automatic')),
  created_at timestamptz not null default now(),
  primary key (formation_id, kind, object_id, source)
);
create index formation_member_of_object on formation_member (object_id) include (formation_id, kind);
comment on column formation_member.kind is '1 application, 2 runtime, 3 runtime context';

create table formation_assignment (
  id uuid primary key,
  formation_id uuid not null references formation on delete cascade,
  source_kind smallint not null check (source_kind in (1, 2, 3)),
  source_id uuid not null,
  target_kind smallint not null check (target_kind in (1, 2, 3)),
  target_id uuid not null,
  state text not null check (state in ('INITIAL', 'READY', 'CONFIG_PENDING', 'CREATE_ERROR', 'DELETING', 'DELETE_ERROR')),
  config jsonb,
  error jsonb,
  last_state_change timestamptz,
  last_notification timestamptz,
  version integer not null default 1,
  constraint formation_assignment_pair unique (formation_id, source_id, target_id)
);
create index formation_assignment_page on formation_assignment (formation_id, id);
create index formation_assignment_of_target on formation_assignment (target_id);
create index formation_assignment_of_source on formation_assignment (source_id);
create index formation_assignment_unfinished on formation_assignment (formation_id) where state <> 'READY';

create table assignment_operation (
  id uuid primary key,
  assignment_id uuid not null references formation_assignment on delete cascade,
  formation_id uuid not null,
  type text not null check (type in ('ASSIGN', 'UNASSIGN')),
  triggered_by text not null check (triggered_by in ('ASSIGN_OBJECT', 'UNASSIGN_OBJECT', 'RESET', 'RESYNC')),
  started_at timestamptz,
  finished_at timestamptz
);
create index assignment_operation_of_assignment on assignment_operation (assignment_id, id);

alter table formation enable row level security;
alter table formation_member enable row level security;
alter table formation_assignment enable row level security;
alter table assignment_operation enable row level security;
alter table formation_template enable row level security;
create policy service on formation to binnacle_director using (true) with check (true);
create policy service on formation_member to binnacle_director using (true) with check (true);
create policy service on formation_assignment to binnacle_director using (true) with check (true);
create policy service on assignment_operation to binnacle_director using (true) with check (true);
create policy service on formation_template to binnacle_director using (true) with check (true);
create policy net on formation to binnacle_guarded using (app_global() or tenant_id = app_tenant()) with check (app_global() or tenant_id = app_tenant());
create policy net on formation_template to binnacle_guarded using (app_global() or tenant_id is null or tenant_id = app_tenant()) with check (true);
grant select, insert, update, delete on formation, formation_member, formation_assignment, assignment_operation to binnacle_director, binnacle_guarded;

insert into formation_template (id, name, application_types, runtime_types, runtime_type_display_name, runtime_artifact_kind, supports_reset)
values ('0197a000-0000-7000-8000-000000000001', 'Side-by-Side Extensibility with Kyma',
  array['SAP Cloud for Customer', 'SAP Commerce Cloud', 'SAP Field Service Management', 'SAP Marketing Cloud'],
  array['kyma'], 'SAP BTP Kyma', 'ENVIRONMENT_INSTANCE', true);
`;

/** Policies of children of roots. */
const NET_OF_CHILDREN = `
create policy net on secret to binnacle_guarded using (app_global() or root_kind is null or net_application(application_id) or net_runtime(runtime_id)) with check (true);
create policy net on system_auth to binnacle_guarded using (app_global() or ref_kind = 4 or net_application(application_id) or net_runtime(runtime_id)) with check (true);
create policy net on bundle to binnacle_guarded using (app_global() or net_application(application_id)) with check (true);
create policy net on api_definition to binnacle_guarded using (app_global() or net_application(application_id)) with check (true);
create policy net on event_definition to binnacle_guarded using (app_global() or net_application(application_id)) with check (true);
create policy net on document to binnacle_guarded using (app_global() or net_application(application_id)) with check (true);
create policy net on bundle_reference to binnacle_guarded using (app_global() or net_bundle(bundle_id)) with check (true);
create policy net on spec to binnacle_guarded using (app_global() or net_definition(api_definition_id, event_definition_id)) with check (true);
create policy net on blob to binnacle_guarded using (app_global() or net_blob(id)) with check (true);
create policy net on webhook to binnacle_guarded using (app_global() or owner_kind in (4, 5, 6) or net_application(application_id) or net_runtime(runtime_id)) with check (true);
-- Whoever sees an object may know that it is a member of something (it then cannot be deleted); of what, only the formation's tenant.
create policy net on formation_member to binnacle_guarded using (app_global() or net_formation(formation_id) or net_application(object_id) or net_runtime(object_id)) with check (true);
create policy net on formation_assignment to binnacle_guarded using (app_global() or net_formation(formation_id)) with check (true);
create policy net on assignment_operation to binnacle_guarded using (app_global() or net_formation(formation_id)) with check (true);
`;
