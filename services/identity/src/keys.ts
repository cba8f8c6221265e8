import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { JWKS } from 'oidc-provider';

/** What the provider must remember over a restart, so that tokens stay valid. */
export interface ProviderKeys {
  readonly jwks: JWKS;
  readonly cookieKeys: readonly string[];
}

/** Reads the keys of a folder, making them the first time; only the owner may read them. */
export function loadKeys(folder: string): ProviderKeys {
  const file = path.join(folder, 'keys.json');
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: randomBytes(8).toString('hex') };
    writeFileSync(file, JSON.stringify({ jwks: { keys: [jwk] }, cookieKeys: [randomBytes(32).toString('base64url')] }), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, 'utf8')) as ProviderKeys;
}
