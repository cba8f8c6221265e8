import type { GlobalWork } from '@binnacle/registry/work';

/** Holds the row of a spent token until the commit: what it buys is decided by one call at a time. */
export async function lockToken(work: GlobalWork, tokenId: string): Promise<{ readonly resultId: string | undefined } | undefined> {
  const [row] = await work.query<{ result_id: string | null }>('tokens.lock', 'select result_id from one_time_token where id = $1 for update', [tokenId]);
  return row && { resultId: row.result_id ?? undefined };
}

/** Holds the row of a certificate until the commit: it is not revoked in between. */
export async function lockCertificate(work: GlobalWork, fingerprint: string): Promise<{ readonly authId: string; readonly revoked: boolean } | undefined> {
  const [row] = await work.query<{ auth_id: string; revoked: boolean }>(
    'certificates.lock',
    `select auth_id, revoked_at is not null as revoked from certificate where fingerprint_sha256 = decode($1, 'hex') for share`,
    [fingerprint],
  );
  return row && { authId: row.auth_id, revoked: row.revoked };
}
