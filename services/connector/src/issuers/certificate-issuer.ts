import type { CertificateRequest } from '@binnacle/pki/certificate-request';
import type { Certificate } from '@binnacle/pki/read-certificate';

/** What a certificate is to say, beside the subject that all of them share. An issuer copies nothing of the request but its key. */
export interface CertificateOrder {
  readonly request: CertificateRequest;
  /** Common name. */
  readonly clientId: string;
  /** The only subject alternative name. */
  readonly uri: string;
  readonly validitySeconds: number;
}

/** A certificate and what it is verified with. */
export interface IssuedChain {
  readonly certificate: Certificate;
  /** The certificate that signed it, then what signed that one; the root is left out unless it signed the first. */
  readonly authorities: readonly [Certificate, ...Certificate[]];
  /** Id of the issuer on record. */
  readonly issuerId: string;
}

/** Signs certificates: our own authority, or one elsewhere. Every driver passes `describeIssuer`. */
export interface CertificateIssuer {
  /**
   * Signs the order. What comes back is checked before it leaves (`checkIssued`), so a driver need not.
   * @throws IssuerUnavailable when it cannot be asked, IssuerRefused when it will not
   */
  sign(order: CertificateOrder, now: Date): Promise<IssuedChain>;
}

/** The issuer cannot be asked, or did not answer in time: worth another try. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
}

/** The issuer looked at the order and will not sign it. */
export class IssuerRefused extends Error {
  override readonly name = 'IssuerRefused';
}
