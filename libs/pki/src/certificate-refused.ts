const DECODING = 'Error while decoding Certificate Signing Request: ';
const SIGNING = 'Error while signing Certificate Signing Request: ';

/** What was wrong with a certificate signing request, for metrics and the audit log. */
export type RefusalReason = 'encoding' | 'pem' | 'syntax' | 'signature' | 'signature-algorithm' | 'common-name' | 'subject' | 'extension' | 'key';

/** A certificate signing request was refused. The message is the client's; existing clients search it for parts. */
export class CertificateRefused extends Error {
  override readonly name = 'CertificateRefused';
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, detail: string) {
    super((reason === 'encoding' ? DECODING : SIGNING) + detail);
    this.reason = reason;
  }
}
