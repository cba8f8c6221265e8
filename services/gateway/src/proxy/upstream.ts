import type { ServerResponse } from 'node:http';
import { log } from '@binnacle/log/log';
import { type Dispatcher, errors, Pool } from 'undici';
import { GatewayRefusal, type TimeoutStatus, unavailable, upstreamTimeout, upstreamUnavailable } from '../refusal.ts';
import { ClientGone, relay } from './relay.ts';

/** A call as it goes on: made anew from what was checked. */
export interface ForwardedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** A query may be repeated and cancelled; a mutation, once sent, runs to its end. */
  readonly isQuery: boolean;
}

export interface Upstream {
  /** Sends the call on and streams the answer back. Answers the status. @throws GatewayRefusal 502, 503, 504 */
  forward(call: ForwardedCall, response: ServerResponse): Promise<number>;
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
/** A service that goes away is left at most this often. */
const LEAVE_EVERY_MS = 250;
/** No connection came about, so nothing was sent: any call may go again. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);
/** The connection broke: nobody knows whether the call arrived. */
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

export function createUpstream(origin: string, { timeoutMs, timeoutStatus, stallMs }: UpstreamOptions): Upstream {
  const newPool = (): Pool =>
    new Pool(origin, {
      connections: CONNECTIONS,
      pipelining: 1,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connectTimeout: 5_000,
      keepAliveTimeout: 30_000,
    });
  let pool = newPool();
  let leftAt = Number.NEGATIVE_INFINITY;
  /**
   * A service that answers `Connection: close` is about to go. It will close the connections that lie idle too, and a call sent on one in
   * that moment is lost: leave all of them now.
   */
  const onLeave = (): void => {
    const now = performance.now();
    if (now - leftAt < LEAVE_EVERY_MS) return;
    leftAt = now;
    const old = pool;
    pool = newPool();
    void old.close();
  };
  return {
    async forward(call, response) {
      if (pool.stats.queued > MAX_WAITING) throw unavailable('The service behind this address has more calls than it can take');
      const options = { cancellable: call.isQuery, stallMs, onLeave } as const;
      const request = { path: call.path, method: call.method as Dispatcher.HttpMethod, headers: call.headers, body: call.body.length === 0 ? null : call.body };
      try {
        return await relay(pool, request, response, options);
      } catch (error) {
        const mayGoAgain = NOT_CONNECTED.has(codeOf(error)) || (call.isQuery && BROKEN.has(codeOf(error)));
        if (!mayGoAgain) throw refusalFor(error, timeoutStatus);
      }
      // Once more: a replica that was going away may have closed a kept connection, and the next connection may find another one.
      return relay(pool, request, response, options).catch((error: unknown) => {
        throw refusalFor(error, timeoutStatus);
      });
    },
    openSockets: () => pool.stats.connected,
    close: () => pool.close(),
  };
}

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code);

function refusalFor(error: unknown, timeoutStatus: TimeoutStatus): GatewayRefusal {
  if (error instanceof ClientGone) return new GatewayRefusal(499, 'CLIENT_CLOSED_REQUEST', 'the client has gone away');
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) return upstreamTimeout(timeoutStatus);
  log().warn({ err: error }, 'the service behind could not be asked');
  return upstreamUnavailable();
}
