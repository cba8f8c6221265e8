import type { IncomingMessage } from 'node:http';

/** The body is larger than it may be; what was left of it is being thrown away, so that the client can read the answer. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** The client went away in the middle of its request. */
export class BodyAborted extends Error {
  override readonly name = 'BodyAborted';
}

const DISCARD_LIMIT_MS = 5_000;

/**
 * Reads a body whole, at most `limit` bytes.
 * @throws BodyTooLarge at once when the declared length is over the limit, else when the limit is passed
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) {
    discard(request, limit);
    return Promise.reject(new BodyTooLarge());
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limit) {
        request.off('data', onData);
        discard(request, limit);
        reject(new BodyTooLarge());
      } else chunks.push(chunk);
    };
    request.on('data', onData);
    request.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.once('error', () => reject(new BodyAborted()));
    // Every request closes, most of them long after their end: an error that nobody reads is dear to make.
    request.once('close', () => void (request.readableEnded || reject(new BodyAborted())));
  });
}

/** Goes on reading for a while without keeping anything: a connection that is cut early hides the answer from the client. */
function discard(request: IncomingMessage, limit: number): void {
  let left = 2 * limit;
  const timer = setTimeout(() => request.destroy(), DISCARD_LIMIT_MS);
  timer.unref();
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.once('close', () => clearTimeout(timer));
  request.on('error', () => undefined);
  request.resume();
}
