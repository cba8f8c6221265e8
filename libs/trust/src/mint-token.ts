import { randomBytes } from 'node:crypto';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { type AnyWork, ask } from './any-work.ts';
import type { KeyedHash } from './keyed-hash.ts';

const TOKEN_BYTES = 64;

export type TokenConsumer = 'Application' | 'Runtime';

/** How long tokens live. */
export type TokenLifetimes = Readonly<Record<TokenConsumer, number>>;

export interface MintToken {
  readonly authId: string;
  readonly lifetimeSeconds: TokenLifetimes;
  /** Left out: those of the identity's previous token. */
  readonly connectorUrl?: string;
  readonly legacyConnectorUrl?: string;
  readonly scenarioGroups?: readonly string[];
  /** A token that follows from secrets of the caller's, so that a repeated request mints the same; left out: a random one. */
  readonly token?: string;
}

export interface MintedToken {
  readonly id: string;
  /** The only time it is seen. */
  readonly token: string;
  readonly authId: string;
  readonly consumerType: TokenConsumer;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly connectorUrl: string;
  readonly legacyConnectorUrl: string;
  readonly scenarioGroups: readonly string[];
}

/** A new one-time token: 64 random bytes, base64url with padding (88 characters). */
export function newOneTimeToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/**
 * Mints the one-time token of an identity; an earlier one that was not used stops working. Only its hash is stored.
 * @returns undefined when there is no such identity of an Application or Runtime (of the work's tenant or one below it)
 */
export async function mintToken(work: AnyWork, hashes: KeyedHash, mint: MintToken): Promise<MintedToken | undefined> {
  const token = mint.token ?? newOneTimeToken();
  const [row] = await ask<MintedRow>(work, 'tokens.mint', MINT, [
    mint.authId,
    newUuidV7(),
    hashes.hash(token),
    mint.lifetimeSeconds.Application,
    mint.lifetimeSeconds.Runtime,
    mint.connectorUrl ?? null,
    mint.legacyConnectorUrl ?? null,
    mint.scenarioGroups ?? null,
  ]);
  return (
    row && {
      id: row.id,
      token,
      authId: mint.authId,
      consumerType: row.consumer_type,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      connectorUrl: row.connector_url,
      legacyConnectorUrl: row.legacy_connector_url,
      scenarioGroups: row.scenario_groups,
    }
  );
}

interface MintedRow {
  readonly id: string;
  readonly consumer_type: TokenConsumer;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly connector_url: string;
  readonly legacy_connector_url: string;
  readonly scenario_groups: string[];
}

/** The identity points at its one valid token, so of any number of mints at the same time the last one to commit counts. */
const MINT = `/* tokens.mint */
with previous as (select t.connector_url, t.legacy_connector_url, t.scenario_groups from one_time_token t where t.auth_id = $2 order by t.id desc limit 1),
  auth as (update system_auth set current_token_id = $3 where id = $2 and ref_kind in (1, 2) and
    ($1::uuid is null or tenant_id = $1 or tenant_id in (select tenant_ancestor.tenant_id from tenant_ancestor where ancestor_id = $1 and inherits)) returning id, ref_kind, tenant_id)
insert into one_time_token (id, auth_id, tenant_id, consumer_type, hash, expires_at, connector_url, legacy_connector_url, scenario_groups)
select $3, auth.id, auth.tenant_id, case auth.ref_kind when 1 then 'Application' else 'Runtime' end, $4,
  now() + make_interval(secs => case auth.ref_kind when 1 then $5::float8 else $6::float8 end),
  coalesce($7, (select connector_url from previous), ''), coalesce($8, (select legacy_connector_url from previous), ''),
  coalesce($9::text[], (select scenario_groups from previous), '{}')
from auth
returning id, consumer_type, created_at, expires_at, connector_url, legacy_connector_url, scenario_groups`;
