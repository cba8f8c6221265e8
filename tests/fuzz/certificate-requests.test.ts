import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CertificateRefused } from '@binnacle/pki/certificate-refused';
import { readCertificateRequest } from '@binnacle/pki/certificate-request';
import { OID } from '@binnacle/pki/oids';
import { writePem } from '@binnacle/pki/pem';
import { isStrong } from '@binnacle/pki/public-key';
import { acceptCertificateRequest } from '@binnacle/pki/request-policy';
import { ALTERNATIVE_NAME, type BentRequest, bentRequests, CLIENT_ID, SUBJECT, URI } from './bent-requests.ts';
import { seeded } from './random.ts';
import { goOracle, openSslOracle, type RequestOracle } from './request-oracles.ts';

/** By the environment: another seed, and more requests. */
const SEED = Number(process.env['BINNACLE_FUZZ_SEED'] ?? 20_261_127);
const REQUESTS = Number(process.env['BINNACLE_FUZZ_CSRS'] ?? 3_000);
const AT_ONCE = 4;

type Verdict = { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly reason: string; readonly message: string };

function verdictOf(read: () => unknown): Verdict {
  try {
    read();
    return { kind: 'accepted' };
  } catch (error) {
    // Anything else is a crash.
    if (!(error instanceof CertificateRefused)) throw error;
    return { kind: 'refused', reason: error.reason, message: error.message };
  }
}

/** All checks but those of the subject's words, which few bent requests would pass. */
function readWithoutIdentity(der: Buffer): void {
  const { subject, publicKey, extensions } = readCertificateRequest(der);
  // Attribute types without a name are refused whatever the policy; Go cannot read the largest of them.
  if (subject.flat().some(({ type }) => /^\d/.test(type))) throw new CertificateRefused('subject', '');
  if (!isStrong(publicKey)) throw new CertificateRefused('key', '');
  if (extensions.some(({ type }) => type !== OID.subjectAltName)) throw new CertificateRefused('extension', '');
  if (extensions.some(({ value }) => !value.equals(ALTERNATIVE_NAME))) throw new CertificateRefused('extension', '');
}

describe('certificate signing requests that are almost right', () => {
  const policy = { clientId: CLIENT_ID, subject: SUBJECT, uri: URI };
  let openssl: RequestOracle;
  let go: RequestOracle | undefined;
  beforeAll(() => {
    openssl = openSslOracle();
    go = goOracle();
  }, 120_000);
  afterAll(() => {
    openssl.close();
    go?.close();
  });

  const counts: Record<string, number> = {};
  const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1);

  /** What is wrong with our verdict; undefined when nothing is. */
  async function judge(request: BentRequest): Promise<string | undefined> {
    const der = verdictOf(() => readWithoutIdentity(request.der));
    const wire = verdictOf(() => acceptCertificateRequest(Buffer.from(request.pem, 'latin1').toString('base64'), policy));
    count(`read: ${der.kind === 'accepted' ? der.kind : der.reason}`);
    count(`signed: ${wire.kind === 'accepted' ? wire.kind : wire.reason}`);
    const goAccepts = await go?.accepts(request);
    if (goAccepts === true && der.kind === 'refused') count(`stricter than Go: ${der.reason === 'syntax' ? der.message : der.reason}`);
    const describeIt = (who: string): string => `${who} refuses what we accept: ${JSON.stringify(request.pem)}`;
    if (der.kind === 'accepted') {
      if (goAccepts === false) return describeIt('Go');
      if (!(await openssl.accepts({ ...request, pem: writePem('CERTIFICATE REQUEST', request.der) }))) return describeIt('openssl, of the DER,');
    }
    if (wire.kind === 'accepted' && !(await openssl.accepts(request))) return describeIt('openssl, of the PEM,');
    return undefined;
  }

  it(
    'never crash us, and are never accepted when openssl or Go refuse them',
    async () => {
      const next = bentRequests(seeded(SEED));
      const faults: string[] = [];
      for (let done = 0; done < REQUESTS; done += AT_ONCE) {
        const found = await Promise.all(Array.from({ length: AT_ONCE }, () => judge(next())));
        faults.push(...found.filter((fault) => fault !== undefined));
      }
      if (REQUESTS > 3_000)
        process.stdout.write(`${JSON.stringify({ seed: SEED, requests: REQUESTS, go: go !== undefined, faults: faults.length, ...counts }, undefined, 1)}\n`);
      expect(faults.slice(0, 10)).toEqual([]);
      // Otherwise the cases would prove nothing.
      expect(counts['read: accepted'] ?? 0).toBeGreaterThan(REQUESTS / 20);
      expect(counts['signed: accepted'] ?? 0).toBeGreaterThan(REQUESTS / 100);
    },
    60_000 + REQUESTS * 20,
  );
});
