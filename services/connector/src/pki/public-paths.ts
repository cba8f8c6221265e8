import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerError } from '@binnacle/graphql/format-error';
import { log, withLogFields } from '@binnacle/log/log';

/** What a public path answers. */
export interface PublicAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
  /** For how long others may keep it; left out: not at all. */
  readonly maxAgeSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One public path, or a family of them. */
export interface PublicRoute {
  /** HEAD goes with GET. */
  readonly method: 'GET' | 'POST';
  /** Whole path; its first group is handed to `answer`. */
  readonly path: RegExp;
  readonly answer: (parameter: string, request: IncomingMessage) => Promise<PublicAnswer>;
}

export interface PublicPaths {
  /** Answers when the path is one of these. */
  serve(path: string, request: IncomingMessage, response: ServerResponse): boolean;
}

/** Serves public routes with entity tags, HEAD, 304 and 405. */
export function createPublicPaths(routes: readonly PublicRoute[]): PublicPaths {
  return {
    serve(path, request, response) {
      const here = routes.flatMap((route) => {
        const match = route.path.exec(path);
        return match ? [{ ...route, parameter: match[1] ?? '' }] : [];
      });
      if (here.length === 0) return false;
      const method = request.method === 'HEAD' ? 'GET' : request.method;
      const route = here.find((candidate) => candidate.method === method);
      if (!route) {
        const allow = [...new Set(here.map((candidate) => candidate.method))].join(', ');
        send(request, response, { ...jsonAnswer(405, { error: { code: 'METHOD_NOT_ALLOWED', message: `only ${allow} is served here` } }), headers: { allow } });
        return true;
      }
      withLogFields({ requestId: String(request.headers['x-request-id'] ?? '') }, () => {
        route.answer(route.parameter, request).then(
          (answer) => send(request, response, answer),
          (error: unknown) => {
            log().error({ err: error, path: route.path.source }, 'a public path could not be answered');
            send(request, response, jsonAnswer(500, { error: { code: 'INTERNAL', message: answerError(error).message } }));
          },
        );
      });
      return true;
    },
  };
}

export function jsonAnswer(status: number, value: object, maxAgeSeconds?: number): PublicAnswer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(value), ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }) };
}

export const notFound = (what: string): PublicAnswer => jsonAnswer(404, { error: { code: 'NOT_FOUND', message: `there is no such ${what}` } });

function send(request: IncomingMessage, response: ServerResponse, answer: PublicAnswer): void {
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(answer.body);
  const cacheable = answer.maxAgeSeconds !== undefined;
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  const headers = {
    'content-type': answer.type,
    'cache-control': cacheable ? `public, max-age=${answer.maxAgeSeconds}` : 'no-store',
    'x-content-type-options': 'nosniff',
    ...(cacheable ? { etag } : {}),
    ...answer.headers,
  };
  if (cacheable && isKnown(request.headers['if-none-match'], etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(answer.status, { ...headers, 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function isKnown(given: string | undefined, etag: string): boolean {
  if (given === undefined) return false;
  const tags = given.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}
