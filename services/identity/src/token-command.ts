import { createHash, randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

/**
 * Prints an access token of a demo user: the code flow with PKCE as a browser does it, with the choice on the login page made here.
 * Usage: token-command.ts --user admin --issuer http://localhost:8082
 */
const REDIRECT = 'http://127.0.0.1/callback';
const MAX_HOPS = 8;

async function fetchToken(issuer: string, user: string): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const query = new URLSearchParams({
    client_id: 'cli',
    response_type: 'code',
    redirect_uri: REDIRECT,
    scope: 'openid profile',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  const code = await login(`${issuer}/auth?${query.toString()}`, user);
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code', client_id: 'cli', code, redirect_uri: REDIRECT, code_verifier: verifier }),
  });
  const { access_token: token, error_description: reason } = (await response.json()) as { access_token?: string; error_description?: string };
  if (token === undefined) throw new Error(`the provider gave no token: ${reason ?? `HTTP ${response.status}`}`);
  return token;
}

/** Follows the redirects to the login page, chooses the user there, and goes on to the code. */
async function login(start: string, user: string): Promise<string> {
  const cookies = new Map<string, string>();
  let url = start;
  for (let hop = 0; hop < MAX_HOPS; hop += 1) {
    const isLogin = new URL(url).pathname.startsWith('/interaction/');
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(isLogin ? { method: 'POST', body: new URLSearchParams({ user }) } : {}),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`the login ended at HTTP ${response.status}: ${(await response.text()).slice(0, 200).trim()}`);
    url = new URL(location, url).href;
    const code = new URL(url).searchParams.get('code');
    if (url.startsWith(REDIRECT)) {
      if (code === null) throw new Error(new URL(url).searchParams.get('error_description') ?? 'the provider gave no code');
      return code;
    }
  }
  throw new Error('the login goes round in circles');
}

const { values } = parseArgs({ options: { user: { type: 'string', default: 'admin' }, issuer: { type: 'string', default: 'http://localhost:8082' } } });
try {
  process.stdout.write(`${await fetchToken(values.issuer, values.user)}\n`);
} catch (error) {
  const isAway = error instanceof TypeError;
  process.stderr.write(
    isAway ? `no OpenID provider answers at ${values.issuer}: is "npm start" running?\n` : `${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
}
