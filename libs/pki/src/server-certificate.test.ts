import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Authority, makeRoot } from './certificate-authority.ts';
import { certificatePem } from './read-certificate.ts';
import { makeServerCertificate } from './server-certificate.ts';
import { named } from './testing/authorities.ts';
import { type OpenSsl, openOpenSsl } from './testing/openssl.ts';

const NOW = new Date();

describe('the certificate of a server', () => {
  let root: Authority;
  let openssl: OpenSsl;
  beforeAll(async () => {
    root = await makeRoot({ subject: named('Local'), kind: 'p256', validitySeconds: 86_400 }, NOW);
    openssl = openOpenSsl();
    openssl.write('ca.pem', certificatePem(root.certificate));
  });
  afterAll(() => openssl.remove());

  it.each(['p256', 'rsa', 'ed25519'] as const)('with a key of the kind %s is good for its names and for no other', async (kind) => {
    const names = ['localhost', '*.example.test', '127.0.0.1', '::1', '2001:db8::1:2'];
    const { certificate } = await makeServerCertificate(root, { subject: named('localhost'), kind, validitySeconds: 3_600, names }, NOW);
    openssl.write('server.pem', certificatePem(certificate));
    const verify = (...name: readonly string[]) => openssl.try('verify', '-CAfile', 'ca.pem', '-purpose', 'sslserver', '-x509_strict', ...name, 'server.pem');
    for (const host of ['localhost', 'gateway.example.test']) expect(verify('-verify_hostname', host)).toMatchObject({ ok: true });
    for (const address of ['127.0.0.1', '::1', '2001:db8::1:2']) expect(verify('-verify_ip', address)).toMatchObject({ ok: true });
    expect(verify('-verify_hostname', 'example.com').ok).toBe(false);
    expect(verify('-verify_ip', '2001:db8::1:3').ok).toBe(false);
    expect(openssl.try('verify', '-CAfile', 'ca.pem', '-purpose', 'sslclient', 'server.pem').ok).toBe(false);
  });

  it('ends with its issuer at the latest', async () => {
    const { certificate } = await makeServerCertificate(root, { subject: named('a'), kind: 'p256', validitySeconds: 9 * 86_400, names: ['a'] }, NOW);
    expect(certificate.notAfter).toEqual(root.certificate.notAfter);
  });
});
