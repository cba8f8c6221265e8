import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** How a server goes away without failing a call. */
export interface Draining {
  /** From now on every answer asks its client to open a new connection. */
  start(): void;
  /** Stops accepting and resolves when what is open has been answered. */
  close(): Promise<void>;
}

/** Watches the answers of a server from now on. Call it before the first request comes. */
export function createDraining(server: Server): Draining {
  const open = new Set<ServerResponse>();
  let draining = false;
  const watch = (_: IncomingMessage, response: ServerResponse): void => {
    open.add(response);
    response.once('close', () => open.delete(response));
    if (draining) response.setHeader('connection', 'close');
  };
  server.prependListener('request', watch);
  server.prependListener('checkContinue', watch);
  const start = (): void => {
    draining = true;
    for (const response of open) if (!response.headersSent) response.setHeader('connection', 'close');
  };
  return {
    start,
    close: () =>
      new Promise((resolve) => {
        start();
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}
