import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '@binnacle/internal-token/caller';
import type { AllowedHeaders } from './routing/headers.ts';
import type { RequestPath } from './routing/path.ts';
import type { Origin } from './listener/trusted-proxies.ts';
import type { ErrorStyle } from './refusal.ts';
import type { HostClass } from './routing/hosts.ts';
import type { Route } from './routing/routes.ts';

/** One request on its way. */
export interface Passage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly headers: AllowedHeaders;
  readonly at: RequestPath;
  readonly host: HostClass;
  readonly origin: Origin;
  readonly route: Route;
  readonly seen: Seen;
}

/** What metrics and the access log say of a request. */
export interface Seen {
  readonly started: number;
  readonly method: string;
  route: string;
  requestId: string;
  caller?: Caller;
  /** How the route tells refusals. */
  errorStyle?: ErrorStyle;
  /** Code of the refusal, if it was refused. */
  code?: string;
}

export const newSeen = (method: string, requestId = ''): Seen => ({ started: performance.now(), method, route: 'none', requestId });
