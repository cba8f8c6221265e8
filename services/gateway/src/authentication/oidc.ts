import { log } from '@binnacle/log/log';
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from 'jose';

/** What an access token says of its user. */
export interface OidcUser {
  readonly subject: string;
  readonly name: string;
  readonly groups: readonly string[];
  /** External ids of the tenants the user may work in; undefined where the provider does not restrict. */
  readonly tenants: readonly string[] | undefined;
  /** A tenant the provider names in the token itself. */
  readonly tenantClaim: string | undefined;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** The provider cannot be asked and its keys are not known yet: not the caller's fault. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
}

export interface OidcOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Where the keys are; read from the discovery document when absent. */
  readonly jwksUrl?: string | undefined;
}

export interface OidcVerifier {
  /** The user, or undefined for a token that is not accepted. @throws IssuerUnavailable */
  verify(token: string): Promise<OidcUser | undefined>;
  /** Rejects until the provider has been found. */
  ready(): Promise<void>;
}

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const LEEWAY_SECONDS = 60;
const COOLDOWN_MS = 30_000;
const KEYS_LIVE_MS = 3_600_000;
const MAX_KEPT = 5_000;
const MAX_TOKEN_LENGTH = 12_000;

/**
 * Verifies access tokens of one issuer. Keys are read once an hour and, for an unknown key, at most once in half a minute for all callers
 * together; a token that was verified is remembered until it expires.
 */
export function createOidcVerifier(options: OidcOptions): OidcVerifier {
  const kept = new Map<string, OidcUser>();
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined;
  let lastTry = 0;

  async function findKeys(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    if (keys) return keys;
    if (Date.now() - lastTry < 1_000) throw new IssuerUnavailable('the OpenID provider was not found a moment ago');
    lastTry = Date.now();
    const url = options.jwksUrl ?? (await discover(options.issuer));
    keys = createRemoteJWKSet(new URL(url), {
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: KEYS_LIVE_MS,
      timeoutDuration: 3_000,
      [customFetch]: (target: string, init: RequestInit) => fetch(target, { ...init, redirect: 'error' }),
    });
    return keys;
  }

  return {
    async verify(token) {
      if (token.length > MAX_TOKEN_LENGTH) return undefined;
      const now = Date.now() / 1000;
      const known = kept.get(token);
      if (known && known.expiresAt + LEEWAY_SECONDS > now) return known;
      const user = await verifyOnce(token, await findKeys(), options);
      if (!user) return undefined;
      if (kept.size >= MAX_KEPT) kept.clear();
      kept.set(token, user);
      return user;
    },
    ready: async () => void (await findKeys()),
  };
}

async function verifyOnce(token: string, keys: ReturnType<typeof createRemoteJWKSet>, { issuer, audience }: OidcOptions): Promise<OidcUser | undefined> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: LEEWAY_SECONDS,
      requiredClaims: ['exp', 'sub'],
    });
    return userOf(payload);
  } catch (error) {
    if (error instanceof errors.JWKSTimeout || (error instanceof TypeError && /fetch/.test(error.message)))
      throw new IssuerUnavailable('the OpenID provider does not answer', { cause: error });
    if (!(error instanceof errors.JOSEError)) log().debug({ err: error }, 'token not verified');
    return undefined;
  }
}

function userOf(payload: JWTPayload): OidcUser | undefined {
  const { name, groups, tenants, tenant, sub, exp } = payload as JWTPayload & Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || name === '' || typeof sub !== 'string' || typeof exp !== 'number') return undefined;
  return {
    subject: sub,
    name,
    groups: typeof groups === 'string' ? [groups] : texts(groups),
    tenants: tenants === undefined ? undefined : texts(tenants),
    tenantClaim: typeof tenant === 'string' ? tenant : undefined,
    expiresAt: exp,
  };
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

async function discover(issuer: string): Promise<string> {
  try {
    const response = await fetch(`${issuer}/.well-known/openid-configuration`, { redirect: 'error', signal: AbortSignal.timeout(3_000) });
    const document = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown };
    if (document.issuer !== issuer) throw new Error(`the provider calls itself ${String(document.issuer)}`);
    if (typeof document.jwks_uri !== 'string') throw new Error('the discovery document names no keys');
    return document.jwks_uri;
  } catch (cause) {
    throw new IssuerUnavailable(`the OpenID provider ${issuer} was not found`, { cause });
  }
}
