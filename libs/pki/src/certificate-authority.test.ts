import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Authority, AuthorityUnusable, generateKey, isChain, makeRoot, openAuthority, privateKeyPem } from './certificate-authority.ts';
import { certificatePem, isIssuedBy, issuerOf, readCertificate, readCertificates } from './read-certificate.ts';
import { type Hierarchy, makeHierarchy, named } from './testing/authorities.ts';
import { openOpenSsl, type OpenSsl } from './testing/openssl.ts';

describe.each(['rsa', 'p256', 'p384', 'ed25519'] as const)('a %s authority', (kind) => {
  const now = new Date();
  let made: Hierarchy;
  beforeAll(async () => {
    made = await makeHierarchy(kind, now);
  });

  it('opens from the PEM that it was written to', () => {
    const { certificate } = openAuthority(certificatePem(made.intermediate.certificate), privateKeyPem(made.intermediate), now);
    expect(certificate).toEqual(made.intermediate.certificate);
    expect(certificate).toMatchObject({ isAuthority: true, pathLength: 0, keyUsages: new Set(['keyCertSign', 'crlSign']) });
    expect(made.root.certificate).toMatchObject({ isAuthority: true, pathLength: undefined });
  });

  it('is what Node takes for one', async () => {
    const [root, intermediate, leaf] = [made.root.certificate, made.intermediate.certificate, await made.leaf()].map(({ der }) => new X509Certificate(der));
    expect(leaf?.checkIssued(intermediate as X509Certificate)).toBe(true);
    expect(leaf?.verify((intermediate as X509Certificate).publicKey)).toBe(true);
    expect(intermediate?.ca).toBe(true);
    expect(intermediate?.verify((root as X509Certificate).publicKey)).toBe(true);
    expect(intermediate?.checkPrivateKey(made.intermediate.key)).toBe(true);
  });

  it('stands in a chain with what it signed, and in no other', async () => {
    const leaf = await made.leaf();
    const other = await makeHierarchy(kind, now);
    expect(isChain([leaf, made.intermediate.certificate, made.root.certificate])).toBe(true);
    expect(isChain([leaf, made.root.certificate])).toBe(false);
    // Same name, another key.
    expect(isIssuedBy(leaf, other.intermediate.certificate)).toBe(false);
    expect(isIssuedBy(leaf, leaf)).toBe(false);
    expect(issuerOf(leaf, [other.intermediate.certificate, made.intermediate.certificate], now)).toBe(made.intermediate.certificate);
    expect(issuerOf(leaf, [made.intermediate.certificate], new Date(now.getTime() + 86_400_000))).toBeUndefined();
  });

  it('did not sign a certificate of which one bit is another', async () => {
    const { der } = await made.leaf();
    const accepted: number[] = [];
    for (let bit = 0; bit < der.length * 8; bit += 1) {
      const flipped = Buffer.from(der);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      try {
        if (isIssuedBy(readCertificate(flipped), made.intermediate.certificate)) accepted.push(bit);
      } catch (error) {
        expect((error as Error).name).toBe('DerError');
      }
    }
    expect(accepted).toEqual([]);
  });
});

describe('opening an authority', () => {
  const now = new Date();
  let openssl: OpenSsl;
  let authority: Authority;
  let certificate: string;
  let key: string;
  beforeAll(async () => {
    openssl = openOpenSsl();
    authority = await makeRoot({ subject: named('Root'), kind: 'p256', validitySeconds: 3_600 }, now);
    certificate = certificatePem(authority.certificate);
    key = privateKeyPem(authority);
  });
  afterAll(() => openssl.remove());

  const faultOf = (certificatePemText: string, keyPem: string, at = now): string => {
    try {
      openAuthority(certificatePemText, keyPem, at);
      return 'usable';
    } catch (error) {
      if (!(error instanceof AuthorityUnusable)) throw error;
      return error.message;
    }
  };

  it('is refused, with the reason, when something is missing, wrong or out of date', async () => {
    expect(faultOf(certificate, key)).toBe('usable');
    expect(faultOf('', key)).toBe('the CA certificate is missing');
    expect(faultOf('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', key)).toMatch(/^the CA certificate cannot be read: /);
    expect(faultOf('-----BEGIN CERTIFICATE-----\n', key)).toBe('the CA certificate cannot be read: block without end');
    expect(faultOf(certificate, '')).toBe('the CA key is missing or cannot be read');
    expect(faultOf(certificate, privateKeyPem({ key: await generateKey('p256') }))).toBe('the CA key does not belong to the CA certificate');
    expect(faultOf(certificate, key, new Date(now.getTime() + 3_601_000))).toMatch(/^the CA certificate expired at 20/);
    expect(faultOf(certificate, key, new Date(now.getTime() - 120_000))).toMatch(/^the CA certificate is not valid before 20/);
  });

  it.each([
    ['PKCS#1', ['genrsa', '-traditional', '-out', 'ca.key', '2048']],
    ['PKCS#8', ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', 'ca.key']],
    ['SEC 1', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'ca.key']],
  ])('takes a key in the form of %s and a certificate of openssl', (_, command) => {
    openssl.run(...command);
    openssl.run('req', '-new', '-x509', '-key', 'ca.key', '-subj', '/CN=CA', '-days', '10', '-out', 'ca.pem');
    expect(faultOf(openssl.run('x509', '-in', 'ca.pem'), openssl.run('pkey', '-in', 'ca.key', '-traditional'), new Date())).toBe('usable');
  });

  it('is refused for a weak key and for a certificate that is no authority', () => {
    openssl.run('req', '-new', '-x509', '-newkey', 'rsa:1024', '-nodes', '-keyout', 'weak.key', '-subj', '/CN=CA', '-out', 'weak.pem');
    expect(faultOf(openssl.run('x509', '-in', 'weak.pem'), openssl.run('pkey', '-in', 'weak.key'), new Date())).toContain('kind or size that is not supported');
    openssl.run(
      'req',
      '-new',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'leaf.key',
      '-subj',
      '/CN=x',
      '-addext',
      'basicConstraints=critical,CA:FALSE',
      '-out',
      'leaf.pem',
    );
    expect(faultOf(openssl.run('x509', '-in', 'leaf.pem'), openssl.run('pkey', '-in', 'leaf.key'), new Date())).toContain('not one of a certificate authority');
  });

  it('reads all certificates of a bundle, and what openssl put into them', () => {
    openssl.run(
      'req',
      '-new',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'x.key',
      '-subj',
      '/DC=test/O=Ä+OU=x/CN=a, b',
      '-utf8',
      '-multivalue-rdn',
      '-set_serial',
      '0x00ff01',
      '-addext',
      'subjectAltName=URI:spiffe://a/b,DNS:x',
      '-out',
      'x.pem',
    );
    const [first, second] = readCertificates(`words\n${certificate}more\n${openssl.run('x509', '-in', 'x.pem', '-text')}`);
    expect(first).toEqual(authority.certificate);
    expect(second).toMatchObject({ serial: 'ff01', uris: ['spiffe://a/b'], otherNames: 1 });
    expect(second?.subject).toEqual([
      [{ type: 'DC', value: 'test' }],
      [
        { type: 'OU', value: 'x' },
        { type: 'O', value: 'Ä' },
      ],
      [{ type: 'CN', value: 'a, b' }],
    ]);
    expect(second?.sha256).toBe(new X509Certificate(second?.der ?? '').fingerprint256.replaceAll(':', '').toLowerCase());
  });
});
