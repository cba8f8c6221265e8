import { BodyTooLarge } from '@binnacle/http/read-body';
import { DocumentLimitError } from './document-limit-error.ts';
import { EnvelopeError } from './envelope.ts';

/** An answer that is no GraphQL result: HTTP status and a body with `errors`. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, code: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  get body(): object {
    return { errors: [{ message: this.message, extensions: { code: this.code } }], data: null };
  }
}

/** What a client is told of an error met while its request was read; undefined for errors of other kinds. */
export function refusalOf(error: unknown, maxBodyBytes: number): HttpRefusal | undefined {
  if (error instanceof HttpRefusal) return error;
  if (error instanceof EnvelopeError) return new HttpRefusal(error.status, error.message, error.code);
  if (error instanceof DocumentLimitError) return new HttpRefusal(400, error.message, error.code);
  if (error instanceof BodyTooLarge)
    return new HttpRefusal(413, `Payload Too Large: the limit is ${maxBodyBytes} bytes`, 'PAYLOAD_TOO_LARGE', { connection: 'close' });
  return undefined;
}
