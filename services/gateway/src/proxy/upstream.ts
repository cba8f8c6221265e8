import type { ServerResponse } from 'node:http';
import { errors, Pool } from 'undici';
import { GatewayRefusal, type TimeoutStatus, unavailable, upstreamTimeout, upstreamUnavailable } from '../refusal.ts';
import { ClientGone, relay } from './relay.ts';

/** A GraphQL call as it goes on: made anew from what was checked. */
export interface GraphQLCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** A query may be repeated and cancelled; a mutation, once sent, runs to its end. */
  readonly isQuery: boolean;
}

export interface Upstream {
  /** Sends the call on and streams the answer back. Answers the status. @throws GatewayRefusal 502, 503, 504 */
  forward(call: GraphQLCall, response: ServerResponse): Promise<number>;
  openSockets(): number;
  close(): Promise<void>;
}

export interface UpstreamOptions {
  readonly timeoutMs: number;
  readonly timeoutStatus: TimeoutStatus;
  /** How long an answer may stand still because its reader does. */
  readonly stallMs: number;
}

const CONNECTIONS = 256;
/** Calls that wait for a connection; each may hold a body of five megabytes. */
const MAX_WAITING = 200;
const CONNECTION_ERRORS = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT', 'ENOTFOUND', 'EHOSTUNREACH']);

export function createUpstream(origin: string, { timeoutMs, timeoutStatus, stallMs }: UpstreamOptions): Upstream {
  const pool = new Pool(origin, {
    connections: CONNECTIONS,
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connectTimeout: 5_000,
    keepAliveTimeout: 30_000,
  });
  return {
    async forward(call, response) {
      if (pool.stats.queued > MAX_WAITING) throw unavailable('The service behind this address has more calls than it can take');
      const options = { cancellable: call.isQuery, stallMs } as const;
      const request = { path: call.path, method: 'POST', headers: call.headers, body: call.body } as const;
      try {
        return await relay(pool, request, response, options);
      } catch (error) {
        if (!isConnectionError(error) || !call.isQuery) throw refusalFor(error, timeoutStatus);
      }
      // Once more: a replica that was going away may have closed a kept connection.
      return relay(pool, request, response, options).catch((error: unknown) => {
        throw refusalFor(error, timeoutStatus);
      });
    },
    openSockets: () => pool.stats.connected,
    close: () => pool.close(),
  };
}

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code);
const isConnectionError = (error: unknown): boolean => CONNECTION_ERRORS.has(codeOf(error));

function refusalFor(error: unknown, timeoutStatus: TimeoutStatus): unknown {
  if (error instanceof ClientGone) return new GatewayRefusal(499, 'CLIENT_CLOSED_REQUEST', 'the client has gone away');
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) return upstreamTimeout(timeoutStatus);
  if (isConnectionError(error) || /^(HPE_|UND_ERR_)/.test(codeOf(error))) return upstreamUnavailable();
  return error;
}
