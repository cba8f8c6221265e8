import type { PublishedUrls } from '@binnacle/pki/certificate-authority';

/** Public addresses of what issuers publish; they are written into certificates, so they must stay reachable for as long as those live. */
export interface PkiUrls {
  path(name: string): string;
  certificate(issuerId: string): string;
  crl(issuerId: string): string;
  deltaCrl(issuerId: string): string;
  readonly ocsp: string;
  /** For certificates that the issuer signs. */
  publishedBy(issuerId: string): PublishedUrls;
}

/** @param base such as https://gateway.example.com, without a slash at its end */
export function pkiUrls(base: string): PkiUrls {
  const path = (name: string): string => `${base}/v1/pki/${name}`;
  const crl = (issuerId: string): string => path(`crl/${issuerId}.der`);
  const certificate = (issuerId: string): string => path(`certificates/${issuerId}.der`);
  const ocsp = path('ocsp');
  return {
    path,
    certificate,
    crl,
    deltaCrl: (issuerId) => path(`crl/${issuerId}.delta.der`),
    ocsp,
    publishedBy: (issuerId) => ({ crl: crl(issuerId), ocsp, issuer: certificate(issuerId) }),
  };
}
