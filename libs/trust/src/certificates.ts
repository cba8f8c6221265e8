import type { GlobalWork } from '@binnacle/registry/work';
import { type AnyWork, ask } from './any-work.ts';

/** Reasons of RFC 5280, 5.3.1, that a revocation here may have. */
export const REVOCATION_REASONS = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'privilegeWithdrawn',
] as const;

export type RevocationReason = (typeof REVOCATION_REASONS)[number];

/** A certificate that was just issued. Binary members are lower-case hex unless they are buffers. */
export interface IssuedCertificate {
  readonly id: string;
  readonly issuerId: string;
  readonly serial: string;
  readonly authId: string;
  readonly fingerprintSha256: string;
  readonly spkiSha256: string;
  readonly publicKeyDer: Buffer;
  readonly subject: string;
  readonly keyAlgorithm: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly via: 'token' | 'renewal' | 'recovery' | 'est' | 'acme';
  readonly der: Buffer;
  /** Lets a key that belongs to another identity pass. */
  readonly keyMayBeShared: boolean;
}

export type Recorded = 'recorded' | 'identity-gone' | 'key-of-another' | 'key-compromised';

/**
 * Records a certificate, and the key as its identity's: one statement. A certificate that could not be recorded must not be handed out.
 * The identity's row is held until the commit, so that one that is being deleted either gets no certificate, or revokes this one.
 */
export async function recordCertificate(work: GlobalWork, certificate: IssuedCertificate): Promise<Recorded> {
  const c = certificate;
  const [row] = await work.query<{ auths: number; made: number; compromised: boolean }>('certificates.record', RECORD, [
    c.id,
    c.issuerId,
    c.serial,
    c.authId,
    c.fingerprintSha256,
    c.spkiSha256,
    c.publicKeyDer,
    c.subject,
    c.keyAlgorithm,
    c.notBefore,
    c.notAfter,
    c.via,
    c.der,
    c.keyMayBeShared,
  ]);
  if (row?.made === 1) return 'recorded';
  if (row?.compromised) return 'key-compromised';
  return row?.auths === 0 ? 'identity-gone' : 'key-of-another';
}

/** A certificate as it is on record. */
export interface CertificateRecord {
  readonly id: string;
  readonly authId: string;
  readonly issuerId: string;
  readonly serial: string;
  readonly der: Buffer;
  readonly notAfter: Date;
  readonly revokedAt: Date | undefined;
}

/** By the SHA-256 (hex) of the whole certificate, or by its id. */
export async function findCertificate(
  work: GlobalWork,
  by: { readonly fingerprint: string } | { readonly id: string },
): Promise<CertificateRecord | undefined> {
  const [condition, value] = 'id' in by ? ['id = $1::uuid', by.id] : [`fingerprint_sha256 = decode($1, 'hex')`, by.fingerprint];
  const [row] = await work.query<{ id: string; auth_id: string; issuer_id: string; serial: string; der: Buffer; not_after: Date; revoked_at: Date | null }>(
    'certificates.find',
    `select id, auth_id, issuer_id, encode(serial, 'hex') as serial, der, not_after, revoked_at from certificate where ${condition}`,
    [value],
  );
  return (
    row && {
      id: row.id,
      authId: row.auth_id,
      issuerId: row.issuer_id,
      serial: row.serial,
      der: row.der,
      notAfter: row.not_after,
      revokedAt: row.revoked_at ?? undefined,
    }
  );
}

export interface Revoked {
  readonly issuerId: string;
  readonly serial: string;
  readonly fingerprint: string;
}

/** Which certificates: one by its fingerprint (hex), or all of an identity. */
export type RevokeWhich = { readonly fingerprint: string } | { readonly authId: string };

/**
 * Revokes certificates; those revoked before keep their date and reason. Every Gateway and the Connector are told at the commit.
 * For one tenant's work only certificates of it and of the tenants below it are reached.
 */
export async function revokeCertificates(work: AnyWork, which: RevokeWhich, reason: RevocationReason, by: string): Promise<readonly Revoked[]> {
  // A certificate that is being recorded holds its identity's row: waiting for that, the update sees it too.
  if ('authId' in which) await ask(work, 'certificates.holdIdentity', HOLD_IDENTITY, [which.authId]);
  const rows = await ask<{ issuer_id: string; serial: string; fingerprint: string }>(work, 'certificates.revoke', REVOKE, [
    'authId' in which ? which.authId : null,
    'fingerprint' in which ? which.fingerprint : null,
    reason,
    by,
  ]);
  return rows.map(({ issuer_id, serial, fingerprint }) => ({ issuerId: issuer_id, serial, fingerprint }));
}

/** One line of a revocation list. */
export interface RevocationEntry {
  readonly serial: string;
  readonly revokedAt: Date;
  readonly reason: RevocationReason;
}

/** Revoked certificates of an issuer that have not expired yet. */
export async function revocationsOf(work: GlobalWork, issuerId: string): Promise<readonly RevocationEntry[]> {
  const rows = await work.query<{ serial: string; revoked_at: Date; revocation_reason: RevocationReason }>(
    'certificates.revocations',
    `select encode(serial, 'hex') as serial, revoked_at, revocation_reason from certificate
     where issuer_id = $1 and revoked_at is not null and not_after > now() order by revoked_at, id`,
    [issuerId],
  );
  return rows.map(({ serial, revoked_at, revocation_reason }) => ({ serial, revokedAt: revoked_at, reason: revocation_reason }));
}

const RECORD = `/* certificates.record */
with auth as (select id, ref_kind, ref_id, tenant_id from system_auth where id = $4 for key share),
  known as (select exists (select from certificate where spki_sha256 = decode($6, 'hex') and revocation_reason = 'keyCompromise') as compromised),
  key as (insert into client_key (spki_sha256, auth_id, public_key_der) select decode($6, 'hex'), auth.id, $7 from auth, known where not known.compromised
    on conflict (spki_sha256) do update set auth_id = client_key.auth_id returning auth_id),
  made as (insert into certificate (id, issuer_id, serial, auth_id, ref_kind, ref_id, tenant_id, fingerprint_sha256, spki_sha256, subject, key_algorithm, not_before, not_after, via, der)
    select $1, $2, decode($3, 'hex'), auth.id, auth.ref_kind, auth.ref_id, auth.tenant_id, decode($5, 'hex'), decode($6, 'hex'), $8, $9, $10, $11, $12, $13
    from auth join key on key.auth_id = auth.id or $14
    returning id)
select (select count(*)::int from auth) as auths, (select count(*)::int from made) as made, (select compromised from known) as compromised`;

const HOLD_IDENTITY = `/* certificates.holdIdentity */ select from system_auth where id = $2 and ($1::uuid is null or tenant_id is null or tenant_id = $1
  or tenant_id in (select tenant_id from tenant_ancestor where ancestor_id = $1 and inherits)) for update`;

const REVOKE = `/* certificates.revoke */
update certificate set revoked_at = now(), revocation_reason = $4, revoked_by = $5
where revoked_at is null and (auth_id = $2 or fingerprint_sha256 = decode($3, 'hex'))
  and ($1::uuid is null or tenant_id = $1 or tenant_id in (select tenant_id from tenant_ancestor where ancestor_id = $1 and inherits) or (ref_kind = 4 and tenant_id is null))
returning issuer_id, encode(serial, 'hex') as serial, encode(fingerprint_sha256, 'hex') as fingerprint`;
