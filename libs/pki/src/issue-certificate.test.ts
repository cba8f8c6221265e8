import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Authority, makeIntermediate, makeRoot } from './certificate-authority.ts';
import { printDistinguishedName, type DistinguishedName } from './distinguished-name.ts';
import { issueCertificate, type LeafProfile } from './issue-certificate.ts';
import type { KeyKind } from './public-key.ts';
import { certificatePem, isIssuedBy, readCertificate } from './read-certificate.ts';
import { acceptCertificateRequest } from './request-policy.ts';
import { NEW_KEYS, openOpenSsl, type OpenSsl } from './testing/openssl.ts';
import { CLIENT_ID, POLICY, SUBJECT } from './testing/requests.ts';

const uri = `spiffe://binnacle.test/tenant/t1/application/${CLIENT_ID}`;
const urls = { crl: 'http://127.0.0.1/crl.der', ocsp: 'http://127.0.0.1/ocsp' };
const profile: LeafProfile = { clientId: CLIENT_ID, subject: SUBJECT, uri, urls, validitySeconds: 3_600 };
const named = (CN: string): DistinguishedName => [[{ type: 'O', value: 'Binnacle' }], [{ type: 'CN', value: CN }]];
const KINDS: readonly KeyKind[] = ['rsa', 'p256', 'p384', 'ed25519'];
const KEY_NAMES = ['rsa2048', 'rsa3072', 'rsa4096', 'p256', 'p384', 'ed25519'];

describe('issued certificates', () => {
  const now = new Date();
  let openssl: OpenSsl;
  const requests = new Map<string, string>();
  const authorities = new Map<KeyKind, { readonly root: Authority; readonly intermediate: Authority }>();

  beforeAll(async () => {
    openssl = openOpenSsl();
    for (const key of KEY_NAMES) {
      const subject = `/O=Org/OU=OrgUnit/L=Locality/ST=State/C=PL/CN=${CLIENT_ID}`;
      const pem = openssl.run('req', '-new', '-newkey', ...(NEW_KEYS[key] ?? []), '-nodes', '-keyout', `${key}.key`, '-subj', subject);
      requests.set(key, Buffer.from(pem).toString('base64'));
    }
    for (const kind of KINDS) {
      const root = await makeRoot({ subject: named('Root'), kind, validitySeconds: 86_400 }, now);
      authorities.set(kind, { root, intermediate: await makeIntermediate(root, { subject: named('Issuing'), kind, validitySeconds: 7_200 }, {}, now) });
    }
  });
  afterAll(() => openssl.remove());

  describe.each(KINDS)('by a %s authority', (kind) => {
    it.each(KEY_NAMES)('pass openssl for a client with a %s key', async (key) => {
      const { root, intermediate } = authorities.get(kind)!; // beforeAll made one of each kind
      const request = acceptCertificateRequest(requests.get(key) ?? '', { ...POLICY, uri });
      const leaf = await issueCertificate(intermediate, request, profile, now);
      openssl.write('leaf.pem', certificatePem(leaf));
      openssl.write('ca.pem', certificatePem(intermediate.certificate));
      openssl.write('root.pem', certificatePem(root.certificate));
      expect(openssl.run('verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', 'root.pem', '-untrusted', 'ca.pem', 'leaf.pem')).toContain(
        'leaf.pem: OK',
      );
      expect(openssl.run('x509', '-in', 'leaf.pem', '-noout', '-pubkey')).toBe(openssl.run('pkey', '-in', `${key}.key`, '-pubout'));
      expect(isIssuedBy(leaf, intermediate.certificate)).toBe(true);
      expect(isIssuedBy(leaf, root.certificate)).toBe(false);
    });
  });

  it('say what our record says, in the order of the contract', async () => {
    const { intermediate } = authorities.get('p256')!; // beforeAll made one of each kind
    const leaf = await issueCertificate(intermediate, acceptCertificateRequest(requests.get('p256') ?? '', POLICY), profile, now);
    openssl.write('said.pem', certificatePem(leaf));
    expect(openssl.run('x509', '-in', 'said.pem', '-noout', '-subject', '-nameopt', 'RFC2253').trim()).toBe(
      `subject=CN=${CLIENT_ID},OU=OrgUnit,O=Org,L=Locality,ST=State,C=PL`,
    );
    expect(printDistinguishedName(leaf.subject)).toBe(`CN=${CLIENT_ID},OU=OrgUnit,O=Org,L=Locality,ST=State,C=PL`);
    const text = openssl.run('x509', '-in', 'said.pem', '-noout', '-text');
    expect(text).toContain('X509v3 Key Usage: critical\n                Digital Signature\n');
    expect(text).toContain('X509v3 Extended Key Usage: \n                TLS Web Client Authentication\n');
    expect(text).toContain(`URI:${uri}\n`);
    expect(text).toContain(`URI:${urls.crl}\n`);
    expect(text).toContain(`OCSP - URI:${urls.ocsp}\n`);
    expect(leaf.authorityKeyIdentifier).toBe(intermediate.certificate.subjectKeyIdentifier);
    expect(leaf.uris).toEqual([uri]);
    expect(leaf.notBefore.getTime()).toBe(Math.floor(now.getTime() / 1_000) * 1_000 - 60_000);
    expect(readCertificate(leaf.der)).toEqual(leaf);
  });

  it('never end after their issuer', async () => {
    const { intermediate } = authorities.get('ed25519')!; // beforeAll made one of each kind
    const request = acceptCertificateRequest(requests.get('ed25519') ?? '', POLICY);
    const leaf = await issueCertificate(intermediate, request, { ...profile, validitySeconds: 365 * 86_400 }, now);
    expect(leaf.notAfter).toEqual(intermediate.certificate.notAfter);
    const late = new Date(intermediate.certificate.notAfter.getTime() + 1_000);
    await expect(issueCertificate(intermediate, request, profile, late)).rejects.toThrow('the CA certificate is valid from');
  });

  it('carry serial numbers that nobody can guess: 1,000 different ones, positive, 16 octets (T5)', async () => {
    const { intermediate } = authorities.get('ed25519')!; // beforeAll made one of each kind
    const request = acceptCertificateRequest(requests.get('ed25519') ?? '', POLICY);
    const leafs = await Promise.all(Array.from({ length: 1_000 }, () => issueCertificate(intermediate, request, profile, now)));
    const serials = new Set(leafs.map(({ serial }) => serial));
    expect(serials.size).toBe(1_000);
    expect([...serials].every((serial) => /^[4-7][0-9a-f]{31}$/.test(serial))).toBe(true);
  });
});
