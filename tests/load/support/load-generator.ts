import { connect } from 'node:net';

/** One way of asking: fixed, or another body each time. */
export interface Load {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: (n: number) => string;
}

export interface LoadOptions {
  readonly seconds: number;
  readonly connections: number;
  /** Calls a second of all connections together; without it as many as they can. */
  readonly rate?: number;
}

export interface Measured {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly median: number;
  readonly p99: number;
}

/**
 * Posts as fast as kept connections can, one call at a time on each, and counts. It knows no more of HTTP than these answers need, so that
 * little of what is measured is its own: on small answers a full client costs more than the server.
 * @throws Error for an answer that is no 200 or carries GraphQL errors
 */
export async function generateLoad(load: Load, { seconds, connections, rate }: LoadOptions): Promise<Measured> {
  const { hostname, port, pathname } = new URL(load.url);
  const head = Object.entries({ 'content-type': 'application/json', ...load.headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  const started = performance.now();
  const end = started + seconds * 1_000;
  const times: number[] = [];
  let sent = 0;
  const nextRequest = (): string => {
    const body = load.body((sent += 1));
    return `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  };
  const intervalMs = rate === undefined ? 0 : (connections * 1_000) / rate;
  const target = { hostname, port: Number(port), intervalMs };
  await Promise.all(Array.from({ length: connections }, () => keepAsking(target, nextRequest, (ms) => times.push(ms), end)));
  const elapsed = (performance.now() - started) / 1_000;
  times.sort((a, b) => a - b);
  return { perSecond: times.length / elapsed, median: at(times, 0.5), p99: at(times, 0.99) };
}

const at = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

function keepAsking(
  to: { hostname: string; port: number; intervalMs: number },
  nextRequest: () => string,
  onAnswer: (ms: number) => void,
  end: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: to.hostname, port: to.port, noDelay: true });
    let askedAt = 0;
    /** Bytes of the answer that are still to come; 0 between answers. */
    let missing = 0;
    const ask = (): void => {
      askedAt = performance.now();
      socket.write(nextRequest());
    };
    const fail = (reason: string): void => {
      socket.destroy();
      reject(new Error(reason));
    };
    socket.on('connect', ask);
    socket.on('error', reject);
    socket.on('close', () => (performance.now() < end ? fail('the server closed a connection') : resolve()));
    socket.on('data', (chunk: Buffer) => {
      if (missing === 0) {
        const headEnd = chunk.indexOf('\r\n\r\n');
        const head = chunk.toString('latin1', 0, headEnd);
        const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
        const bodyStart = chunk.toString('latin1', headEnd + 4, headEnd + 13);
        if (!head.startsWith('HTTP/1.1 200 ') || length === undefined || bodyStart === '{"errors"') return fail(chunk.toString('latin1', 0, 600));
        missing = headEnd + 4 + Number(length);
      }
      missing -= chunk.length;
      if (missing > 0) return;
      const now = performance.now();
      onAnswer(now - askedAt);
      if (now < end) setTimeoutOrNow(ask, to.intervalMs - (now - askedAt));
      else socket.end();
    });
  });
}

function setTimeoutOrNow(body: () => void, waitMs: number): void {
  if (waitMs > 0) setTimeout(body, waitMs);
  else body();
}
