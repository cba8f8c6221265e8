import { createHmac, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Caller, CONSUMER_TYPES } from './caller.ts';
import { generateSigningKey, mintInternalToken } from './mint.ts';
import { createTokenVerifier, InternalTokenError, staticKeys, type TokenFault } from './verify.ts';

const NOW = 1_800_000_000;
const ISSUER = 'gateway-of-the-test';
const key = generateSigningKey();
const caller: Caller = {
  consumerId: 'ada',
  consumerType: 'Static User',
  flow: 'JWT',
  scopes: new Set(['application:read', 'application:write']),
  tenant: '3e64ebae-38b5-46a0-b1ed-9ccee153a0ae',
  externalTenant: 'acme',
  onBehalfOf: '',
  region: '',
  subject: 'Ada',
};

const verifier = (now = NOW, audience: 'director' | 'connector' = 'director') =>
  createTokenVerifier({ keys: staticKeys([key.publicJwk]), issuer: ISSUER, audience, nowSeconds: () => now });

async function faultOf(token: string, now = NOW, audience: 'director' | 'connector' = 'director'): Promise<TokenFault | 'accepted' | 'other'> {
  try {
    await verifier(now, audience).verify(token);
    return 'accepted';
  } catch (error) {
    return error instanceof InternalTokenError ? error.fault : 'other';
  }
}

const base64url = (value: object | string): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token of any header and payload text, signed properly unless told otherwise. */
function forge(header: object, payload: object | string, signature = (input: string): Buffer => signEs256(input, key.privateKey)): string {
  const input = `${base64url(header)}.${base64url(payload)}`;
  return `${input}.${signature(input).toString('base64url')}`;
}

const signEs256 = (input: string, privateKey: KeyObject): Buffer => sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
const header = { alg: 'ES256', typ: 'JWT', kid: key.kid };
const claims = {
  consumerID: 'ada',
  consumerType: 'Static User',
  flow: 'JWT',
  scopes: 'application:read',
  tenant: '{"consumerTenant":"t","externalTenant":"acme"}',
  iss: ISSUER,
  aud: 'director',
  iat: NOW,
  nbf: NOW,
  exp: NOW + 60,
};

describe('internal tokens', () => {
  it('carry a caller from the Gateway to a service unchanged, whatever characters are in it', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 }).map((value) => value.toWellFormed());
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          consumerId: text,
          consumerType: fc.constantFrom(...CONSUMER_TYPES),
          flow: fc.constantFrom('OAuth2' as const, 'JWT' as const, 'Certificate' as const),
          scopes: fc.uniqueArray(fc.stringMatching(/^[a-z_.:]{1,20}$/)).map((scopes) => new Set(scopes)),
          tenant: fc.option(
            text.filter((value) => value !== ''),
            { nil: undefined },
          ),
          externalTenant: fc.option(
            text.filter((value) => value !== ''),
            { nil: undefined },
          ),
          onBehalfOf: text,
          region: text,
          subject: text,
        }),
        async (given) => {
          expect(await verifier().verify(mintInternalToken(key, given, ISSUER, 'director', NOW))).toEqual(given);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('hold texts only in the claims of ours, with the tenants written into one', () => {
    const [, payload = ''] = mintInternalToken(key, caller, ISSUER, 'director', NOW).split('.');
    const read = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    expect(read).toMatchObject({
      consumerID: 'ada',
      consumerType: 'Static User',
      flow: 'JWT',
      onBehalfOf: '',
      region: '',
      tokenClientID: '',
      subject: 'Ada',
      scopes: 'application:read application:write',
      tenant: '{"consumerTenant":"3e64ebae-38b5-46a0-b1ed-9ccee153a0ae","externalTenant":"acme"}',
      iss: ISSUER,
      aud: 'director',
      iat: NOW,
      nbf: NOW,
      exp: NOW + 60,
    });
    expect(read['jti']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('T-10: are good for one service only', async () => {
    const forDirector = mintInternalToken(key, caller, ISSUER, 'director', NOW);
    const forConnector = mintInternalToken(key, caller, ISSUER, 'connector', NOW);
    expect(await faultOf(forDirector, NOW, 'connector')).toBe('wrong audience');
    expect(await faultOf(forConnector, NOW, 'director')).toBe('wrong audience');
    expect(await faultOf(forge(header, { ...claims, aud: ['director', 'connector'] }))).toBe('wrong audience');
  });

  it('T-11: end after a minute by the clock of the database, without leeway, also when they were accepted before', async () => {
    const token = mintInternalToken(key, caller, ISSUER, 'director', NOW);
    expect(await faultOf(token, NOW + 59)).toBe('accepted');
    expect(await faultOf(token, NOW + 60)).toBe('expired token');
    expect(await faultOf(token, NOW + 61)).toBe('expired token');
    let now = NOW;
    const remembering = createTokenVerifier({ keys: staticKeys([key.publicJwk]), issuer: ISSUER, audience: 'director', nowSeconds: () => now });
    await remembering.verify(token);
    now = NOW + 60;
    await expect(remembering.verify(token)).rejects.toMatchObject({ fault: 'expired token' });
  });

  it('are not good before their time, but for five seconds between two clocks', async () => {
    const token = mintInternalToken(key, caller, ISSUER, 'director', NOW);
    expect(await faultOf(token, NOW - 5)).toBe('accepted');
    expect(await faultOf(token, NOW - 6)).toBe('token not yet valid');
  });
});

describe('T-12: forged internal tokens', () => {
  const publicPem = createPublicKey({ key: key.publicJwk as Record<string, string>, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString();
  const none = (): Buffer => Buffer.alloc(0);
  const another = generateSigningKey();

  it.each<readonly [what: string, token: string, fault: TokenFault]>([
    ['unsigned', forge({ ...header, alg: 'none' }, claims, none), 'malformed token'],
    ['"none" with a signature', forge({ ...header, alg: 'none' }, claims), 'wrong algorithm'],
    [
      'HMAC with the public key',
      forge({ ...header, alg: 'HS256' }, claims, (input) => createHmac('sha256', publicPem).update(input).digest()),
      'wrong algorithm',
    ],
    ['a kid that is a path', forge({ ...header, kid: '../../../dev/null' }, claims), 'unknown signing key'],
    ['a kid that is no text', forge({ ...header, kid: { toString: 'x' } }, claims), 'unknown signing key'],
    ['no kid', forge({ alg: 'ES256' }, claims), 'unknown signing key'],
    ['another key under a known kid', forge(header, claims, (input) => signEs256(input, another.privateKey)), 'wrong signature'],
    ['a key brought along', forge({ ...header, jwk: another.publicJwk }, claims, (input) => signEs256(input, another.privateKey)), 'wrong signature'],
    ['critical extensions', forge({ ...header, crit: ['x'] }, claims), 'wrong algorithm'],
    ['a signature of zeros', forge(header, claims, () => Buffer.alloc(64)), 'wrong signature'],
    ['two segments', forge(header, claims).split('.').slice(0, 2).join('.'), 'malformed token'],
    ['a header that is no object', `${base64url('1')}.${base64url(claims)}.AAAA`, 'malformed token'],
    ['a text instead of exp', forge(header, { ...claims, exp: String(NOW + 60) }), 'expired token'],
    ['an exp beyond numbers', forge(header, JSON.stringify(claims).replace(String(NOW + 60), '1e400')), 'expired token'],
    ['no exp', forge(header, { ...claims, exp: undefined }), 'expired token'],
    ['no iat', forge(header, { ...claims, iat: undefined }), 'token not yet valid'],
    ['another issuer', forge(header, { ...claims, iss: 'https://evil.example' }), 'wrong issuer'],
    ['an unknown consumer type', forge(header, { ...claims, consumerType: 'Root' }), 'claims are incomplete'],
    ['a megabyte', `${forge(header, claims)}${'A'.repeat(1_000_000)}`, 'malformed token'],
  ])('%s', async (_, token, fault) => {
    expect(await faultOf(token)).toBe(fault);
  });

  it('in any single character are refused', async () => {
    const token = mintInternalToken(key, caller, ISSUER, 'director', NOW);
    // The last character of a segment has bits that no decoder reads; changing only those changes nothing.
    const spare = new Set([token.indexOf('.') - 1, token.lastIndexOf('.') - 1, token.length - 1]);
    for (let at = 0; at < token.length; at += 1) {
      if (spare.has(at)) continue;
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect([at, await faultOf(changed)]).not.toEqual([at, 'accepted']);
    }
  });
});
