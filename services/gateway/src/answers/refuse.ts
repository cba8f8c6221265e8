import type { ServerResponse } from 'node:http';
import { DocumentLimitError } from '@binnacle/graphql/document-limit-error';
import { BodyAborted } from '@binnacle/http/read-body';
import { log } from '@binnacle/log/log';
import { RegistryUnavailable } from '@binnacle/registry/registry-error';
import { IssuerUnavailable } from '../authentication/issuer-keys.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { IntrospectionUnavailable } from '../oauth/introspect-elsewhere.ts';
import type { Seen } from '../passage.ts';
import { GatewayRefusal, unavailable } from '../refusal.ts';

/** Answers a call that ends here. Once part of an answer has gone out, only the connection can say that something is wrong. */
export function refuse(metrics: GatewayMetrics, response: ServerResponse, error: unknown, seen: Seen): void {
  if (response.writableEnded) return;
  const refusal = refusalOf(error, seen.requestId);
  seen.code = refusal.code;
  count(metrics, refusal);
  if (response.headersSent) return void response.destroy();
  const body = refusal.text(seen.requestId, seen.errorStyle);
  response
    .writeHead(refusal.status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...refusal.headers,
    })
    .end(body);
}

/** Counts what was refused by its kind. */
function count(metrics: GatewayMetrics, { code, reason }: GatewayRefusal): void {
  if (code === 'UNAUTHENTICATED') metrics.authFailures.inc({ method: methodOf(reason), reason });
  if (code.startsWith('MAX_') || code === 'PAYLOAD_TOO_LARGE') metrics.guardRejections.inc({ limit: code });
}

const methodOf = (reason: string): string => (reason.endsWith(' token') ? 'one-time token' : /certificate|issuer/.test(reason) ? 'certificate' : 'bearer');

function refusalOf(error: unknown, requestId: string): GatewayRefusal {
  if (error instanceof GatewayRefusal) return error;
  if (error instanceof DocumentLimitError) return new GatewayRefusal(400, error.code, error.message);
  if (error instanceof RegistryUnavailable) return unavailable('The registry is not available');
  if (error instanceof IssuerUnavailable) return unavailable('The OpenID provider is not available');
  if (error instanceof IntrospectionUnavailable) return unavailable('The OAuth2 server is not available');
  if (error instanceof BodyAborted) return new GatewayRefusal(400, 'BAD_REQUEST', 'the request ended in the middle');
  log().error({ err: error, requestId }, 'unexpected error at the door');
  return new GatewayRefusal(500, 'INTERNAL_SERVER_ERROR', `Internal Server Error [errorID=${requestId}]`);
}
