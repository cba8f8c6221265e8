import type { GlobalWork } from '@binnacle/registry/work';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import type { DerivedTokens } from './derived-token.ts';
import type { KeyedHash } from './keyed-hash.ts';
import type { TokenConsumer, TokenLifetimes } from './mint-token.ts';

/** What a token is spent on. Only `sign` may have to wait for an approval, which leaves the token as it is. */
export type TokenUse = 'configuration' | 'sign' | 'other';

export interface BurnToken {
  readonly token: string;
  readonly use: TokenUse;
  /** SHA-256 of what was asked for, such as of the certificate request. */
  readonly requestFingerprint?: Buffer;
  /** The client's `Idempotency-Key`, hashed: with it the same request may be repeated for 30 seconds. */
  readonly idempotencyHash?: Buffer;
  /** With these, tokens that holders of certificates were given count too. */
  readonly derived?: { readonly tokens: DerivedTokens; readonly lifetimeSeconds: TokenLifetimes };
}

/** Whose token it was. */
export interface TokenIdentity {
  readonly tokenId: string;
  readonly authId: string;
  readonly consumerType: TokenConsumer;
  /** Id of the Application or Runtime. */
  readonly objectId: string;
  /** Internal id. */
  readonly tenant: string;
  /** SHA-256 (hex) of the only key that may be enrolled with the token. */
  readonly boundSpkiSha256: string | undefined;
}

export type BurnOutcome =
  /** Spent by this call, and by no other. */
  | { readonly kind: 'burned'; readonly identity: TokenIdentity }
  /** Spent before by the very same request; `resultId` is what it bought, if that is known already. */
  | { readonly kind: 'repeated'; readonly identity: TokenIdentity; readonly resultId: string | undefined }
  | { readonly kind: 'refused'; readonly reason: 'unknown' | 'used' | 'superseded' | 'expired' | 'approval-pending'; readonly identity?: TokenIdentity };

/**
 * Spends a one-time token: one conditional update, never a read before the write, so that of any number of callers one succeeds.
 * Commit before doing what it was spent for: a token that bought nothing stays spent.
 */
export async function burnToken(work: GlobalWork, hashes: KeyedHash, burn: BurnToken): Promise<BurnOutcome> {
  const spent = burn.derived && (await spendDerived(work, hashes, burn, burn.derived));
  if (spent) return spent;
  const values = [hashes.candidates(burn.token), burn.use, burn.idempotencyHash ?? null, burn.requestFingerprint ?? null];
  const once = async (): Promise<BurnOutcome> => outcomeOf((await work.query<BurnedRow>('tokens.burn', BURN, values))[0]);
  const outcome = await once();
  // Whoever lost a race still saw the token unspent; a repeated request is recognised by another look.
  return outcome.kind === 'refused' && outcome.reason === 'used' && burn.idempotencyHash ? once() : outcome;
}

/**
 * A derived token is spent by writing it down: of any number of callers one does. It must come from a certificate that is good now.
 * @returns undefined when it is no such token, has expired, or was spent before: then the burn of written tokens says which
 */
async function spendDerived(
  work: GlobalWork,
  hashes: KeyedHash,
  burn: BurnToken,
  { tokens, lifetimeSeconds }: NonNullable<BurnToken['derived']>,
): Promise<BurnOutcome | undefined> {
  const read = tokens.read(burn.token);
  if (!read) return undefined;
  const [row] = await work.query<BurnedRow>('tokens.spendDerived', SPEND_DERIVED, [
    newUuidV7(),
    read.authId,
    read.fingerprintStart,
    hashes.hash(burn.token),
    read.issuedAt,
    lifetimeSeconds.Application,
    lifetimeSeconds.Runtime,
    burn.use,
    burn.idempotencyHash ?? null,
    burn.requestFingerprint ?? null,
  ]);
  return row && outcomeOf(row);
}

/** Remembers what a spent token bought, for a retry of the same request. */
export async function noteTokenResult(work: GlobalWork, tokenId: string, resultId: string): Promise<void> {
  await work.query('tokens.result', 'update one_time_token set result_id = $2 where id = $1', [tokenId, resultId]);
}

/** The hash of an `Idempotency-Key`, bound to the token it came with. */
export function idempotencyHash(hashes: KeyedHash, key: string): Buffer {
  return hashes.hash(key);
}

interface BurnedRow {
  readonly outcome: 'burned' | 'repeated' | 'used' | 'superseded' | 'expired' | 'approval-pending';
  readonly id: string;
  readonly auth_id: string;
  readonly consumer_type: TokenConsumer;
  readonly ref_id: string;
  readonly tenant_id: string;
  readonly bound: string | null;
  readonly result_id: string | null;
}

function outcomeOf(row: BurnedRow | undefined): BurnOutcome {
  if (!row) return { kind: 'refused', reason: 'unknown' };
  const identity: TokenIdentity = {
    tokenId: row.id,
    authId: row.auth_id,
    consumerType: row.consumer_type,
    objectId: row.ref_id,
    tenant: row.tenant_id,
    boundSpkiSha256: row.bound ?? undefined,
  };
  if (row.outcome === 'burned') return { kind: 'burned', identity };
  if (row.outcome === 'repeated') return { kind: 'repeated', identity, resultId: row.result_id ?? undefined };
  return { kind: 'refused', reason: row.outcome, identity };
}

const RETRY_WINDOW = `interval '30 seconds'`;

const BURN = `/* tokens.burn */
with token as (
    select t.id, s.ref_id, s.bound_spki_sha256, s.current_token_id = t.id as current,
      $2 <> 'sign' or s.approved_at is not null or not coalesce(p.enrolment_approval, false) as approved
    from one_time_token t join system_auth s on s.id = t.auth_id left join trust_policy p on p.tenant_id = s.tenant_id
    where t.hash = any($1::bytea[])),
  burned as (
    update one_time_token t set used_at = clock_timestamp(), used_for = $2, idempotency_hash = $3, request_fingerprint = $4
    from token
    where t.id = token.id and token.approved and token.current and t.used_at is null and t.expires_at > clock_timestamp()
    returning t.id)
select case
    when burned.id is not null then 'burned'
    when t.used_at is not null and t.idempotency_hash = $3 and t.request_fingerprint is not distinct from $4 and t.used_at > clock_timestamp() - ${RETRY_WINDOW} then 'repeated'
    when t.used_at is not null then 'used'
    when token.current is not true then 'superseded'
    when t.expires_at <= clock_timestamp() then 'expired'
    when not token.approved then 'approval-pending'
    else 'used' end as outcome,
  t.id, t.auth_id, t.consumer_type, token.ref_id, t.tenant_id, encode(token.bound_spki_sha256, 'hex') as bound, t.result_id
from token join one_time_token t on t.id = token.id left join burned on burned.id = t.id`;

const SPEND_DERIVED = `/* tokens.spendDerived */
with auth as (
    select s.id, s.ref_kind, s.ref_id, s.tenant_id, s.bound_spki_sha256,
      $5::timestamptz + make_interval(secs => case s.ref_kind when 1 then $6::float8 else $7::float8 end) as expires_at
    from system_auth s where s.id = $2 and s.ref_kind in (1, 2) and exists (
      select from certificate c where c.auth_id = s.id and substring(c.fingerprint_sha256 from 1 for 12) = $3 and c.revoked_at is null and c.not_after > clock_timestamp())),
  spent as (
    insert into one_time_token (id, auth_id, tenant_id, consumer_type, hash, created_at, expires_at, used_at, used_for, idempotency_hash, request_fingerprint)
    select $1, auth.id, auth.tenant_id, case auth.ref_kind when 1 then 'Application' else 'Runtime' end, $4, $5, auth.expires_at, clock_timestamp(), $8, $9, $10
    from auth where auth.expires_at > clock_timestamp()
    on conflict (hash) do nothing
    returning id, auth_id, tenant_id, consumer_type)
select 'burned' as outcome, spent.id, spent.auth_id, spent.consumer_type, auth.ref_id, spent.tenant_id, encode(auth.bound_spki_sha256, 'hex') as bound, null as result_id
from spent join auth on auth.id = spent.auth_id`;
