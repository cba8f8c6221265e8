export interface RefusalOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** The body where it is not the usual one. */
  readonly body?: string;
  /** True when the same call may well succeed in a moment. */
  readonly retryable?: boolean;
  /** Why a caller was not accepted: for metrics, from a fixed list. */
  readonly reason?: string;
  /** What else the error says beside its code. */
  readonly extensions?: Readonly<Record<string, string | number>>;
}

/** How refusals are told: as a bearer route always did, as GraphQL errors, as the Director's own, or as the legacy REST API does. */
export type ErrorStyle = 'bearer' | 'graphql' | 'director' | 'adapter';

/** A call that ends at the Gateway, and the answer it gets. */
export class GatewayRefusal extends Error {
  override readonly name = 'GatewayRefusal';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly reason: string;
  readonly #body: string | undefined;
  readonly #retryable: boolean;
  readonly #extensions: NonNullable<RefusalOptions['extensions']>;

  constructor(status: number, code: string, message: string, { headers = {}, body, retryable = false, reason = '', extensions = {} }: RefusalOptions = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = retryable ? { 'retry-after': '1', ...headers } : headers;
    this.reason = reason;
    this.#body = body;
    this.#retryable = retryable;
    this.#extensions = extensions;
  }

  /** The JSON text to answer. */
  text(requestId: string, style?: ErrorStyle): string {
    if (style === 'adapter') return JSON.stringify({ code: this.status, error: this.message });
    const retryable = this.#retryable ? { retryable: true } : {};
    const extensions = { code: this.code, ...this.#extensions, ...retryable, requestId };
    return this.#body ?? JSON.stringify({ errors: [{ message: this.message, extensions }], data: null });
  }
}

const MESSAGE = 'The request could not be authorized';
const CHALLENGE = { 'www-authenticate': 'Bearer error="invalid_token"' };

/** Why a caller was not accepted: for metrics. The caller is told only what it may know. */
export type AuthenticationFailure =
  | 'no credential'
  | 'not accepted'
  | 'unknown token'
  | 'used token'
  | 'superseded token'
  | 'expired token'
  | 'unknown certificate'
  | 'expired certificate'
  | 'revoked certificate'
  | 'retired issuer'
  | 'forwarded certificate';

/**
 * The caller is not accepted. On bearer routes without a key `errors`: existing clients take a JSON answer without it as an empty result,
 * and rely on that. Elsewhere clients must fail, so the key is there.
 */
export function unauthorized(style: ErrorStyle = 'bearer', reason: AuthenticationFailure = 'not accepted', detail = ''): GatewayRefusal {
  const message = detail === '' ? MESSAGE : `${MESSAGE}: ${detail}`;
  if (style === 'graphql') return new GatewayRefusal(401, 'UNAUTHENTICATED', message, { headers: CHALLENGE, reason });
  if (style === 'adapter') return new GatewayRefusal(403, 'UNAUTHENTICATED', 'invalid token or certificate', { reason });
  if (style === 'director')
    return new GatewayRefusal(401, 'UNAUTHENTICATED', message, { headers: CHALLENGE, reason, extensions: { error_code: 26, error: 'Unauthorized' } });
  const body = JSON.stringify({ error: { code: 401, status: 'Unauthorized', message: MESSAGE } });
  return new GatewayRefusal(401, 'UNAUTHENTICATED', MESSAGE, { headers: CHALLENGE, body, reason });
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
  return new GatewayRefusal(503, 'SERVICE_UNAVAILABLE', `${what}: try again`, { retryable: true });
}

export function upstreamUnavailable(): GatewayRefusal {
  return new GatewayRefusal(502, 'UPSTREAM_UNAVAILABLE', 'the service behind this address is not available: try again', { retryable: true });
}

/** How a service that is too slow is reported: 504, or 503 with the body that older clients know. */
export type TimeoutStatus = 503 | 504;

export function upstreamTimeout(status: TimeoutStatus): GatewayRefusal {
  const older = status === 503 ? { body: '{"Message":"operation has timed out"}' } : {};
  return new GatewayRefusal(status, 'UPSTREAM_TIMEOUT', 'the service did not answer in time', { retryable: true, ...older });
}
