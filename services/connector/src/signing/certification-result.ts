import { type Certificate, certificatePem } from '@binnacle/pki/read-certificate';
import { renewalTime } from '../configuration/renewal-time.ts';

/** What `signCertificateSigningRequest` answers: texts are base64 (one line, padded) of PEM. */
export interface CertificationResult {
  readonly certificateChain: string;
  readonly caCertificate: string;
  readonly clientCertificate: string;
  readonly expiresAt: string;
  readonly renewAfter: string;
}

/**
 * @param authorities the certificate that signed first: clients verify with the first block of `caCertificate`
 */
export function certificationResult(certificate: Certificate, authorities: readonly Certificate[]): CertificationResult {
  const client = certificatePem(certificate);
  const ca = authorities.map(certificatePem).join('');
  return {
    certificateChain: base64(client + ca),
    caCertificate: base64(ca),
    clientCertificate: base64(client),
    expiresAt: certificate.notAfter.toISOString(),
    renewAfter: renewalTime(certificate.notBefore, certificate.notAfter, certificate.sha256).toISOString(),
  };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
