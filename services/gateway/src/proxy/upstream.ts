import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { log } from '@binnacle/log/log';
import { type Dispatcher, errors, Pool } from 'undici';
import { GatewayRefusal } from '../refusal.ts';

/** A GraphQL call as it goes on: made anew from what was checked. */
export interface GraphQLCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** A query may be repeated and cancelled; a mutation, once sent, runs to its end. */
  readonly isQuery: boolean;
}

export interface Upstream {
  /** Sends the call on and streams the answer back. Answers the status. @throws GatewayRefusal 502, 504 */
  forward(call: GraphQLCall, response: ServerResponse): Promise<number>;
  close(): Promise<void>;
}

const CONNECTIONS = 64;
const CONNECTION_ERRORS = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT', 'ENOTFOUND']);

export function createUpstream(origin: string, timeoutMs: number): Upstream {
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
      const abort = new AbortController();
      if (call.isQuery) response.once('close', () => abort.abort());
      const answer = await request(pool, call, abort.signal);
      response.writeHead(answer.statusCode, answerHeaders(answer.headers));
      // A torn answer must not look like a whole one: pipeline destroys the response when the upstream breaks off.
      await pipeline(answer.body, response).catch((error: unknown) => log().debug({ err: error }, 'answer broken off'));
      return answer.statusCode;
    },
    close: () => pool.close(),
  };
}

async function request(pool: Pool, call: GraphQLCall, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  const options = { path: call.path, method: 'POST', headers: call.headers, body: call.body, signal } as const;
  try {
    return await pool.request(options);
  } catch (error) {
    if (!isConnectionError(error) || !call.isQuery) throw refusalFor(error);
  }
  // Once more: a replica that was going away may have closed a kept connection.
  return pool.request(options).catch((error: unknown) => {
    throw refusalFor(error);
  });
}

const isConnectionError = (error: unknown): boolean => CONNECTION_ERRORS.has(String((error as { code?: unknown }).code));

function refusalFor(error: unknown): GatewayRefusal | unknown {
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError)
    return new GatewayRefusal(504, 'UPSTREAM_TIMEOUT', 'the service did not answer in time');
  if (!isConnectionError(error)) return error;
  return new GatewayRefusal(502, 'UPSTREAM_UNAVAILABLE', 'the service behind this address is not available: try again', { headers: { 'retry-after': '1' } });
}

const KEPT = new Set(['content-type', 'content-length', 'content-encoding', 'cache-control', 'retry-after', 'allow', 'idempotent-replay']);

function answerHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string | string[]] => KEPT.has(entry[0]) && entry[1] !== undefined));
}
