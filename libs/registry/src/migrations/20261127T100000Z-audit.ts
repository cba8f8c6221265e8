import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(TABLES);
  await knex.raw(PARTITIONS);
  await knex.raw(APPEND_ONLY);
  await knex.raw(POLICIES_AND_GRANTS);
}

/** Rows outlive what they tell of, so nothing here refers to other tables. */
const TABLES = `
create table audit (
  id uuid not null,
  at timestamptz not null default clock_timestamp(),
  tenant_id uuid,
  service text not null,
  actor_type text not null,
  actor text not null,
  on_behalf_of text,
  action text not null,
  object_type text,
  object_id text,
  result text not null check (result in ('success', 'refused')),
  correlation_id text,
  diff jsonb,
  seq bigint,
  prev_hash bytea,
  hash bytea,
  primary key (at, id),
  check ((seq is null) = (hash is null) and (seq is null) = (prev_hash is null))
) partition by range (at);
create index audit_of_tenant on audit (tenant_id, id desc);
create index audit_of_object on audit (object_id, id desc) where object_id is not null;
create index audit_unlinked on audit (id) where seq is null;
create index audit_linked on audit (seq) where seq is not null;
comment on column audit.seq is 'Place in the chain; null until the row is linked, at most about a second after its commit';
comment on column audit.hash is 'SHA-256 of prev_hash and the row; see libs/audit';

create table audit_chain (
  id smallint primary key default 1 check (id = 1),
  seq bigint not null,
  hash bytea not null,
  linked_at timestamptz not null default now()
);
insert into audit_chain (seq, hash) values (0, '\\x');

-- How far each export has come.
create table audit_export (
  target text primary key,
  seq bigint not null default 0,
  exported_at timestamptz,
  failures integer not null default 0,
  next_try_at timestamptz not null default now(),
  last_error text
);
`;

/** One partition a month, made ahead of time by whoever links; what no partition is there for lands in the default one and is not lost. */
const PARTITIONS = `
create table audit_default partition of audit default;
create function ensure_audit_partitions(months integer) returns void language plpgsql security definer set search_path = public as $$
declare
  first date := date_trunc('month', now() at time zone 'utc')::date;
  month date;
begin
  for ahead in 0 .. least(months, 24) loop
    month := (first + make_interval(months => ahead))::date;
    if to_regclass(format('audit_%s', to_char(month, 'YYYY_MM'))) is null then
      begin
        execute format('create table %I partition of audit for values from (%L) to (%L)', 'audit_' || to_char(month, 'YYYY_MM'),
          month::timestamp at time zone 'utc', (month + interval '1 month')::timestamp at time zone 'utc');
      exception
        when duplicate_table then null;
        -- Rows of that month are in the default partition already: they stay there.
        when check_violation then null;
      end;
    end if;
  end loop;
end $$;
revoke all on function ensure_audit_partitions(integer) from public;
grant execute on function ensure_audit_partitions(integer) to binnacle_director, binnacle_guarded;
select ensure_audit_partitions(3);
`;

/** Services may add rows and link them once. The owner of the tables can do more; the chain shows it. */
const APPEND_ONLY = `
create function keep_audit_row() returns trigger language plpgsql as $$
begin
  if old.seq is not null then raise exception 'row % of the audit log is linked and cannot be changed', old.seq using errcode = 'insufficient_privilege'; end if;
  return new;
end $$;
create trigger audit_linked_once before update on audit for each row execute function keep_audit_row();
`;

const POLICIES_AND_GRANTS = `
alter table audit enable row level security;
create policy service on audit to binnacle_director, binnacle_gateway, binnacle_connector, binnacle_provisioner using (true) with check (true);
create policy net on audit to binnacle_guarded using (app_global() or tenant_id = app_tenant()) with check (true);
grant insert on audit to binnacle_director, binnacle_gateway, binnacle_connector, binnacle_provisioner, binnacle_guarded;
grant select, update (seq, prev_hash, hash) on audit to binnacle_director, binnacle_guarded;
grant select, update on audit_chain to binnacle_director, binnacle_guarded;
grant select, insert, update on audit_export to binnacle_director, binnacle_guarded;
`;
