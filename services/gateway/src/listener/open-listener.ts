import { createServer as createHttpServer, type Server as HttpServer, type ServerOptions } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import { listen } from '@binnacle/http/admin-server';
import { createDraining } from '@binnacle/http/draining';
import type { HostClass, HostTable } from '../routing/hosts.ts';
import { MAX_HELLO_BYTES, readHelloName } from './client-hello.ts';
import { limitConnections } from './connections.ts';
import { HANDSHAKE_LIMIT_MS, serverOptions, type TlsSource, useTls } from './tls.ts';

/** One way into a listener. */
export interface Entrance {
  /** Hosts that are served on its connections; undefined: all of the listener's. */
  readonly hosts?: ReadonlySet<HostClass>;
  /** None: connections in clear. */
  readonly tls?: TlsSource;
}

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly names: HostTable;
  /** With several, the name asked for in the TLS handshake chooses; those whose name says nothing come in by the first. */
  readonly entrances: readonly [Entrance, ...Entrance[]];
  readonly http: ServerOptions;
  readonly connectionsPerAddress: number;
  /** Called for each entrance before the first connection. */
  readonly attach: (server: HttpServer | HttpsServer, entrance: Entrance) => void;
}

export interface Listener {
  readonly port: number;
  /** From now on answers ask clients to open a new connection. */
  startDraining(): void;
  /** Stops accepting and waits for open calls. */
  close(): Promise<void>;
}

/** Opens one port. */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const stops: (() => void)[] = [];
  const servers = options.entrances.map((entrance) => {
    const server = openEntrance(entrance, options.http, stops);
    options.attach(server, entrance);
    return { entrance, server, draining: createDraining(server) };
  });
  const [first, ...others] = servers;
  const door = others.length === 0 && first ? first.server : splitByName(servers, options.names);
  limitConnections(door, options.connectionsPerAddress);
  await listen(door, options.port, options.host);
  return {
    port: (door.address() as AddressInfo).port,
    startDraining: () => servers.forEach(({ draining }) => draining.start()),
    async close() {
      for (const stop of stops) stop();
      const closed = door === first?.server ? Promise.resolve() : new Promise<void>((resolve) => door.close(() => resolve()));
      await Promise.all([closed, ...servers.map(({ draining }) => draining.close())]);
    },
  };
}

function openEntrance({ tls }: Entrance, http: ServerOptions, stops: (() => void)[]): HttpServer | HttpsServer {
  if (!tls) return createHttpServer(http);
  const server = createHttpsServer({ ...http, ...serverOptions(tls.current()) });
  useTls(server, tls.current());
  stops.push(tls.onChange(() => useTls(server, tls.current())));
  return server;
}

/** Whether callers are asked for a certificate is a setting of a server, not of a name: so there is a server for each, behind one door. */
function splitByName(servers: readonly { readonly entrance: Entrance; readonly server: HttpServer | HttpsServer }[], names: HostTable): TcpServer {
  // Servers that do not listen themselves watch the times of their connections only when they are told that they do.
  for (const { server } of servers) server.emit('listening');
  const serverFor = (name: string | undefined): HttpServer | HttpsServer | undefined => {
    const host = (name === undefined ? undefined : names.names.get(name)) ?? names.otherwise;
    return (servers.find(({ entrance }) => host !== undefined && entrance.hosts?.has(host)) ?? servers[0])?.server;
  };
  return createTcpServer({ pauseOnConnect: false, noDelay: true }, (socket: Socket) => {
    let bytes: Buffer = Buffer.alloc(0);
    const giveUp = (): void => void socket.destroy();
    const look = (chunk: Buffer): void => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      const hello = readHelloName(bytes);
      if (hello.kind === 'more' && bytes.length < MAX_HELLO_BYTES) return;
      socket.off('data', look).off('error', giveUp).off('timeout', giveUp);
      socket.setTimeout(0);
      socket.pause();
      socket.unshift(bytes);
      serverFor(hello.kind === 'name' ? hello.name : undefined)?.emit('connection', socket);
    };
    socket.setTimeout(HANDSHAKE_LIMIT_MS);
    socket.on('timeout', giveUp).on('error', giveUp).on('data', look);
  });
}
