import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Server as TcpServer, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { GatewayRefusal } from '../refusal.ts';

/** Refuses connections of an address beyond its number. */
export function limitConnections(server: TcpServer, maxPerAddress: number): void {
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

/** A request that is being answered. */
export interface OpenAnswer {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Ends it with a refusal. */
  refuse(refusal: GatewayRefusal): void;
}

/** The newest request of each connection, until it is answered. */
export interface OpenAnswers {
  add(answer: OpenAnswer): void;
  on(socket: Duplex): OpenAnswer | undefined;
}

export function createOpenAnswers(): OpenAnswers {
  const newest = new WeakMap<Duplex, OpenAnswer>();
  return {
    add: (answer) => void newest.set(answer.request.socket, answer),
    on(socket) {
      const answer = newest.get(socket);
      return answer?.response.closed ? undefined : answer;
    },
  };
}

/** Answers on a connection where no request could be read; answers the request id that it made up. */
export type RefuseUnread = (refusal: GatewayRefusal) => string;

const CLOSE = { headers: { connection: 'close' } };
const MAX_REQUEST_LINE = 8_192;

/** What is no HTTP request gets an answer too, and then the connection ends: what follows on it cannot be trusted. */
export function refuseBrokenRequests(server: Server, answers: OpenAnswers, refuseUnread: RefuseUnread): void {
  const secured = new WeakSet<Duplex>();
  server.on('secureConnection', (socket: Duplex) => void secured.add(socket));
  server.on('clientError', (error: NodeJS.ErrnoException & { readonly rawPacket?: Buffer }, socket) => {
    // A handshake that failed: nobody is there who would read an answer.
    if (socket instanceof TLSSocket && !secured.has(socket)) return void socket.destroy();
    const open = answers.on(socket);
    // Behind a whole request that is still being answered, a text of ours would pass for its answer.
    if (!socket.writable || error.code === 'ECONNRESET' || open?.response.headersSent || open?.request.complete) return void socket.destroy();
    const refusal = refusalOf(error);
    if (open) open.refuse(refusal);
    else endWith(socket, refusal, refuseUnread(refusal));
    giveUpSoon(socket);
  });
}

function refusalOf(error: NodeJS.ErrnoException & { readonly rawPacket?: Buffer }): GatewayRefusal {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return (error.rawPacket?.subarray(0, MAX_REQUEST_LINE).indexOf('\n') ?? 0) < 0
        ? new GatewayRefusal(414, 'URI_TOO_LONG', `the address is longer than ${MAX_REQUEST_LINE} characters`, CLOSE)
        : new GatewayRefusal(431, 'HEADERS_TOO_LARGE', 'the headers are larger than 16384 bytes', CLOSE);
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new GatewayRefusal(413, 'PAYLOAD_TOO_LARGE', 'Payload Too Large', CLOSE);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new GatewayRefusal(408, 'REQUEST_TIMEOUT', 'the request did not arrive in time', CLOSE);
    default:
      return new GatewayRefusal(400, 'BAD_REQUEST', 'the request cannot be read', CLOSE);
  }
}

/** Nothing is tunnelled: no route of this version offers another protocol. */
export function refuseUpgrades(server: Server, refuseUnread: RefuseUnread): void {
  const refuse = (_: IncomingMessage, socket: Duplex): void => {
    const refusal = new GatewayRefusal(400, 'BAD_REQUEST', 'no other protocol is offered here', CLOSE);
    socket.on('error', () => undefined);
    endWith(socket, refusal, refuseUnread(refusal));
    giveUpSoon(socket);
  };
  server.on('upgrade', refuse);
  server.on('connect', refuse);
}

function endWith(socket: Duplex, refusal: GatewayRefusal, requestId: string): void {
  const body = refusal.text(requestId);
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** A peer that goes on sending is not listened to. */
function giveUpSoon(socket: Duplex): void {
  setTimeout(() => socket.destroy(), 1_000).unref();
}
