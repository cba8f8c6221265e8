/** A call that ends at the Gateway, and the answer it gets. */
export class GatewayRefusal extends Error {
  override readonly name = 'GatewayRefusal';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body where it is not the usual one. */
  readonly body: string | undefined;

  constructor(status: number, code: string, message: string, options: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = options.headers ?? {};
    this.body = options.body;
  }

  /** The JSON text to answer. */
  text(requestId: string): string {
    return this.body ?? JSON.stringify({ errors: [{ message: this.message, extensions: { code: this.code, requestId } }], data: null });
  }
}

/** Without a key `errors`: existing clients take a JSON answer without it as an empty result, and rely on that. */
export function unauthorized(): GatewayRefusal {
  return new GatewayRefusal(401, 'UNAUTHENTICATED', 'The request could not be authorized', {
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    body: '{"error":{"code":401,"status":"Unauthorized","message":"The request could not be authorized"}}',
  });
}

export function notFound(): GatewayRefusal {
  return new GatewayRefusal(404, 'NOT_FOUND', 'The requested resource could not be found', {
    body: '{"error":{"code":404,"status":"Not Found","message":"The requested resource could not be found"}}',
  });
}
