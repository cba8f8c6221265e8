import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(IDENTITIES);
  await knex.raw(TOKENS);
  await knex.raw(AUTHORITY);
  await knex.raw(CERTIFICATES);
  await knex.raw(OAUTH);
  await knex.raw(TRUSTED_ELSEWHERE);
  await knex.raw(POLICIES_AND_GRANTS);
}

/** A system auth is one identity: its id is the id of the OAuth client and the common name of the certificate. */
const IDENTITIES = `
alter table system_auth drop constraint system_auth_tenant_id_fkey;
alter table system_auth add constraint system_auth_tenant_id_fkey foreign key (tenant_id) references tenant on delete cascade;
alter table system_auth
  add column oauth_scopes text[],
  add column current_token_id uuid,
  add column bound_spki_sha256 bytea check (octet_length(bound_spki_sha256) = 32),
  add column approved_at timestamptz,
  add column approved_by text;
create index system_auth_of_tenant on system_auth (tenant_id) where tenant_id is not null;
create index system_auth_of_integration_system on system_auth (integration_system_id) where integration_system_id is not null;
comment on column system_auth.oauth_client_secret_hash is 'HMAC-SHA-256 (hex) under a key derived from the envelope key; null: no OAuth client';
comment on column system_auth.oauth_scopes is 'Scopes of the OAuth client; null: those configured for its kind of consumer';
comment on column system_auth.current_token_id is 'The one token of this identity that may (still) be spent: earlier ones are void, whatever minted them at the same time';
comment on column system_auth.bound_spki_sha256 is 'Enrolment by token only with the key of this SHA-256 (subject public key info)';

create function announce_system_auth_change() returns trigger language plpgsql as $$
begin
  perform pg_notify('system_auth_changed', old.id::text);
  return null;
end $$;
create trigger system_auth_changed after delete or update of tenant_id, auth_id, oauth_client_secret_hash, oauth_scopes, cert_cn on system_auth
  for each row execute function announce_system_auth_change();

-- When an identity was last used. A table of its own: it is written often, and in sets.
create table credential_use (
  auth_id uuid primary key references system_auth on delete cascade,
  last_used_at timestamptz not null,
  last_used_by text not null check (last_used_by in ('OneTimeToken', 'Certificate', 'OAuth2'))
) with (fillfactor = 70);

-- When an Application or Runtime last called.
create table heartbeat (
  kind smallint not null check (kind in (1, 2)),
  object_id uuid not null,
  application_id uuid generated always as (case when kind = 1 then object_id end) stored references application on delete cascade,
  runtime_id uuid generated always as (case when kind = 2 then object_id end) stored references runtime on delete cascade,
  last_seen_at timestamptz not null,
  primary key (kind, object_id)
) with (fillfactor = 70);
create index heartbeat_of_application on heartbeat (application_id) where application_id is not null;
create index heartbeat_of_runtime on heartbeat (runtime_id) where runtime_id is not null;

-- What a tenant demands beyond the defaults.
create table trust_policy (
  tenant_id uuid primary key references tenant on delete cascade,
  enrolment_approval boolean not null default false,
  recovery_approval boolean not null default true,
  recoveries_per_day integer not null default 10 check (recoveries_per_day >= 0),
  updated_at timestamptz not null default now()
);
`;

const TOKENS = `
create table one_time_token (
  id uuid primary key,
  auth_id uuid not null references system_auth on delete cascade,
  tenant_id uuid references tenant on delete cascade,
  consumer_type text not null check (consumer_type in ('Application', 'Runtime')),
  hash bytea not null check (octet_length(hash) = 32),
  connector_url text not null default '',
  legacy_connector_url text not null default '',
  scenario_groups text[] not null default '{}',
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  used_for text,
  request_fingerprint bytea,
  idempotency_hash bytea,
  result_id uuid,
  constraint one_time_token_hash unique (hash)
);
create index one_time_token_of_auth on one_time_token (auth_id, id desc);
create index one_time_token_expired on one_time_token (expires_at);
comment on column one_time_token.hash is 'HMAC-SHA-256 of the token under a key derived from the envelope key; the token itself is nowhere';
comment on column one_time_token.result_id is 'What the spent token bought (a certificate), for a retry of the same request';
`;

const AUTHORITY = `
create table issuer (
  id uuid primary key,
  kind text not null check (kind in ('builtin', 'step-ca', 'cert-manager', 'vault', 'external')),
  role text not null check (role in ('root', 'intermediate')),
  parent_id uuid references issuer,
  subject text not null,
  certificate_pem text not null,
  key_ref text,
  key_ciphertext bytea,
  key_id text,
  state text not null check (state in ('staged', 'active', 'retiring', 'retired')),
  not_before timestamptz not null,
  not_after timestamptz not null,
  created_at timestamptz not null default now(),
  activated_at timestamptz,
  retired_at timestamptz
);
create unique index issuer_active on issuer (role) where state = 'active';
comment on column issuer.key_ciphertext is 'The private key (PKCS #8) sealed with the envelope key, bound to the id; null where the key is elsewhere (key_ref)';

create table revocation_list (
  issuer_id uuid not null references issuer,
  number bigint not null,
  base_number bigint,
  this_update timestamptz not null,
  next_update timestamptz not null,
  der bytea not null,
  primary key (issuer_id, number)
);
comment on column revocation_list.base_number is 'Number of the full list that a delta list is relative to; null for a full list';

create function announce_issuer_change() returns trigger language plpgsql as $$
begin
  perform pg_notify('issuer_changed', coalesce(new.id, old.id)::text);
  return null;
end $$;
create trigger issuer_changed after insert or delete or update of state, certificate_pem on issuer for each row execute function announce_issuer_change();
`;

/** Certificates outlive the identity they were issued to: revocation lists name them until they expire. So there is no foreign key to it. */
const CERTIFICATES = `
create table certificate (
  id uuid primary key,
  issuer_id uuid not null references issuer,
  serial bytea not null check (octet_length(serial) between 1 and 20),
  auth_id uuid not null,
  ref_kind smallint not null,
  ref_id uuid not null,
  tenant_id uuid,
  fingerprint_sha256 bytea not null check (octet_length(fingerprint_sha256) = 32),
  spki_sha256 bytea not null check (octet_length(spki_sha256) = 32),
  subject text not null,
  key_algorithm text not null,
  not_before timestamptz not null,
  not_after timestamptz not null,
  via text not null check (via in ('token', 'renewal', 'recovery', 'est', 'acme')),
  der bytea not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  superseded_by uuid,
  revoked_at timestamptz,
  revocation_reason text,
  revoked_by text,
  revoked_in xid8,
  constraint certificate_serial unique (issuer_id, serial),
  constraint certificate_fingerprint unique (fingerprint_sha256),
  check ((revoked_at is null) = (revocation_reason is null)),
  check (revocation_reason in ('unspecified', 'keyCompromise', 'cACompromise', 'affiliationChanged', 'superseded', 'cessationOfOperation', 'privilegeWithdrawn'))
);
create index certificate_of_auth on certificate (auth_id, id desc);
create index certificate_of_object on certificate (ref_kind, ref_id, id);
create index certificate_of_tenant on certificate (tenant_id, id);
create index certificate_by_key on certificate (spki_sha256);
create index certificate_expiring on certificate (not_after, id) where revoked_at is null;
create index certificate_revoked on certificate (issuer_id, revoked_at) where revoked_at is not null;
create index certificate_revoked_in on certificate (revoked_in) where revoked_in is not null;
comment on column certificate.revoked_in is 'Transaction of the revocation: pollers ask for what none of their earlier snapshots can have seen';

create function note_revocation() returns trigger language plpgsql as $$
begin
  new.revoked_in := pg_current_xact_id();
  new.revocation_reason := coalesce(new.revocation_reason, 'unspecified');
  perform pg_notify('certificate_revoked', encode(new.fingerprint_sha256, 'hex'));
  return new;
end $$;
create trigger certificate_revoked before update of revoked_at on certificate for each row
  when (old.revoked_at is null and new.revoked_at is not null) execute function note_revocation();

-- Which identity a key belongs to: nobody else may enrol with it, and its holder may prove itself with it.
create table client_key (
  spki_sha256 bytea primary key check (octet_length(spki_sha256) = 32),
  auth_id uuid not null references system_auth on delete cascade,
  public_key_der bytea not null,
  created_at timestamptz not null default now()
);
create index client_key_of_auth on client_key (auth_id);

-- However an identity goes (by itself, with its object, with its tenant): its certificates stop at once, and its sealed credential goes too.
create function end_identity() returns trigger language plpgsql security definer set search_path = public as $$
begin
  update certificate set revoked_at = now(), revocation_reason = 'cessationOfOperation', revoked_by = coalesce(nullif(current_setting('app.actor', true), ''), 'deletion')
    where auth_id = old.id and revoked_at is null;
  delete from secret where id = old.auth_id;
  return null;
end $$;
create trigger system_auth_ended after delete on system_auth for each row execute function end_identity();
`;

/** What the token endpoint hands out: opaque tokens, kept by their hash. */
const OAUTH = `
create table oauth_token (
  kind text not null,
  hash bytea not null check (octet_length(hash) = 32),
  client_id uuid references system_auth on delete cascade,
  grant_id text,
  payload jsonb not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  consumed_at timestamptz,
  revoked_at timestamptz,
  primary key (kind, hash)
);
create index oauth_token_of_client on oauth_token (client_id) where client_id is not null;
create index oauth_token_of_grant on oauth_token (grant_id) where grant_id is not null;
create index oauth_token_expired on oauth_token (expires_at);
comment on column oauth_token.payload is 'What is known of the token, without the token itself';
`;

/** Certificates that others issue. */
const TRUSTED_ELSEWHERE = `
create table cert_subject_mapping (
  id uuid primary key,
  subject text not null,
  consumer_type text not null,
  internal_id text,
  levels text[] not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz,
  constraint cert_subject_mapping_subject_taken unique (subject)
);
comment on column cert_subject_mapping.subject is 'Sorted: CN, OU, O, L, ST, C';
create function announce_subject_mapping_change() returns trigger language plpgsql as $$
begin
  perform pg_notify('cert_subject_mapping_changed', coalesce(new.id, old.id)::text);
  return null;
end $$;
create trigger cert_subject_mapping_changed after insert or update or delete on cert_subject_mapping for each row execute function announce_subject_mapping_change();

-- Certificates that are refused by fingerprint alone, whoever issued them.
create table refused_certificate (
  fingerprint_sha256 bytea primary key check (octet_length(fingerprint_sha256) = 32),
  source text not null,
  refused_at timestamptz not null default now(),
  refused_in xid8 not null default pg_current_xact_id()
);
create index refused_certificate_in on refused_certificate (refused_in);
create function announce_refusal() returns trigger language plpgsql as $$
begin
  perform pg_notify('certificate_revoked', encode(new.fingerprint_sha256, 'hex'));
  return null;
end $$;
create trigger refused_certificate_added after insert on refused_certificate for each row execute function announce_refusal();
`;

/** Who may what: the Director makes and ends identities, the Gateway resolves them, the Connector issues. The guarded role sees what its tenant may. */
const POLICIES_AND_GRANTS = `
create function net_system_auth(wanted uuid) returns boolean language sql stable security definer set search_path = public as
  $$ select exists (select from system_auth s where s.id = wanted and (s.ref_kind = 4 or net_application(s.application_id) or net_runtime(s.runtime_id))) $$;

create policy gateway on system_auth to binnacle_gateway using (true) with check (true);
create policy connector on system_auth to binnacle_connector using (true) with check (true);
grant select, update (cert_cn, current_token_id, updated_at) on system_auth to binnacle_gateway, binnacle_connector;

alter table one_time_token enable row level security;
alter table certificate enable row level security;
alter table credential_use enable row level security;
alter table heartbeat enable row level security;
alter table client_key enable row level security;
alter table trust_policy enable row level security;
alter table oauth_token enable row level security;
create policy service on one_time_token to binnacle_director, binnacle_gateway, binnacle_connector using (true) with check (true);
create policy service on certificate to binnacle_director, binnacle_gateway, binnacle_connector using (true) with check (true);
create policy service on credential_use to binnacle_director, binnacle_gateway, binnacle_connector using (true) with check (true);
create policy service on heartbeat to binnacle_director using (true) with check (true);
create policy service on client_key to binnacle_director, binnacle_connector using (true) with check (true);
create policy service on trust_policy to binnacle_director, binnacle_gateway, binnacle_connector using (true) with check (true);
create policy service on oauth_token to binnacle_director, binnacle_gateway using (true) with check (true);
create policy net on one_time_token to binnacle_guarded using (app_global() or net_system_auth(auth_id)) with check (true);
create policy net on certificate to binnacle_guarded
  using (app_global() or ref_kind = 4 or tenant_id = app_tenant() or (ref_kind = 1 and net_application(ref_id)) or (ref_kind = 2 and net_runtime(ref_id))) with check (true);
create policy net on credential_use to binnacle_guarded using (app_global() or net_system_auth(auth_id)) with check (true);
create policy net on heartbeat to binnacle_guarded using (app_global() or net_application(application_id) or net_runtime(runtime_id)) with check (true);
create policy net on client_key to binnacle_guarded using (app_global() or net_system_auth(auth_id)) with check (true);
create policy net on trust_policy to binnacle_guarded using (app_global() or tenant_id = app_tenant()) with check (app_global() or tenant_id = app_tenant());
create policy net on oauth_token to binnacle_guarded using (app_global() or net_system_auth(client_id)) with check (true);

grant select, insert, update, delete on one_time_token, certificate, credential_use, heartbeat, client_key, trust_policy, oauth_token, issuer, revocation_list,
  cert_subject_mapping, refused_certificate to binnacle_guarded;

grant select, insert, update, delete on one_time_token, credential_use, heartbeat, trust_policy, cert_subject_mapping to binnacle_director;
grant select, update (revoked_at, revocation_reason, revoked_by) on certificate to binnacle_director;
grant select, delete on oauth_token to binnacle_director;
grant select on client_key, issuer, refused_certificate to binnacle_director;

grant select, update (used_at, used_for, request_fingerprint, idempotency_hash, result_id) on one_time_token to binnacle_gateway;
grant select, insert, update, delete on oauth_token, credential_use to binnacle_gateway;
grant select, update (last_used_at) on certificate to binnacle_gateway;
grant select on trust_policy, issuer, revocation_list, cert_subject_mapping, refused_certificate to binnacle_gateway;

grant select, insert, update on one_time_token, certificate, issuer, revocation_list, refused_certificate to binnacle_connector;
grant delete on one_time_token, revocation_list to binnacle_connector;
grant select, insert, update, delete on client_key, credential_use to binnacle_connector;
grant select on trust_policy, tenant_ancestor to binnacle_connector;
`;
