import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { type GatewayRefusal, type TimeoutStatus, upstreamTimeout, upstreamUnavailable } from '../refusal.ts';

/** One request to stream; its headers are those that were let through. */
export interface StreamCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Path and query for the service. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly onFailure: (refusal: GatewayRefusal) => void;
}

export interface Stream {
  /** Streams a request to a service and the answer back. */
  pass(call: StreamCall): void;
  /** Closes the connections that are kept. */
  close(): void;
}

export interface StreamOptions {
  readonly timeoutMs: number;
  readonly timeoutStatus: TimeoutStatus;
  readonly stallMs: number;
}

/** Headers of a service that say nothing to clients, or would set something at their side. */
const DROPPED = ['set-cookie', 'server', 'x-powered-by', 'keep-alive'];

/** Everything that is no GraphQL call streams in both directions, over connections that are kept. */
export function createStream(origin: string, { timeoutMs, timeoutStatus, stallMs }: StreamOptions): Stream {
  const failures = new WeakMap<IncomingMessage, (refusal: GatewayRefusal) => void>();
  const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: timeoutMs });
  const proxy = createProxyMiddleware<IncomingMessage, ServerResponse>({
    target: origin,
    changeOrigin: true,
    xfwd: false,
    proxyTimeout: timeoutMs,
    agent,
    on: {
      proxyRes: (answer, request, response) => {
        for (const name of DROPPED) delete answer.headers[name];
        // A torn answer must not look like a whole one.
        answer.once('close', () => void (answer.complete || response.destroy()));
        request.socket.setTimeout(stallMs);
      },
      error: (error, request, response) => {
        if (!('headersSent' in response) || response.headersSent) return void response.destroy();
        const isSlow = (error as NodeJS.ErrnoException).code === 'ECONNRESET' && /timed? ?out|hang up/i.test(error.message);
        failures.get(request)?.(isSlow && response.writable ? slowOrGone(request) : upstreamUnavailable());
      },
    },
  });
  const startedAt = new WeakMap<IncomingMessage, number>();
  const slowOrGone = (request: IncomingMessage): GatewayRefusal =>
    performance.now() - (startedAt.get(request) ?? 0) >= timeoutMs ? upstreamTimeout(timeoutStatus) : upstreamUnavailable();
  return {
    pass({ request, response, target, headers, onFailure }) {
      failures.set(request, onFailure);
      startedAt.set(request, performance.now());
      request.url = target;
      request.headers = { ...headers };
      void proxy(request, response);
    },
    close: () => agent.destroy(),
  };
}
