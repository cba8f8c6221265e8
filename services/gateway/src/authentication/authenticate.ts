import type { Socket } from 'node:net';
import type { Caller } from '@binnacle/internal-token/caller';
import { GatewayRefusal, unauthorized } from '../refusal.ts';
import type { AllowedHeaders } from '../routing/headers.ts';
import type { Route } from '../routing/routes.ts';

/** All that a call shows of its caller. */
export interface Credentials {
  readonly headers: AllowedHeaders;
  readonly route: Route;
  /** Where it came in: a client certificate is found there, not in a header. */
  readonly socket: Socket;
}

/**
 * One way of showing who one is. Answers how to find out who calls, or undefined when the call shows nothing of this kind (on this
 * route). It only looks: nothing is verified, asked or spent before it is known that the call shows one kind.
 */
export type Authenticator = (credentials: Credentials) => (() => Promise<Caller>) | undefined;

/**
 * Who calls, by whichever of the listed ways the call shows.
 * @throws GatewayRefusal 401 when it shows none, 400 when it shows two, and whatever the way itself refuses with
 */
export function authenticate(authenticators: readonly Authenticator[], credentials: Credentials): Promise<Caller> {
  const [way, another] = authenticators.map((authenticator) => authenticator(credentials)).filter((found) => found !== undefined);
  if (another) throw new GatewayRefusal(400, 'BAD_REQUEST', 'the request shows two credentials: send one');
  if (!way) throw unauthorized(credentials.route.errorStyle, credentials.headers.authorization === undefined ? 'no credential' : 'not accepted');
  return way();
}
