import type { Caller } from '@binnacle/internal-token/caller';
import { BodyTooLarge, readBody } from '@binnacle/http/read-body';
import { authenticate } from './authentication/authenticate.ts';
import { type GuardedRequest, MAX_BODY_BYTES } from './guard/graphql-guard.ts';
import { type PassGraphQLOptions, AUDIENCES, takeAllowance, whence } from './pass-graphql.ts';
import type { Passage } from './passage.ts';
import { GatewayRefusal, upstreamUnavailable } from './refusal.ts';
import { withoutToken } from './tokens/query-token.ts';

/** Bodies of nobody in particular are small: OCSP requests, recovery. */
const MAX_ANONYMOUS_BYTES = 262_144;

/**
 * A call of a REST route goes on as it is, once its body has arrived: with an internal token where a caller must be known, and without the
 * one-time token that its address may hold.
 */
export async function passRest(options: PassGraphQLOptions, passage: Passage, sendBody: () => void): Promise<void> {
  const { request, response, headers, at, route, seen, origin, host } = passage;
  const name = route.upstream ?? 'connector';
  const [backend, audience] = [options.backends[name], AUDIENCES[name]];
  if (!backend || !audience) throw upstreamUnavailable();
  const isQuery = request.method === 'GET' || request.method === 'HEAD';
  let reading: Promise<GuardedRequest> | undefined;
  const asked = (): Promise<GuardedRequest> => {
    sendBody();
    return (reading ??= readWhole().then((body) => ({ body, kind: isQuery ? 'query' : 'mutation' })));
  };
  let caller: Caller | undefined;
  if (route.auth !== 'anonymous') {
    caller = await authenticate(options.authenticators, { headers, route, host, origin, at, socket: request.socket }, asked);
    seen.caller = caller;
    takeAllowance(options, response, caller);
  }
  const { body } = await asked();
  const forwarded = {
    ...headers.forwarded,
    ...(headers.ifNoneMatch === undefined ? {} : { 'if-none-match': headers.ifNoneMatch }),
    ...whence(passage),
    ...(caller ? { authorization: `Bearer ${options.minter.mint(caller, audience)}` } : {}),
  };
  const path = at.path.slice(route.strip?.length ?? 0) + withoutToken(at.query);
  await backend.graphql.forward({ method: request.method ?? 'GET', path, headers: forwarded, body, isQuery }, response);

  async function readWhole(): Promise<Buffer> {
    if (isQuery) {
      // A body without the headers that frame it would be read as the next request behind us.
      if (request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0)
        throw new GatewayRefusal(400, 'BAD_REQUEST', 'a request with this method has no body', { headers: { connection: 'close' } });
      return Buffer.alloc(0);
    }
    if (headers.contentEncoding !== undefined) throw new GatewayRefusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'compressed requests are not accepted');
    try {
      return await readBody(request, route.auth === 'anonymous' ? MAX_ANONYMOUS_BYTES : MAX_BODY_BYTES);
    } catch (error) {
      if (error instanceof BodyTooLarge) throw new GatewayRefusal(413, 'PAYLOAD_TOO_LARGE', 'Payload Too Large');
      throw error;
    }
  }
}
