import { findDuplicateMember } from '@binnacle/graphql/envelope';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { log } from '@binnacle/log/log';
import { unverifiedIssuer } from './bearer-token.ts';
import { createIssuerKeys, IssuerUnavailable, type IssuerKeysOptions } from './issuer-keys.ts';

/** What an access token says of its user. */
export interface OidcUser {
  readonly subject: string;
  readonly name: string;
  readonly groups: readonly string[];
  /** External ids of the tenants the user may work in; undefined where the token does not say. */
  readonly tenants: readonly string[] | undefined;
  /** A tenant the provider names in the token itself. */
  readonly tenantClaim: string | undefined;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

export interface OidcOptions extends Omit<IssuerKeysOptions, 'onChange'> {
  readonly audience: string;
  /** Name of the claim that lists the tenants a user may work in. */
  readonly tenantsClaim: string;
}

export interface OidcVerifier {
  /** True for a token that says it is of this issuer: worth verifying. */
  isOfIssuer(token: string): boolean;
  /** The user, or undefined for a token that is not accepted. @throws IssuerUnavailable */
  verify(token: string): Promise<OidcUser | undefined>;
  /** Rejects until the provider has been found. */
  ready(): Promise<void>;
  stop(): void;
}

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const LEEWAY_SECONDS = 60;
const MAX_KEPT = 5_000;
const MAX_TOKEN_LENGTH = 12_000;

/** Verifies access tokens of one issuer. One that was verified is remembered until it expires or the issuer's keys change. */
export function createOidcVerifier(options: OidcOptions): OidcVerifier {
  const kept = new Map<string, OidcUser>();
  const keys = createIssuerKeys({ ...options, onChange: () => kept.clear() });
  return {
    isOfIssuer: (token) => kept.has(token) || (token.length <= MAX_TOKEN_LENGTH && unverifiedIssuer(token) === options.issuer),
    async verify(token) {
      const known = kept.get(token);
      if (known && known.expiresAt + LEEWAY_SECONDS > Date.now() / 1000) return known;
      const user = await verifyOnce(token);
      if (!user) return undefined;
      const [oldest] = kept.keys();
      if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest);
      kept.set(token, user);
      return user;
    },
    ready: keys.ready,
    stop: keys.stop,
  };

  async function verifyOnce(token: string): Promise<OidcUser | undefined> {
    try {
      const { payload } = await jwtVerify(token, keys.find, {
        issuer: options.issuer,
        audience: options.audience,
        algorithms: ALGORITHMS,
        clockTolerance: LEEWAY_SECONDS,
        requiredClaims: ['exp', 'sub'],
      });
      // Two readers could take different ones of two equal claims.
      if (findDuplicateMember(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) !== undefined) return undefined;
      return userOf(payload, options.tenantsClaim);
    } catch (error) {
      if (error instanceof IssuerUnavailable) throw error;
      if (!(error instanceof errors.JOSEError)) log().debug({ err: error }, 'token not verified');
      return undefined;
    }
  }
}

function userOf(payload: JWTPayload, tenantsClaim: string): OidcUser | undefined {
  const { name, groups, tenant, sub, exp, [tenantsClaim]: tenants } = payload as JWTPayload & Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || name === '' || typeof sub !== 'string' || !Number.isFinite(exp)) return undefined;
  return {
    subject: sub,
    name,
    groups: typeof groups === 'string' ? [groups] : texts(groups),
    tenants: tenants === undefined ? undefined : texts(tenants),
    tenantClaim: typeof tenant === 'string' ? tenant : undefined,
    expiresAt: Number(exp),
  };
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
