import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(INVENTORY);
}

/**
 * Every credential in one shape: tokens that may be spent or were spent last, OAuth clients, certificates. It asks as whoever asks it, so that
 * row-level security holds.
 */
const INVENTORY = `
create view credential with (security_invoker = true) as
  select t.id, 'ONE_TIME_TOKEN' as kind,
      case when t.used_at is not null then 'SPENT' when t.expires_at <= now() then 'EXPIRED' else 'ACTIVE' end as state,
      s.id as auth_id, s.ref_kind, s.ref_id, s.tenant_id, t.created_at, t.expires_at, t.used_at as last_used_at,
      null::timestamptz as revoked_at, null as revocation_reason, null as serial, null as fingerprint, null as key_algorithm
    from system_auth s join one_time_token t on t.id = s.current_token_id
  union all
  select s.id, 'OAUTH_CLIENT', 'ACTIVE', s.id, s.ref_kind, s.ref_id, s.tenant_id, s.created_at, null,
      (select u.last_used_at from credential_use u where u.auth_id = s.id and u.last_used_by = 'OAuth2'), null, null, null, null, null
    from system_auth s where s.oauth_client_secret_hash is not null
  union all
  select c.id, 'CERTIFICATE', case when c.revoked_at is not null then 'REVOKED' when c.not_after <= now() then 'EXPIRED' else 'ACTIVE' end,
      c.auth_id, c.ref_kind, c.ref_id, c.tenant_id, c.created_at, c.not_after, c.last_used_at,
      c.revoked_at, c.revocation_reason, encode(c.serial, 'hex'), encode(c.fingerprint_sha256, 'hex'), c.key_algorithm
    from certificate c;
grant select on credential to binnacle_director, binnacle_guarded;
grant select on heartbeat, integration_system to binnacle_director;
`;
