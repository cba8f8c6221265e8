import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { log } from '@binnacle/log/log';
import { type Dispatcher, errors, Pool } from 'undici';
import { GatewayRefusal, type TimeoutStatus, unavailable, upstreamTimeout, upstreamUnavailable } from '../refusal.ts';

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

export function createUpstream(origin: string, options: UpstreamOptions): Upstream {
  const pool = new Pool(origin, {
    connections: CONNECTIONS,
    pipelining: 1,
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    connectTimeout: 5_000,
    keepAliveTimeout: 30_000,
  });
  return {
    async forward(call, response) {
      if (pool.stats.queued > MAX_WAITING) throw unavailable('The service behind this address has more calls than it can take');
      const abort = new AbortController();
      if (call.isQuery) response.once('close', () => abort.abort());
      const answer = await send(pool, call, abort.signal, options.timeoutStatus);
      // The socket's own clock: it goes on as long as bytes move.
      response.socket?.setTimeout(options.stallMs);
      response.writeHead(answer.statusCode, answerHeaders(answer.headers));
      // A torn answer must not look like a whole one: pipeline destroys the response when the upstream breaks off.
      await pipeline(answer.body, response).catch((error: unknown) => log().debug({ err: error }, 'answer broken off'));
      return answer.statusCode;
    },
    openSockets: () => pool.stats.connected,
    close: () => pool.close(),
  };
}

async function send(pool: Pool, call: GraphQLCall, signal: AbortSignal, timeoutStatus: TimeoutStatus): Promise<Dispatcher.ResponseData> {
  const options = { path: call.path, method: 'POST', headers: call.headers, body: call.body, signal } as const;
  try {
    return await pool.request(options);
  } catch (error) {
    if (!isConnectionError(error) || !call.isQuery) throw refusalFor(error, timeoutStatus);
  }
  // Once more: a replica that was going away may have closed a kept connection.
  return pool.request(options).catch((error: unknown) => {
    throw refusalFor(error, timeoutStatus);
  });
}

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code);
const isConnectionError = (error: unknown): boolean => CONNECTION_ERRORS.has(codeOf(error));

function refusalFor(error: unknown, timeoutStatus: TimeoutStatus): unknown {
  if (error instanceof errors.RequestAbortedError || (error as Error).name === 'AbortError')
    return new GatewayRefusal(499, 'CLIENT_CLOSED_REQUEST', 'the client has gone away');
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) return upstreamTimeout(timeoutStatus);
  if (isConnectionError(error) || /^(HPE_|UND_ERR_)/.test(codeOf(error))) return upstreamUnavailable();
  return error;
}

const KEPT = new Set(['content-type', 'content-length', 'content-encoding', 'cache-control', 'retry-after', 'allow', 'idempotent-replay']);

function answerHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string | string[]] => KEPT.has(entry[0]) && entry[1] !== undefined));
}
