import { createPublicKey, type KeyObject } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { type Audience, type Caller, CONSUMER_TYPES, type ConsumerType, type Flow } from './caller.ts';

/** Why a token is not accepted; never a text of a library. */
export type TokenFault =
  | 'malformed token'
  | 'unknown signing key'
  | 'wrong signature'
  | 'expired token'
  | 'token not yet valid'
  | 'wrong issuer'
  | 'wrong audience'
  | 'wrong algorithm'
  | 'claims are incomplete';

export class InternalTokenError extends Error {
  override readonly name = 'InternalTokenError';
  readonly fault: TokenFault;
  constructor(fault: TokenFault) {
    super(fault);
    this.fault = fault;
  }
}

/** Public keys by their id. */
export interface KeySource {
  find(kid: string): Promise<KeyObject | undefined>;
}

export interface VerifierOptions {
  readonly keys: KeySource;
  readonly issuer: string;
  readonly audience: Audience;
  /** Seconds of the database's clock. */
  readonly nowSeconds: () => number;
}

export interface TokenVerifier {
  /** @throws InternalTokenError */
  verify(token: string): Promise<Caller>;
}

const CLOCK_LEEWAY_SECONDS = 5;
const MAX_TOKEN_LENGTH = 16_384;
const MAX_REMEMBERED = 5_000;

interface Remembered {
  readonly caller: Caller;
  readonly exp: number;
}

/** Verifies internal tokens; one that was verified is remembered until it expires, since a signature costs more than most queries. */
export function createTokenVerifier({ keys, issuer, audience, nowSeconds }: VerifierOptions): TokenVerifier {
  const remembered = new Map<string, Remembered>();
  return {
    async verify(token) {
      const known = remembered.get(token);
      if (known && known.exp > nowSeconds()) return known.caller;
      const claims = await verifySignature(token, keys, issuer, audience, nowSeconds());
      const result = { caller: callerOf(claims), exp: Number(claims['exp']) };
      if (remembered.size >= MAX_REMEMBERED) {
        const [oldest] = remembered.keys();
        if (oldest !== undefined) remembered.delete(oldest);
      }
      remembered.set(token, result);
      return result.caller;
    },
  };
}

async function verifySignature(token: string, keys: KeySource, issuer: string, audience: string, now: number): Promise<Readonly<Record<string, unknown>>> {
  if (token.length > MAX_TOKEN_LENGTH || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) throw new InternalTokenError('malformed token');
  const header = headerOf(token);
  if (header['alg'] !== 'ES256' || 'crit' in header) throw new InternalTokenError('wrong algorithm');
  const { kid } = header;
  const key = typeof kid === 'string' ? await keys.find(kid) : undefined;
  if (!key) throw new InternalTokenError('unknown signing key');
  let claims: Record<string, unknown>;
  try {
    // Times, issuer and audience are compared below, each with its own fault.
    claims = jsonwebtoken.verify(token, key, { algorithms: ['ES256'], ignoreExpiration: true, ignoreNotBefore: true }) as Record<string, unknown>;
  } catch {
    throw new InternalTokenError('wrong signature');
  }
  if (claims['iss'] !== issuer) throw new InternalTokenError('wrong issuer');
  if (claims['aud'] !== audience) throw new InternalTokenError('wrong audience');
  const { exp, nbf, iat } = claims;
  // JSON has numbers that no clock reaches: 1e400 is read as infinity.
  if (typeof exp !== 'number' || !Number.isSafeInteger(exp) || exp <= now) throw new InternalTokenError('expired token');
  if (typeof nbf !== 'number' || typeof iat !== 'number' || Math.max(nbf, iat) > now + CLOCK_LEEWAY_SECONDS)
    throw new InternalTokenError('token not yet valid');
  return claims;
}

function headerOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8'));
    if (typeof header === 'object' && header !== null) return header as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new InternalTokenError('malformed token');
}

function callerOf(claims: Readonly<Record<string, unknown>>): Caller {
  const text = (name: string): string => {
    const value = claims[name];
    return typeof value === 'string' ? value : '';
  };
  const consumerType = CONSUMER_TYPES.find((type) => type === claims['consumerType']);
  if (!consumerType || text('flow') === '') throw new InternalTokenError('claims are incomplete');
  const tenants = tenantsOf(text('tenant'));
  return {
    consumerId: text('consumerID'),
    consumerType: consumerType satisfies ConsumerType,
    flow: text('flow') as Flow, // set by the Gateway alone
    scopes: new Set(
      text('scopes')
        .split(' ')
        .filter((scope) => scope !== ''),
    ),
    tenant: tenants['consumerTenant'] || undefined,
    externalTenant: tenants['externalTenant'] || undefined,
    onBehalfOf: text('onBehalfOf'),
    region: text('region'),
    subject: text('subject'),
    ...(text('systemAuthID') ? { systemAuthId: text('systemAuthID') } : {}),
    ...(text('oneTimeTokenID') ? { oneTimeTokenId: text('oneTimeTokenID') } : {}),
    ...(text('certificateHash') ? { certificate: { fingerprint: text('certificateHash'), serial: text('certificateSerial') } } : {}),
  };
}

/** The tenants are a JSON object in a text; one that cannot be read is no tenant. */
function tenantsOf(text: string): Readonly<Record<string, string>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, string>) : {};
  } catch {
    return {};
  }
}

/** Keys that do not change; for tests. */
export function staticKeys(jwks: readonly Readonly<Record<string, unknown>>[]): KeySource {
  const byKid = new Map(jwks.map((jwk) => [jwk['kid'], createPublicKey({ key: jwk as Record<string, string>, format: 'jwk' })]));
  return { find: (kid) => Promise.resolve(byKid.get(kid)) };
}
