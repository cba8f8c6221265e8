import { refuse } from './answers/refuse.ts';
import type { GatewayMetrics } from './metrics.ts';
import { type PassGraphQLOptions, whence } from './pass-graphql.ts';
import type { Passage } from './passage.ts';
import { GatewayRefusal, upstreamUnavailable } from './refusal.ts';

/** Only what the allow-list let through goes on. */
export function passStream(options: Pick<PassGraphQLOptions, 'backends'> & { readonly metrics: GatewayMetrics }, passage: Passage): void {
  const { request, response, headers, at, route, seen } = passage;
  // A body without the headers that frame it would be read as the next request behind us.
  if (request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0)
    throw new GatewayRefusal(400, 'BAD_REQUEST', 'a request with this method has no body', { headers: { connection: 'close' } });
  const backend = options.backends[route.upstream ?? 'director'];
  if (!backend) throw upstreamUnavailable();
  backend.stream.pass({
    request,
    response,
    target: at.path.slice(route.strip?.length ?? 0) + at.query,
    headers: { ...headers.forwarded, host: headers.host, ...whence(passage) },
    onFailure: (refusal) => refuse(options.metrics, response, refusal, seen),
  });
}
