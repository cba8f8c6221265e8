import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildRevocationList, isRevocationReason, REVOCATION_REASONS, revocationListPem, type RevocationListContent } from './revocation-list.ts';
import { type Certificate, certificatePem } from './read-certificate.ts';
import { type Hierarchy, makeHierarchy } from './testing/authorities.ts';
import { openOpenSsl, type OpenSsl } from './testing/openssl.ts';

describe.each(['rsa', 'p256', 'p384', 'ed25519'] as const)('revocation lists of a %s authority (B11)', (kind) => {
  const now = new Date();
  const window = { thisUpdate: new Date(now.getTime() - 60_000), nextUpdate: new Date(now.getTime() + 3_600_000) };
  let openssl: OpenSsl;
  let authorities: Hierarchy;
  let good: Certificate;
  let bad: Certificate;

  beforeAll(async () => {
    openssl = openOpenSsl();
    authorities = await makeHierarchy(kind, now);
    [good, bad] = await Promise.all([authorities.leaf(), authorities.leaf()]);
    openssl.write('root.pem', certificatePem(authorities.root.certificate));
    openssl.write('ca.pem', certificatePem(authorities.intermediate.certificate));
    openssl.write('good.pem', certificatePem(good));
    openssl.write('bad.pem', certificatePem(bad));
  });
  afterAll(() => openssl.remove());

  const build = async (file: string, content: Omit<RevocationListContent, 'thisUpdate' | 'nextUpdate'>): Promise<string> =>
    openssl.write(file, revocationListPem(await buildRevocationList(authorities.intermediate, { ...window, ...content })));
  const verify = (leaf: string, list: string, ...more: readonly string[]): { readonly ok: boolean; readonly said: string } =>
    openssl.try('verify', '-x509_strict', '-crl_check', ...more, '-CAfile', 'root.pem', '-untrusted', 'ca.pem', '-CRLfile', list, leaf);

  it('let good certificates pass openssl and stop revoked ones', async () => {
    await build('crl.pem', { number: 7n, revoked: [{ serial: bad.serial, revokedAt: now, reason: 'keyCompromise' }] });
    expect(verify('good.pem', 'crl.pem')).toMatchObject({ ok: true });
    expect(verify('bad.pem', 'crl.pem')).toMatchObject({ ok: false, said: expect.stringContaining('certificate revoked') });
    expect(openssl.try('crl', '-in', 'crl.pem', '-noout', '-CAfile', 'ca.pem').ok).toBe(true);
  });

  it('are nothing to openssl when another authority signed them', async () => {
    const other = await makeHierarchy(kind, now);
    const list = await buildRevocationList({ ...authorities.intermediate, key: other.intermediate.key }, { ...window, number: 8n, revoked: [] });
    expect(verify('good.pem', openssl.write('forged.pem', revocationListPem(list)))).toMatchObject({ ok: false });
  });

  it('state number, reasons and dates; nothing where there is nothing to say', async () => {
    const reasons = Object.keys(REVOCATION_REASONS).filter(isRevocationReason);
    const revoked = reasons.map((reason, index) => ({ serial: (0xf0 + index).toString(16), revokedAt: new Date('2055-02-03T04:05:06Z'), reason }));
    await build('reasons.pem', { number: 2n ** 62n, revoked, deltaUrl: 'http://127.0.0.1/delta.der' });
    const said = openssl.run('crl', '-in', 'reasons.pem', '-noout', '-text');
    expect(said).toMatch(/X509v3 CRL Number: \n +(4611686018427387904|0x4000000000000000)\n/);
    expect(said).toContain('X509v3 Freshest CRL');
    expect(said.match(/Revocation Date: Feb {2}3 04:05:06 2055 GMT/g)).toHaveLength(reasons.length);
    expect(said.match(/X509v3 CRL Reason Code/g)).toHaveLength(reasons.length - 1);
    for (const reason of [
      'Key Compromise',
      'CA Compromise',
      'Affiliation Changed',
      'Superseded',
      'Cessation Of Operation',
      'Certificate Hold',
      'Privilege Withdrawn',
    ]) {
      expect(said).toContain(reason);
    }
    await build('empty.pem', { number: 0n, revoked: [] });
    expect(openssl.run('crl', '-in', 'empty.pem', '-noout', '-text')).toContain('No Revoked Certificates.');
    expect(isRevocationReason('toString')).toBe(false);
  });

  it('come as deltas that openssl adds to their base', async () => {
    const base = await build('base.pem', { number: 10n, revoked: [], deltaUrl: 'http://127.0.0.1/delta.der' });
    const delta = await build('delta.pem', { number: 12n, deltaBase: 10n, revoked: [{ serial: bad.serial, revokedAt: now, reason: 'superseded' }] });
    expect(openssl.run('crl', '-in', delta, '-noout', '-text')).toContain('X509v3 Delta CRL Indicator: critical');
    expect(verify('bad.pem', base)).toMatchObject({ ok: true });
    const both = ['-use_deltas', '-extended_crl', '-CRLfile', delta];
    expect(verify('bad.pem', base, ...both)).toMatchObject({ ok: false, said: expect.stringContaining('certificate revoked') });
    expect(verify('good.pem', base, ...both)).toMatchObject({ ok: true });
    await expect(build('wrong.pem', { number: 10n, deltaBase: 10n, revoked: [] })).rejects.toThrow(RangeError);
  });

  it('of many thousands leave the others their turn', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const revoked = Array.from({ length: 20_000 }, (_, index) => ({ serial: (2n ** 126n + BigInt(index)).toString(16), revokedAt: now }));
    await build('many.pem', { number: 1n, revoked });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
    expect(openssl.run('crl', '-in', 'many.pem', '-noout', '-text').match(/Serial Number/g)).toHaveLength(20_000);
  });
});
