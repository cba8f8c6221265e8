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

const MESSAGE = 'The request could not be authorized';
const CHALLENGE = { 'www-authenticate': 'Bearer error="invalid_token"' };

/**
 * The caller is not accepted. On bearer routes without a key `errors`: existing clients take a JSON answer without it as an empty result,
 * and rely on that. Elsewhere clients must fail, so the key is there.
 */
export function unauthorized(style: 'bearer' | 'graphql' = 'bearer'): GatewayRefusal {
  if (style === 'graphql') return new GatewayRefusal(401, 'UNAUTHENTICATED', MESSAGE, { headers: CHALLENGE });
  const body = JSON.stringify({ error: { code: 401, status: 'Unauthorized', message: MESSAGE } });
  return new GatewayRefusal(401, 'UNAUTHENTICATED', MESSAGE, { headers: CHALLENGE, body });
}

export function notFound(): GatewayRefusal {
  return new GatewayRefusal(404, 'NOT_FOUND', 'The requested resource could not be found', {
    body: '{"error":{"code":404,"status":"Not Found","message":"The requested resource could not be found"}}',
  });
}

/** The request itself is wrong in a way that only tools against us make: what else comes on that connection is not read. */
export function malformed(message: string): GatewayRefusal {
  return new GatewayRefusal(400, 'BAD_REQUEST', message, { headers: { connection: 'close' } });
}

/** Something behind the Gateway is away for the moment. */
export function unavailable(what: string): GatewayRefusal {
  return new GatewayRefusal(503, 'SERVICE_UNAVAILABLE', `${what}: try again`, { headers: { 'retry-after': '1' } });
}

export function upstreamUnavailable(): GatewayRefusal {
  return new GatewayRefusal(502, 'UPSTREAM_UNAVAILABLE', 'the service behind this address is not available: try again', { headers: { 'retry-after': '1' } });
}

/** How a service that is too slow is reported: 504, or 503 with the body that older clients know. */
export type TimeoutStatus = 503 | 504;

export function upstreamTimeout(status: TimeoutStatus): GatewayRefusal {
  const message = 'the service did not answer in time';
  return status === 504
    ? new GatewayRefusal(504, 'UPSTREAM_TIMEOUT', message)
    : new GatewayRefusal(503, 'UPSTREAM_TIMEOUT', message, { body: '{"Message":"operation has timed out"}' });
}
