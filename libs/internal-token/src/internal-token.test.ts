import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Caller } from './caller.ts';
import { generateSigningKey, mintInternalToken } from './mint.ts';
import { createTokenVerifier, InternalTokenError, staticKeys } from './verify.ts';

const key = generateSigningKey();
const NOW = 1_800_000_000;
const caller: Caller = {
  consumerId: 'c"{{',
  consumerType: 'Application',
  flow: 'OAuth2',
  scopes: new Set(['b:read', 'a:write']),
  tenant: 't',
  externalTenant: 'e',
  onBehalfOf: '',
  region: '',
  subject: 'x","scopes":"y',
};

const verifier = (now = NOW, audience: 'director' | 'connector' = 'director', issuer = 'gateway') =>
  createTokenVerifier({ keys: staticKeys([key.publicJwk]), issuer, audience, nowSeconds: () => now });
const mint = (): string => mintInternalToken(key, caller, 'gateway', 'director', NOW);
const faultOf = async (token: string, v = verifier()): Promise<string> => {
  try {
    await v.verify(token);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof InternalTokenError)) throw error;
    return error.fault;
  }
};

describe('internal tokens', () => {
  it('carry a caller unchanged, whatever its texts hold', async () => {
    expect(await verifier().verify(mint())).toEqual(caller);
  });

  it('carry the system auth, the one-time token and the certificate that a caller came with', async () => {
    const trusted: Caller = { ...caller, systemAuthId: 'auth-1', oneTimeTokenId: 'token-1', certificate: { fingerprint: 'ab'.repeat(32), serial: '4f' } };
    expect(await verifier().verify(mintInternalToken(key, trusted, 'gateway', 'director', NOW))).toEqual(trusted);
  });

  it('are good for one service, one issuer and sixty seconds (T-10, T-11)', async () => {
    expect(await faultOf(mint(), verifier(NOW, 'connector'))).toBe('wrong audience');
    expect(await faultOf(mint(), verifier(NOW, 'director', 'else'))).toBe('wrong issuer');
    expect(await faultOf(mint(), verifier(NOW + 59))).toBe('accepted');
    expect(await faultOf(mint(), verifier(NOW + 60))).toBe('expired token');
    expect(await faultOf(mint(), verifier(NOW - 6))).toBe('token not yet valid');
  });

  it('are forgotten when they expire, though they were verified before', async () => {
    let now = NOW;
    const remembering = createTokenVerifier({ keys: staticKeys([key.publicJwk]), issuer: 'gateway', audience: 'director', nowSeconds: () => now });
    const token = mint();
    await remembering.verify(token);
    now += 61;
    expect(await faultOf(token, remembering)).toBe('expired token');
  });

  it('are refused with another algorithm, key or header (T-12)', async () => {
    const [, payload = '', signature = ''] = mint().split('.');
    const header = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const hs = `${header({ alg: 'HS256', kid: key.kid })}.${payload}`;
    expect(await faultOf(`${hs}.${createHmac('sha256', JSON.stringify(key.publicJwk)).update(hs).digest('base64url')}`)).toBe('wrong algorithm');
    expect(await faultOf(`${header({ alg: 'none' })}.${payload}.x`)).toBe('wrong algorithm');
    expect(await faultOf(`${header({ alg: 'ES256', kid: 'else' })}.${payload}.${signature}`)).toBe('unknown signing key');
    expect(await faultOf(`${header({ alg: 'ES256', kid: key.kid, crit: ['x'] })}.${payload}.${signature}`)).toBe('wrong algorithm');
    expect(await faultOf(`${header({ alg: 'ES256', kid: key.kid })}.${payload}.${'A'.repeat(86)}`)).toBe('wrong signature');
  });

  it('are accepted only byte for byte', async () => {
    const token = mint();
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...'ABCDEFGHabcdefgh0123456789-_.'), async (at, char) => {
        const changed = token.slice(0, at) + char + token.slice(at + 1);
        // The last character of a signature has bits that are not used: only what decodes to other bytes is another token.
        if (changed === token || Buffer.from(changed.split('.')[2] ?? '', 'base64url').equals(Buffer.from(token.split('.')[2] ?? '', 'base64url'))) {
          if (changed.slice(0, changed.lastIndexOf('.')) === token.slice(0, token.lastIndexOf('.'))) return;
        }
        expect(await faultOf(changed)).not.toBe('accepted');
      }),
      { numRuns: 2_000 },
    );
  });
});
