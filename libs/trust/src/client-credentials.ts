import { randomBytes, timingSafeEqual } from 'node:crypto';
import { isUuid } from '@binnacle/registry/tenant-id';
import type { Registry } from '@binnacle/registry/registry';
import type { KeyedHash } from './keyed-hash.ts';

const SECRET_BYTES = 32;

/** A new client secret (256 random bits) and what is stored of it. */
export function newClientSecret(hashes: KeyedHash): { readonly secret: string; readonly hash: string } {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { secret, hash: hashes.hash(secret).toString('hex') };
}

/** Whether this is the secret of the OAuth client; false too where there is no such client. Takes the same time either way. */
export async function isClientSecret(registry: Registry, hashes: KeyedHash, clientId: string, secret: string): Promise<boolean> {
  const stored = await storedHash(registry, clientId);
  return matches(hashes, stored, secret);
}

/** Compares in constant time with a hash that was read before. */
export function matches(hashes: KeyedHash, stored: string | undefined, secret: string): boolean {
  const known = stored === undefined ? Buffer.alloc(32) : Buffer.from(stored, 'hex');
  let found = false;
  for (const candidate of hashes.candidates(secret)) if (candidate.length === known.length && timingSafeEqual(candidate, known)) found = true;
  return found && stored !== undefined;
}

async function storedHash(registry: Registry, clientId: string): Promise<string | undefined> {
  if (!isUuid(clientId)) return undefined;
  const [row] = await registry.read(
    { name: 'clients.secretHash', text: 'select oauth_client_secret_hash from system_auth where id = $1', values: [clientId] },
    'global',
  );
  return typeof row?.[0] === 'string' ? row[0] : undefined;
}
