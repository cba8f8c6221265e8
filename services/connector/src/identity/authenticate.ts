import type { IncomingMessage } from 'node:http';
import { HttpRefusal } from '@binnacle/graphql/http-refusal';
import type { Caller } from '@binnacle/internal-token/caller';
import { InternalTokenError, type TokenVerifier } from '@binnacle/internal-token/verify';

/**
 * Reads the internal token of a request.
 * @throws HttpRefusal 401 when there is none that the Gateway signed for this service
 */
export async function authenticate(verifier: TokenVerifier, request: IncomingMessage): Promise<Caller> {
  const header = request.headers.authorization;
  if (!header?.startsWith('Bearer ')) throw unauthenticated('there is no bearer token');
  return verifier.verify(header.slice(7)).catch((error: unknown) => {
    throw error instanceof InternalTokenError ? unauthenticated(error.fault) : error;
  });
}

function unauthenticated(reason: string): HttpRefusal {
  return new HttpRefusal(401, `the call is not authenticated: ${reason}`, 'UNAUTHENTICATED', { 'www-authenticate': 'Bearer error="invalid_token"' });
}
