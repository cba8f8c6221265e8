import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Refuses connections of an address beyond its number. */
export function limitConnections(server: Server, maxPerAddress: number): void {
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (open.get(address) ?? 0) + 1;
    if (count > maxPerAddress) return void socket.destroy();
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
  });
}

/** The answers that are being made. */
export interface OpenAnswers {
  add(request: IncomingMessage, response: ServerResponse): void;
  /** The newest answer on a connection. */
  on(socket: Duplex): { readonly request: IncomingMessage; readonly response: ServerResponse } | undefined;
  all(): Iterable<ServerResponse>;
}

export function createOpenAnswers(): OpenAnswers {
  const responses = new Set<ServerResponse>();
  const newest = new WeakMap<Duplex, { readonly request: IncomingMessage; readonly response: ServerResponse }>();
  return {
    add(request, response) {
      const entry = { request, response };
      responses.add(response);
      newest.set(request.socket, entry);
      response.once('close', () => {
        responses.delete(response);
        if (newest.get(request.socket) === entry) newest.delete(request.socket);
      });
    },
    on: (socket) => newest.get(socket),
    all: () => responses,
  };
}

const STATUS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** What is no HTTP request gets an answer too, and then the connection ends: what follows on it cannot be trusted. */
export function refuseBrokenRequests(server: Server, answers: OpenAnswers): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const open = answers.on(socket);
    // Behind a whole request that is still being answered, a text of ours would pass for its answer.
    if (!socket.writable || error.code === 'ECONNRESET' || open?.response.headersSent || open?.request.complete) return void socket.destroy();
    const status = STATUS[error.code ?? ''] ?? '400 Bad Request';
    const body = JSON.stringify({ errors: [{ message: `the request cannot be read: ${status.slice(4)}`, extensions: { code: 'BAD_REQUEST' } }], data: null });
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    // A peer that goes on sending is not listened to.
    setTimeout(() => socket.destroy(), 1_000).unref();
  });
}

/** Nothing is tunnelled: no route of this version offers another protocol. */
export function refuseUpgrades(server: Server): void {
  server.on('upgrade', (_, socket) => {
    socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    setTimeout(() => socket.destroy(), 1_000).unref();
  });
  server.on('connect', (_, socket) => socket.destroy());
}
