/** Who is logged in; kept in memory only, and gone with the page. */
export interface Session {
  readonly token: string;
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

async function discover({ issuer }: LoginSettings): Promise<{ readonly authorization_endpoint: string; readonly token_endpoint: string }> {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  return (await response.json()) as { authorization_endpoint: string; token_endpoint: string };
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

/** Ends a login when the provider has sent the browser back; undefined when there was none. */
export async function finishLogin(settings: LoginSettings): Promise<Session | undefined> {
  const params = new URLSearchParams(location.search);
  const stored = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  const code = params.get('code');
  if (!stored || code === null) return undefined;
  const { verifier, state, back } = JSON.parse(stored) as { verifier: string; state: string; back: string };
  history.replaceState(null, '', `/playground/${back}`);
  if (params.get('state') !== state) return undefined;
  const { token_endpoint } = await discover(settings);
  const response = await fetch(token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code', client_id: settings.clientId, code, redirect_uri: redirectUri(), code_verifier: verifier }),
  });
  const { access_token, expires_in } = (await response.json()) as { access_token?: string; expires_in?: number };
  if (access_token === undefined) return undefined;
  return { token: access_token, name: nameIn(access_token), expiresAt: Date.now() + (expires_in ?? 0) * 1000 };
}

/** Read for showing only: whoever checks the token is the Gateway. */
function nameIn(token: string): string {
  try {
    const payload = JSON.parse(
      new TextDecoder().decode(Uint8Array.from(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))),
    ) as { name?: string };
    return payload.name ?? 'logged in';
  } catch {
    return 'logged in';
  }
}
