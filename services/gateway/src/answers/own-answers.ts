import type { ServerResponse } from 'node:http';
import type { RequestPath } from '../routing/path.ts';
import type { Route } from '../routing/routes.ts';

/** JSON that the Gateway answers itself, by name. */
export type Documents = Readonly<Record<string, { readonly cacheControl: string; readonly content: () => object }>>;

const CORS_HEADERS = 'authorization, content-type, tenant, scenario_groups, client_user';
const EXPOSED_HEADERS = 'x-request-id, retry-after, ratelimit, ratelimit-policy';

export function answerHealth(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
}

export function answerRedirect(response: ServerResponse, { target = '/' }: Route, { query }: RequestPath): void {
  response.writeHead(301, { location: `${target}${query}`, 'content-length': 0 }).end();
}

export function answerDocument(response: ServerResponse, documents: Documents, { name, target = '' }: Route): void {
  const document = documents[target];
  if (!document) throw new Error(`the route ${name} answers a document that is not there`);
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': document.cacheControl }).end(JSON.stringify(document.content()));
}

/** Lets pages of this origin read the answer. */
export function allowOrigin(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', EXPOSED_HEADERS);
  response.setHeader('vary', 'origin');
}

export function answerPreflight(response: ServerResponse): void {
  response
    .writeHead(204, {
      'access-control-allow-headers': CORS_HEADERS,
      'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
      'access-control-max-age': '600',
    })
    .end();
}
