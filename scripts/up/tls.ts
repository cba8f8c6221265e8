import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Authority, makeRoot, openAuthority, privateKeyPem } from '@binnacle/pki/certificate-authority';
import { certificatePem, isInDate, isIssuedBy, readCertificates } from '@binnacle/pki/read-certificate';
import { makeServerCertificate } from '@binnacle/pki/server-certificate';

/** Files by which the local stack speaks TLS. */
export interface LocalTls {
  /** The authority that clients are told to trust: `curl --cacert`. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

const DAY = 86_400;
/** Resolved to loopback by browsers and curl; the known names of the Gateway stand below it. */
const DOMAIN = 'localhost';
const LABELS = [
  'compass-gateway',
  'compass-gateway-auth-oauth',
  'compass-gateway-mtls',
  'compass-gateway-sap-mtls',
  'adapter-gateway',
  'adapter-gateway-mtls',
  'oauth2',
];
/** One by one: many clients refuse a wildcard directly below a top-level name. */
const NAMES = [DOMAIN, ...LABELS.map((label) => `${label}.${DOMAIN}`), '127.0.0.1', '::1'];

/** Makes an authority for this machine once, and a server certificate of it whenever the one before is about to end. */
export async function makeLocalTls(folder: string, now = new Date()): Promise<LocalTls> {
  const file = (name: string): string => path.join(folder, 'tls', name);
  mkdirSync(path.join(folder, 'tls'), { recursive: true, mode: 0o755 });
  const files = { ca: file('ca.pem'), certificate: file('gateway.pem'), key: file('gateway.key') };
  const authority = await openOrMake(files.ca, file('ca.key'), now);
  if (isGood(files, authority, now)) return files;
  const subject = [[{ type: 'O', value: 'Binnacle' }], [{ type: 'CN', value: 'localhost' }]];
  const server = await makeServerCertificate(authority, { subject, kind: 'p256', validitySeconds: 90 * DAY, names: NAMES }, now);
  writeSecret(files.key, privateKeyPem(server));
  writeFileSync(files.certificate, certificatePem(server.certificate));
  return files;
}

async function openOrMake(certificateFile: string, keyFile: string, now: Date): Promise<Authority> {
  if (existsSync(certificateFile) && existsSync(keyFile)) return openAuthority(readFileSync(certificateFile, 'utf8'), readFileSync(keyFile, 'utf8'), now);
  const subject = [[{ type: 'O', value: 'Binnacle' }], [{ type: 'CN', value: 'Binnacle on this machine' }]];
  const made = await makeRoot({ subject, kind: 'p256', validitySeconds: 3_650 * DAY }, now);
  writeSecret(keyFile, privateKeyPem(made));
  writeFileSync(certificateFile, certificatePem(made.certificate));
  return made;
}

function isGood({ certificate, key }: LocalTls, authority: Authority, now: Date): boolean {
  if (!existsSync(certificate) || !existsSync(key)) return false;
  const [found] = readCertificates(readFileSync(certificate, 'utf8'));
  return found !== undefined && isIssuedBy(found, authority.certificate) && isInDate(found, new Date(now.getTime() + 30 * DAY * 1_000));
}

function writeSecret(file: string, content: string): void {
  writeFileSync(file, content, { mode: 0o600 });
  chmodSync(file, 0o600);
}
