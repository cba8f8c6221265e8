import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as after } from 'node:timers/promises';
import { type Authority, makeRoot } from '@binnacle/pki/certificate-authority';
import { issueCertificate } from '@binnacle/pki/issue-certificate';
import { writePem } from '@binnacle/pki/pem';
import type { KeyKind } from '@binnacle/pki/public-key';
import { acceptCertificateRequest } from '@binnacle/pki/request-policy';
import { buildRevocationList } from '@binnacle/pki/revocation-list';
import { requestFor, CLIENT_ID, SUBJECT } from '../fuzz/bent-requests.ts';

/**
 * What the library alone does, one process: requests of RSA-2048 accepted and certificates signed in a second, against what
 * `openssl speed` signs with such a key; and the time of a revocation list of 100,000 entries.
 * Run: node -C binnacle-src tests/load/pki-signing.ts
 */
const SECONDS = 5;
const IN_FLIGHT = 8;

const openssl = (algorithm: string): number => {
  const said = execFileSync('openssl', ['speed', '-mr', '-seconds', '3', algorithm], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const secondsEach = Number(/^\+F[246]:\d+:\d+:(?:Ed25519:)?([\d.]+)/m.exec(said)?.[1]);
  return secondsEach > 1 ? secondsEach : 1 / secondsEach;
};

async function signaturesASecond(authority: Authority, csr: string): Promise<{ readonly rate: number; readonly worstPauseMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let done = 0;
  const until = performance.now() + SECONDS * 1_000;
  const worker = async (): Promise<void> => {
    while (performance.now() < until) {
      const request = acceptCertificateRequest(csr, { clientId: CLIENT_ID, subject: SUBJECT });
      await issueCertificate(
        authority,
        request,
        { clientId: CLIENT_ID, subject: SUBJECT, validitySeconds: 3_600, urls: { crl: 'http://127.0.0.1/crl' } },
        new Date(),
      );
      done += 1;
    }
  };
  delay.enable();
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  delay.disable();
  return { rate: done / SECONDS, worstPauseMs: delay.max / 1e6 };
}

const csr = Buffer.from(writePem('CERTIFICATE REQUEST', requestFor(generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey))).toString('base64');
const kinds: readonly (readonly [KeyKind, string])[] = [
  ['rsa', 'rsa2048'],
  ['p256', 'ecdsap256'],
  ['ed25519', 'ed25519'],
];
for (const [kind, algorithm] of kinds) {
  const key = kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey : undefined;
  const request = { subject: [[{ type: 'CN', value: 'CA' }]], kind, validitySeconds: 86_400, ...(key === undefined ? {} : { key }) };
  const { rate, worstPauseMs } = await signaturesASecond(await makeRoot(request, new Date()), csr);
  const reference = openssl(algorithm);
  console.log(
    `${algorithm}: ${rate.toFixed(0)}/s, openssl speed ${reference.toFixed(0)}/s, ${((100 * rate) / reference).toFixed(0)} %, worst pause ${worstPauseMs.toFixed(1)} ms`,
  );
}

const authority = await makeRoot({ subject: [[{ type: 'CN', value: 'CA' }]], kind: 'p256', validitySeconds: 86_400 }, new Date());
const revoked = Array.from({ length: 100_000 }, (_, n) => ({
  serial: (2n ** 126n + BigInt(n)).toString(16),
  revokedAt: new Date(),
  reason: 'keyCompromise' as const,
}));
await after(100);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const start = performance.now();
const list = await buildRevocationList(authority, { number: 1n, thisUpdate: new Date(), nextUpdate: new Date(Date.now() + 3_600_000), revoked });
const elapsed = performance.now() - start;
delay.disable();
console.log(`revocation list of ${revoked.length}: ${elapsed.toFixed(0)} ms, ${list.length} bytes, worst pause ${(delay.max / 1e6).toFixed(1)} ms`);
