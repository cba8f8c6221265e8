import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen } from '@binnacle/http/admin-server';
import type { SigningKeys } from './signing-keys/signing-key-store.ts';

export interface InternalServer {
  readonly port: number;
  close(): Promise<void>;
}

/** For the services behind the Gateway, on a port of its own: the public keys of internal tokens. */
export async function startInternalServer(options: {
  readonly host: string;
  readonly port: number;
  readonly keys: () => SigningKeys;
}): Promise<InternalServer> {
  const server = createServer((request, response) => {
    if (request.method === 'GET' && request.url === '/internal/jwks.json') {
      return void response
        .writeHead(200, { 'content-type': 'application/json', 'cache-control': 'max-age=60' })
        .end(JSON.stringify({ keys: options.keys().published }));
    }
    response
      .writeHead(404, { 'content-type': 'application/json' })
      .end('{"error":{"code":404,"status":"Not Found","message":"The requested resource could not be found"}}');
  });
  await listen(server, options.port, options.host);
  return { port: (server.address() as AddressInfo).port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
