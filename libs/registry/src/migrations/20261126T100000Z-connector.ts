import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(RENEWAL_AND_LISTS);
  await knex.raw(RECOVERY);
}

const RENEWAL_AND_LISTS = `
alter table certificate add column renewal_asked_at timestamptz;
comment on column certificate.renewal_asked_at is 'An administrator wants it renewed now; its holder is told when it asks for its configuration';
grant update (renewal_asked_at) on certificate to binnacle_director;

-- Tokens that holders of certificates are given are written down by whoever spends them.
grant insert on one_time_token to binnacle_gateway;

alter table revocation_list add column content_digest bytea;
comment on column revocation_list.content_digest is 'SHA-256 of what the list names: equal to that of the record, the list is not built again';
`;

/** The way back in for identities whose certificate has ended: with the key that was bound when it was issued. */
const RECOVERY = `
create table recovery (
  id uuid primary key,
  auth_id uuid not null references system_auth on delete cascade,
  tenant_id uuid references tenant on delete cascade,
  lost_certificate_id uuid not null,
  spki_sha256 bytea not null check (octet_length(spki_sha256) = 32),
  state text not null check (state in ('pending', 'approved', 'rejected', 'done')),
  requested_at timestamptz not null default now(),
  decided_at timestamptz,
  decided_by text,
  certificate_id uuid
);
create index recovery_of_auth on recovery (auth_id, id desc);
create index recovery_of_tenant on recovery (tenant_id, requested_at);
comment on column recovery.spki_sha256 is 'The only key that the recovery may be finished with';

create table recovery_challenge (
  hash bytea primary key check (octet_length(hash) = 32),
  spent_at timestamptz not null default now()
);
create index recovery_challenge_spent on recovery_challenge (spent_at);
comment on table recovery_challenge is 'Challenges that were answered, until they would have expired: none is answered twice';

alter table recovery enable row level security;
create policy service on recovery to binnacle_director, binnacle_connector using (true) with check (true);
create policy net on recovery to binnacle_guarded using (app_global() or net_system_auth(auth_id)) with check (true);
grant select, insert, update, delete on recovery, recovery_challenge to binnacle_guarded;
grant select, insert, update on recovery to binnacle_connector;
grant select, insert, delete on recovery_challenge to binnacle_connector;
grant select, update (state, decided_at, decided_by) on recovery to binnacle_director;
`;
