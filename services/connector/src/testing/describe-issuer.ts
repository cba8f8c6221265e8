import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { acceptCertificateRequest } from '@binnacle/pki/request-policy';
import { certificatePem } from '@binnacle/pki/read-certificate';
import type { SubjectSettings } from '@binnacle/pki/subject';
import { type CertificateIssuer, type CertificateOrder, IssuerUnavailable } from '../issuers/certificate-issuer.ts';
import { checkIssued } from '../issuers/check-issued.ts';
import { NEW_KEY, newRequest, type OpenSsl, openSsl, subjectOf } from './openssl.ts';

/** An issuer to be tried, and what it is verified with. */
export interface IssuerUnderTest {
  readonly issuer: CertificateIssuer;
  readonly subject: SubjectSettings;
  /** PEM of the trust anchors. */
  readonly roots: () => Promise<string>;
  /** Makes it unreachable from now on; the last thing that is done. */
  readonly disconnect: () => Promise<void>;
  stop(): Promise<void>;
}

const DAY = 86_400;
const CLIENT = '0197a2c4-5f1e-7000-8000-2f6b1c9d0e11';
const URI = 'spiffe://binnacle.test/tenant/acme/application/shop';

export interface IssuerTraits {
  readonly startLimitMs?: number;
  /** What becomes of a request that wants more than it is given: a certificate without it, or a refusal. */
  readonly greedy?: 'cut' | 'refused';
}

/** What every issuer must do, whatever stands behind it. */
export function describeIssuer(name: string, start: () => Promise<IssuerUnderTest>, { startLimitMs = 30_000, greedy = 'cut' }: IssuerTraits = {}): void {
  describe(`the issuer ${name}`, () => {
    let under: IssuerUnderTest;
    let ssl: OpenSsl;
    beforeAll(async () => {
      [under, ssl] = [await start(), openSsl()];
    }, startLimitMs);
    afterAll(async () => {
      ssl.remove();
      await under.stop();
    });

    async function order(newKey = NEW_KEY['ecdsa-p256'], more = ''): Promise<CertificateOrder> {
      const csr = await newRequest(ssl, subjectOf(CLIENT), { more, ...(newKey === undefined ? {} : { newKey }) });
      const request = acceptCertificateRequest(csr, { clientId: CLIENT, subject: under.subject, unwantedExtensions: 'ignore' });
      return { request, clientId: CLIENT, uri: URI, validitySeconds: DAY };
    }

    it.each(Object.keys(NEW_KEY))('signs what was ordered, for a key of kind %s, and openssl accepts it', async (kind) => {
      const ordered = await order(NEW_KEY[kind]);
      const chain = await under.issuer.sign(ordered, new Date());
      checkIssued(chain, ordered, under.subject, new Date());
      ssl.write('leaf.pem', certificatePem(chain.certificate));
      ssl.write('between.pem', chain.authorities.map(certificatePem).join(''));
      ssl.write('roots.pem', await under.roots());
      expect(await ssl.run('verify -x509_strict -purpose sslclient -CAfile roots.pem -untrusted between.pem leaf.pem')).toEqual({
        code: 0,
        output: 'leaf.pem: OK\n',
      });
    });

    it('takes nothing of the request but its key', async () => {
      const wishes = '-addext "basicConstraints=critical,CA:TRUE" -addext "subjectAltName=DNS:example.com" -addext "extendedKeyUsage=serverAuth"';
      const signed = under.issuer.sign(await order(NEW_KEY['rsa2048'], wishes), new Date());
      const seen = signed.then(
        ({ certificate: { isAuthority, uris, otherNames, extendedKeyUsages } }) => ({ isAuthority, uris, otherNames, extendedKeyUsages }),
        (error: Error) => error.name,
      );
      expect(await seen).toEqual(
        greedy === 'refused' ? 'IssuerRefused' : { isAuthority: false, uris: [URI], otherNames: 0, extendedKeyUsages: ['1.3.6.1.5.5.7.3.2'] },
      );
    });

    it('is valid for clients whose clocks are a little behind, and ends when it was told to', async () => {
      const now = new Date();
      const { certificate } = await under.issuer.sign(await order(), now);
      expect(certificate.notBefore.getTime()).toBeLessThanOrEqual(now.getTime() - 30_000);
      expect(Math.abs(certificate.notAfter.getTime() - now.getTime() - DAY * 1_000)).toBeLessThanOrEqual(60_000);
    });

    it('never lets a certificate outlive its issuer', async () => {
      const { certificate, authorities } = await under.issuer.sign({ ...(await order()), validitySeconds: 100 * 365 * DAY }, new Date());
      expect(authorities.every(({ notAfter }) => certificate.notAfter <= notAfter)).toBe(true);
    });

    it('gives serial numbers that nobody can guess, and none twice', async () => {
      const ordered = await order();
      const chains = await Promise.all(Array.from({ length: 50 }, () => under.issuer.sign(ordered, new Date())));
      const serials = chains.map(({ certificate }) => certificate.serial);
      expect(new Set(serials).size).toBe(50);
      expect(serials.every((serial) => serial.length >= 16)).toBe(true);
    });

    it('says so when it cannot be asked', async () => {
      const ordered = await order();
      await under.disconnect();
      await expect(under.issuer.sign(ordered, new Date())).rejects.toThrow(IssuerUnavailable);
    });
  });
}
