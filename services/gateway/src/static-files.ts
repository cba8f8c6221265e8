import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';

export interface StaticFolders {
  readonly playground: string;
  readonly specification: string;
  readonly examples: string;
}

/** Serves one of the folders under a route's prefix. */
export type ServeStatic = (folder: keyof StaticFolders, prefix: string, request: IncomingMessage, response: ServerResponse, onMissing: () => void) => void;

const POLICY = {
  playground: (issuer: string) =>
    `default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; worker-src 'self' blob:; connect-src 'self' ${issuer}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'`,
  specification: () =>
    `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'`,
  examples: () => `default-src 'none'`,
} as const;

/** Static files with a strict content security policy. */
export function createStaticFiles(folders: StaticFolders, issuer: string): ServeStatic {
  const apps = Object.fromEntries(
    Object.entries(folders).map(([name, folder]) => {
      const app = express();
      app.disable('x-powered-by');
      app.use((_, response, next) => {
        response.set({
          'content-security-policy': POLICY[name as keyof StaticFolders](issuer),
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          'cross-origin-opener-policy': 'same-origin',
        });
        next();
      });
      app.use(
        express.static(folder, {
          redirect: false,
          extensions: ['html'],
          setHeaders: (response, file) => void (file.endsWith('.graphql') && response.setHeader('content-type', 'text/plain; charset=utf-8')),
        }),
      );
      return [name, app];
    }),
  ) as Record<keyof StaticFolders, express.Express>;
  return (folder, prefix, request, response, onMissing) => {
    const rest = (request.url ?? '/').slice(prefix.length - 1) || '/';
    request.url = rest.startsWith('/') ? rest : `/${rest}`;
    // Express decorates Node's own objects, which is what these are; its types name the result only.
    apps[folder](request as express.Request, response as express.Response, onMissing);
  };
}
