import { DerError } from '@binnacle/pki/der-read';
import { type DistinguishedName, NameError, parseDistinguishedName } from '@binnacle/pki/distinguished-name';
import { type ForwardedClientCert, ForwardedClientCertError, parseForwardedClientCert } from '@binnacle/pki/forwarded-client-cert';
import { PemError } from '@binnacle/pki/pem';
import { type Certificate, isInDate, isIssuedBy, readCertificate, readCertificates } from '@binnacle/pki/read-certificate';
import type { Credentials } from '../authentication/authenticate.ts';
import type { AllowedHeaders } from '../routing/headers.ts';
import { peerCertificate } from './peer-certificate.ts';

/** The certificate that a call shows, by whichever way it came here. */
export interface ShownCertificate {
  /** SHA-256 of the DER, hex. */
  readonly fingerprint: string;
  readonly subject: DistinguishedName;
  /** Undefined when a proxy passed on nothing but the text of the subject and the fingerprint. */
  readonly certificate: Certificate | undefined;
  /** What a proxy passed on beside it; not verified. */
  readonly chain: readonly Certificate[];
  /** `connection`: its issuer was verified in the handshake; `proxy`: somebody in front has done that. */
  readonly via: 'connection' | 'proxy';
}

/** A proxy that may do so has passed on something that names no certificate for certain. */
export class ForwardedCertificateFault extends Error {
  override readonly name = 'ForwardedCertificateFault';
}

export interface ShownCertificateOptions {
  /** Authorities of the proxies' own certificates; with these, the word of a proxy without such a certificate does not count. */
  readonly proxyAuthorities: readonly Certificate[];
  /** Takes the word of a proxy that passes on no whole certificate. */
  readonly subjectOnly: boolean;
  readonly now: () => Date;
}

/** Answers which certificate a call shows. @throws ForwardedCertificateFault */
export type ReadShownCertificate = (call: Pick<Credentials, 'socket' | 'origin' | 'headers'>) => ShownCertificate | undefined;

export function shownCertificates(options: ShownCertificateOptions): ReadShownCertificate {
  const ofProxy = (certificate: Certificate): boolean =>
    isInDate(certificate, options.now()) && options.proxyAuthorities.some((authority) => isIssuedBy(certificate, authority));
  return ({ socket, origin, headers }) => {
    const peer = peerCertificate(socket);
    const isProxy = origin.byProxy && (options.proxyAuthorities.length === 0 ? peer === undefined : peer !== undefined && ofProxy(peer));
    if (isProxy) return forwarded(headers, options.subjectOnly);
    // The certificate of a proxy is never that of a client.
    if (!peer || (options.proxyAuthorities.length > 0 && ofProxy(peer))) return undefined;
    return { fingerprint: peer.sha256, subject: peer.subject, certificate: peer, chain: [], via: 'connection' };
  };
}

function forwarded(headers: Pick<AllowedHeaders, 'claimed'>, subjectOnly: boolean): ShownCertificate | undefined {
  const [xfcc, ...more] = headers.claimed('x-forwarded-client-cert');
  const [standard, ...others] = headers.claimed('client-cert');
  if (more.length + others.length > 0 || (xfcc !== undefined && standard !== undefined)) throw new ForwardedCertificateFault('several headers');
  try {
    if (standard !== undefined) return byProxy(readStandard(standard));
    return xfcc === undefined ? undefined : readForwardedText(xfcc, subjectOnly);
  } catch (error) {
    if (error instanceof DerError || error instanceof PemError || error instanceof ForwardedClientCertError || error instanceof NameError)
      throw new ForwardedCertificateFault(error.message, { cause: error });
    throw error;
  }
}

/** A byte sequence of structured fields (RFC 9440). */
function readStandard(value: string): Certificate {
  const base64 = /^\s*:([A-Za-z0-9+/]+={0,2}):\s*$/.exec(value)?.[1];
  if (base64 === undefined) throw new ForwardedCertificateFault('Client-Cert is no byte sequence');
  return readCertificate(Buffer.from(base64, 'base64'));
}

/**
 * Text in the format of Envoy. One element only: a proxy that appends to what its client said passes on words of the client.
 * @throws ForwardedCertificateFault, and the errors of the parsers
 */
export function readForwardedText(text: string, subjectOnly: boolean): ShownCertificate | undefined {
  const elements = parseForwardedClientCert(text);
  const [element] = elements;
  if (!element || elements.length > 1) throw new ForwardedCertificateFault('several elements');
  if (element.cert === undefined) return subjectOnly ? bySubject(element) : undefined;
  const [certificate] = readCertificates(element.cert);
  if (!certificate) throw new ForwardedCertificateFault('Cert holds no certificate');
  if (element.hash !== undefined && element.hash !== certificate.sha256) throw new ForwardedCertificateFault('Hash is that of another certificate');
  return byProxy(certificate, element.chain === undefined ? [] : readCertificates(element.chain));
}

const byProxy = (certificate: Certificate, chain: readonly Certificate[] = []): ShownCertificate => ({
  fingerprint: certificate.sha256,
  subject: certificate.subject,
  certificate,
  chain,
  via: 'proxy',
});

function bySubject({ subject, hash }: ForwardedClientCert): ShownCertificate | undefined {
  if (subject === undefined || hash === undefined) return undefined;
  return { fingerprint: hash, subject: parseDistinguishedName(subject), certificate: undefined, chain: [], via: 'proxy' };
}
