import type { Knex } from 'knex';

/** What the inventory of credentials looks for: revoked certificates of a tenant (few beside all), what expires when, OAuth clients and tokens. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('create index certificate_revoked_of_tenant on certificate (tenant_id, id) where revoked_at is not null');
  await knex.raw('create index certificate_by_expiry on certificate (not_after, id)');
  await knex.raw('create index system_auth_clients on system_auth (id) where oauth_client_secret_hash is not null');
  await knex.raw('create index system_auth_of_token on system_auth (current_token_id) where current_token_id is not null');
}
