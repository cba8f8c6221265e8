/** What clients may branch on beside the text. */
export type ConnectorErrorCode =
  | 'UNAUTHENTICATED'
  | 'INVALID_REQUEST'
  | 'TOKEN_NOT_ISSUED'
  | 'CERTIFICATE_REFUSED'
  | 'KEY_TAKEN'
  | 'APPROVAL_PENDING'
  | 'RATE_LIMITED'
  | 'ISSUER_UNAVAILABLE';

/** A refusal that the caller may read. Existing clients look for parts of these texts, so they are part of the contract. */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';
  readonly code: ConnectorErrorCode;

  constructor(code: ConnectorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** The same refusal as it reads at the end of a longer sentence. */
  prefixed(prefix: string): ConnectorError {
    return new ConnectorError(this.code, `${prefix}${this.message}`, { cause: this });
  }
}
