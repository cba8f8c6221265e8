/** Where a one-time token may stand in the address, as it does in addresses that are handed out. */
const TOKEN_PATHS = ['/v1/applications/signingRequests/info', '/v1/applications/certificates'];

/** The token of an address; undefined where addresses hold none. */
export function queryToken({ path, query }: { readonly path: string; readonly query: string }): string | undefined {
  if (!TOKEN_PATHS.some((start) => path.startsWith(start))) return undefined;
  return new URLSearchParams(query).get('token') ?? undefined;
}

/** The query without its token: it is spent here and goes nowhere else. */
export function withoutToken(query: string): string {
  const params = new URLSearchParams(query);
  if (!params.has('token')) return query;
  params.delete('token');
  return params.size === 0 ? '' : `?${params.toString()}`;
}
