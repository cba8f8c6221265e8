import { createPublicKey, X509Certificate, type JsonWebKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { uriAlternativeName } from './certificate-extensions.ts';
import { contextPrimitive } from './der-write.ts';
import { writeName } from './distinguished-name.ts';
import { publicKeyInfoOf } from './public-key.ts';
import { signCertificate, validityFrom } from './sign-certificate.ts';
import { isTrustDomain, parseSpiffeId, spiffeBundle, spiffeId, spiffeIdOf } from './spiffe.ts';
import { makeHierarchy, named } from './testing/authorities.ts';
import { alternativeNames, KEYS } from './testing/requests.ts';

const ID = { trustDomain: 'binnacle.test', tenant: '3e64ebae-38b5-46a0-b1ed-9ccee153a0ae', owner: 'runtime', id: 'b1' } as const;
const uri = (value: string): Uint8Array => contextPrimitive(6, Buffer.from(value));

describe('SPIFFE (B8)', () => {
  it('ids are made and read', () => {
    expect(spiffeId(ID)).toBe('spiffe://binnacle.test/tenant/3e64ebae-38b5-46a0-b1ed-9ccee153a0ae/runtime/b1');
    expect(parseSpiffeId(spiffeId(ID))).toEqual(ID);
    for (const text of [
      '',
      'spiffe://a',
      'spiffe://A/tenant/t/runtime/x',
      'spiffe://a/tenant/../runtime/x',
      'spiffe://a/tenant/t/user/x',
      'https://a/tenant/t/runtime/x',
      'spiffe://a/tenant/t/runtime/x/',
      'spiffe://a/tenant/t/runtime/x?y',
    ]) {
      expect(parseSpiffeId(text)).toBeUndefined();
    }
    for (const part of [{ trustDomain: 'UP' }, { tenant: 'a/b' }, { id: '..' }, { id: '' }]) expect(() => spiffeId({ ...ID, ...part })).toThrow(RangeError);
    expect([isTrustDomain('binnacle.test'), isTrustDomain('a b')]).toEqual([true, false]);
  });

  it('ids are taken only from leafs with exactly one URI', async () => {
    const now = new Date();
    const signer = { kind: 'ed25519', key: KEYS.ed25519 } as const;
    const withNames = async (...extensions: readonly Uint8Array[]): Promise<string | undefined> => {
      const content = {
        issuer: writeName(named('x')),
        subject: writeName(named('y')),
        spki: publicKeyInfoOf(KEYS.p256).spki,
        ...validityFrom(now, 60),
        extensions,
      };
      return spiffeIdOf(await signCertificate(content, signer));
    };
    expect(await withNames(uriAlternativeName(spiffeId(ID)))).toBe(spiffeId(ID));
    expect(await withNames(alternativeNames(uri(spiffeId(ID)), uri('spiffe://other')))).toBeUndefined();
    expect(await withNames(uriAlternativeName('https://x'))).toBeUndefined();
    expect(await withNames()).toBeUndefined();
  });

  it('bundles hold the authorities as JSON web keys', async () => {
    const hierarchies = await Promise.all((['rsa', 'p256', 'p384', 'ed25519'] as const).map((kind) => makeHierarchy(kind, new Date())));
    const roots = hierarchies.map(({ root }) => root.certificate);
    const bundle = spiffeBundle(roots, 7, 300);
    expect(bundle).toMatchObject({ spiffe_sequence: 7, spiffe_refresh_hint: 300 });
    for (const [index, key] of bundle.keys.entries()) {
      const certificate = new X509Certificate(Buffer.from(key.x5c[0] ?? '', 'base64'));
      expect(key.use).toBe('x509-svid');
      expect(createPublicKey({ key: key as JsonWebKey, format: 'jwk' }).equals(certificate.publicKey)).toBe(true);
      expect(certificate.raw).toEqual(roots[index]?.der);
    }
  });
});
