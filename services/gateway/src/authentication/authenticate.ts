import type { Socket } from 'node:net';
import type { Caller } from '@binnacle/internal-token/caller';
import type { GuardedRequest } from '../guard/graphql-guard.ts';
import type { Origin } from '../listener/trusted-proxies.ts';
import { GatewayRefusal, unauthorized } from '../refusal.ts';
import type { AllowedHeaders } from '../routing/headers.ts';
import type { HostClass } from '../routing/hosts.ts';
import type { Route, WayIn } from '../routing/routes.ts';

/** All that a call shows of its caller. */
export interface Credentials {
  readonly headers: AllowedHeaders;
  readonly route: Route;
  readonly host: HostClass;
  readonly origin: Origin;
  /** Path of the call, and its query with the question mark. */
  readonly at: { readonly path: string; readonly query: string };
  /** Where it came in: a client certificate is found there, not in a header. */
  readonly socket: Socket;
}

/** Reads what is asked, at the first call; whoever needs none of it to know the caller leaves it unread. */
export type Asked = () => Promise<GuardedRequest>;

/**
 * One way of showing who one is. Answers how to find out who calls, or undefined when the call shows nothing of this kind (on this
 * route). It only looks: nothing is verified, asked or spent before it is known that the call shows one kind.
 */
export type Authenticator = (credentials: Credentials) => ((asked: Asked) => Promise<Caller>) | undefined;

export type Authenticators = Readonly<Partial<Record<WayIn, Authenticator>>>;

/**
 * Who calls, by whichever of the route's ways the call shows.
 * @throws GatewayRefusal 401 when it shows none, 400 when it shows two, and whatever the way itself refuses with
 */
export function authenticate(authenticators: Authenticators, credentials: Credentials, asked: Asked): Promise<Caller> {
  const { route, headers, host } = credentials;
  const ways = route.auth === 'anonymous' ? [] : route.auth.map((way) => authenticators[way]?.(credentials)).filter((found) => found !== undefined);
  const [way, another] = ways;
  // Where the credential chooses the way in, two of them choose nothing.
  const two = host === 'bare' && headers.authorization !== undefined && headers.connectorToken !== undefined;
  if (another || two) throw new GatewayRefusal(400, 'BAD_REQUEST', 'the request shows two credentials: send one');
  if (!way) throw unauthorized(route.errorStyle, headers.authorization === undefined ? 'no credential' : 'not accepted');
  return way(asked);
}
