import type { Knex } from 'knex';

/** Roles own nothing: tables belong to whoever migrates. Roles are shared by all databases of a server, so they may exist already. */
const ROLES = ['binnacle_director', 'binnacle_gateway', 'binnacle_connector', 'binnacle_provisioner', 'binnacle_guarded'];

export async function up(knex: Knex): Promise<void> {
  for (const role of ROLES) {
    await knex.raw(`do $$ begin
      if not exists (select from pg_roles where rolname = '${role}') then
        create role ${role} login nosuperuser nocreatedb nocreaterole nobypassrls;
      end if;
    exception when duplicate_object or unique_violation then null;
    end $$`);
    await knex.raw(`grant usage on schema public to ${role}`);
  }
  await knex.raw('create extension if not exists pg_trgm');
  await knex.raw(TENANTS);
  await knex.raw(ACCESS);
  await knex.raw(NET_FUNCTIONS);
  await knex.raw(SIGNING_KEYS);
}

const TENANTS = `
create table tenant (
  id uuid primary key,
  external_id text not null,
  name text not null,
  type text not null check (type in ('unknown', 'customer', 'account', 'subaccount', 'organization', 'folder', 'resource-group', 'cost-object')),
  provider text not null,
  status text not null default 'active' check (status in ('active', 'inactive')),
  labels jsonb not null default '{}',
  has_scenarios_definition boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz,
  constraint tenant_external_id_taken unique (external_id)
);
create unique index tenant_by_name on tenant (name, id);
create index tenant_search on tenant using gin (name gin_trgm_ops, external_id gin_trgm_ops, (id::text) gin_trgm_ops);

create table tenant_parent (
  tenant_id uuid not null references tenant on delete cascade,
  parent_id uuid not null references tenant on delete cascade,
  created_at timestamptz not null default now(),
  primary key (tenant_id, parent_id),
  check (tenant_id <> parent_id)
);
create index tenant_parent_children on tenant_parent (parent_id, tenant_id);

-- Every ancestor of a tenant, itself at depth 0. "inherits" says whether the ancestor gains access to what the tenant owns:
-- all do but cost objects, of which only the nearest does.
create table tenant_ancestor (
  tenant_id uuid not null references tenant on delete cascade,
  ancestor_id uuid not null references tenant on delete cascade,
  depth integer not null,
  inherits boolean not null,
  primary key (tenant_id, ancestor_id) include (depth, inherits)
);
create index tenant_ancestor_descendants on tenant_ancestor (ancestor_id, tenant_id) include (depth, inherits);

create function announce_tenant_change() returns trigger language plpgsql as $$
begin
  perform pg_notify('tenant_changed', coalesce(new.external_id, old.external_id));
  return null;
end $$;
create trigger tenant_changed after insert or update or delete on tenant for each row execute function announce_tenant_change();

grant select, insert, update, delete on tenant, tenant_parent, tenant_ancestor to binnacle_director, binnacle_guarded;
grant select on tenant, tenant_ancestor to binnacle_gateway;
grant select on tenant to binnacle_connector, binnacle_provisioner;
`;

const ACCESS = `
create table access (
  tenant_id uuid not null references tenant on delete cascade,
  kind smallint not null,
  resource_id uuid not null,
  owner boolean not null,
  source_id uuid not null,
  primary key (tenant_id, kind, resource_id, source_id) include (owner)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
create index access_of_resource on access (resource_id, kind);
comment on column access.kind is '1 application, 2 runtime, 3 runtime context';
grant select, insert, update, delete on access to binnacle_director, binnacle_guarded;
`;

/** What the net asks: whose transaction this is. Without \`true\` a missing setting is an error, without \`nullif\` the empty text left by an ended transaction is. */
const NET_FUNCTIONS = `
create function app_tenant() returns uuid language sql stable parallel safe as
  $$ select nullif(current_setting('app.tenant', true), '')::uuid $$;
create function app_global() returns boolean language sql stable parallel safe as
  $$ select coalesce(current_setting('app.scope', true), '') = 'global' $$;
-- A UUID version 7 (RFC 9562), for rows that a statement makes in sets; PostgreSQL has its own from version 18 on.
create function new_uuid_v7() returns uuid language sql volatile as
  $$ select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid $$;
create function label_keys_of(labels jsonb) returns text[] language sql immutable parallel safe strict as
  $$ select coalesce(array_agg(key order by key), '{}') from jsonb_object_keys(labels) as key $$;
`;

const SIGNING_KEYS = `
create table signing_key (
  kid text primary key,
  algorithm text not null,
  public_jwk jsonb not null,
  key_ciphertext bytea not null,
  key_id text not null,
  created_at timestamptz not null default now(),
  activates_at timestamptz not null,
  retires_at timestamptz not null
);
grant select, insert, update, delete on signing_key to binnacle_gateway;
`;
