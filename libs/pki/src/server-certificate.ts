import { isIP, isIPv4 } from 'node:net';
import { type Authority, type AuthorityRequest, makeBelow } from './certificate-authority.ts';
import { alternativeNames, authorityKeyIdentifier, basicConstraints, extendedKeyUsage, keyUsage, subjectKeyIdentifier } from './certificate-extensions.ts';
import { contextPrimitive } from './der-write.ts';
import { OID } from './oids.ts';
import { keyIdentifierOf } from './public-key.ts';

export interface ServerCertificateRequest extends Omit<AuthorityRequest, 'uri'> {
  /** Host names (the first label may be `*`) and IP addresses. */
  readonly names: readonly string[];
}

/** A certificate by which a server shows itself, and its key. Never ends after its issuer. */
export function makeServerCertificate(parent: Authority, request: ServerCertificateRequest, now: Date): Promise<Authority> {
  return makeBelow(parent, request, now, (info, signer) => [
    basicConstraints(false),
    keyUsage('digitalSignature', ...(request.kind === 'rsa' ? (['keyEncipherment'] as const) : [])),
    extendedKeyUsage(OID.serverAuth),
    subjectKeyIdentifier(keyIdentifierOf(info)),
    authorityKeyIdentifier(signer),
    alternativeNames(request.names.map(generalName)),
  ]);
}

/** dNSName or iPAddress (RFC 5280, 4.2.1.6). */
function generalName(name: string): Buffer {
  return isIP(name) === 0 ? contextPrimitive(2, Buffer.from(name, 'latin1')) : contextPrimitive(7, addressBytes(name));
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail)];
  const middle = Array.from({ length: address.includes('::') ? 8 - before.length - after.length : 0 }, () => '0');
  return Buffer.from([...before, ...middle, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
