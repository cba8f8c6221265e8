/** Who is logged in; kept in memory only, and gone with the page. */
export interface Session {
  readonly token: string;
  /** Says to the provider, at logout, who leaves. */
  readonly idToken: string | undefined;
  /** External ids of the tenants that the token is for; empty when it does not say. */
  readonly tenants: readonly string[];
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface LoginSettings {
  readonly issuer: string;
  readonly clientId: string;
}

/** What must survive the way to the provider and back: no token, and only until the page is back. */
const PENDING = 'binnacle.login';

const redirectUri = (): string => `${location.origin}/playground`;

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

interface Discovered {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  /** Providers need not offer one. */
  readonly end_session_endpoint?: string;
}

async function discover({ issuer }: LoginSettings): Promise<Discovered> {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  return (await response.json()) as Discovered;
}

/** Sends the browser to the provider (code flow with PKCE). */
export async function beginLogin(settings: LoginSettings): Promise<void> {
  const { authorization_endpoint } = await discover(settings);
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const state = base64url(crypto.getRandomValues(new Uint8Array(16)));
  const challenge = base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
  sessionStorage.setItem(PENDING, JSON.stringify({ verifier, state, back: location.search + location.hash }));
  const query = new URLSearchParams({
    client_id: settings.clientId,
    response_type: 'code',
    redirect_uri: redirectUri(),
    scope: 'openid profile',
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  location.assign(`${authorization_endpoint}?${query}`);
}

/** Ends a login when the provider has sent the browser back; undefined when there was none. @throws Error when it was not this page that began it, or no token came */
export async function finishLogin(settings: LoginSettings): Promise<Session | undefined> {
  const params = new URLSearchParams(location.search);
  const stored = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  const code = params.get('code');
  if (!stored || code === null) return undefined;
  const { verifier, state, back } = JSON.parse(stored) as { verifier: string; state: string; back: string };
  history.replaceState(null, '', `/playground/${back}`);
  if (params.get('state') !== state) throw new Error('the answer is not to this login');
  const { token_endpoint } = await discover(settings);
  const response = await fetch(token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code', client_id: settings.clientId, code, redirect_uri: redirectUri(), code_verifier: verifier }),
  });
  const { access_token, id_token, expires_in } = (await response.json()) as { access_token?: string; id_token?: string; expires_in?: number };
  if (access_token === undefined) throw new Error('the provider gave no token');
  const { name, tenants } = claimsIn(access_token);
  return {
    token: access_token,
    idToken: id_token,
    name: name ?? 'somebody',
    tenants: Array.isArray(tenants) ? tenants.filter((tenant) => typeof tenant === 'string') : [],
    expiresAt: Date.now() + (expires_in ?? 0) * 1000,
  };
}

/** Ends the session at the provider, too: else the next login would not ask who one is. @throws TypeError when the provider does not answer */
export async function logOut(settings: LoginSettings, { idToken }: Session): Promise<void> {
  const { end_session_endpoint } = await discover(settings);
  if (end_session_endpoint === undefined) return;
  const query = new URLSearchParams({ client_id: settings.clientId, post_logout_redirect_uri: redirectUri(), ...(idToken ? { id_token_hint: idToken } : {}) });
  location.assign(`${end_session_endpoint}?${query}`);
}

/** Read for showing only: whoever checks the token is the Gateway. */
function claimsIn(token: string): { readonly name?: string; readonly tenants?: unknown } {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (char) => char.charCodeAt(0)))) as { name?: string; tenants?: unknown };
  } catch {
    return {};
  }
}
