import { createHash, createPublicKey, type JsonWebKey, randomBytes, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadKeys } from '../keys.ts';
import { createProvider } from '../provider.ts';
import { startIdentity } from '../server.ts';

export const GATEWAY = 'http://localhost:18080';

/** The real provider on a free port, with keys of its own. */
export interface IdentityUnderTest {
  readonly issuer: string;
  stop(): Promise<void>;
}

export async function startIdentityUnderTest(folder = mkdtempSync(path.join(tmpdir(), 'binnacle-identity-'))): Promise<IdentityUnderTest> {
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const server = await startIdentity(createProvider({ issuer, gatewayUrl: GATEWAY, keys: loadKeys(folder) }), { host: '127.0.0.1', port, gatewayUrl: GATEWAY });
  return {
    issuer,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The issuer names its port, so it must be known before the server listens. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address && typeof address === 'object' ? address.port : 0));
    });
  });
}

/** A browser as far as a login needs one: cookies, and redirects followed one at a time. */
export class Visitor {
  readonly #cookies = new Map<string, string>();

  async open(url: string, form?: Readonly<Record<string, string>>): Promise<Response> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.#cookies.set(name, value);
    }
    return response;
  }

  /** Follows redirects of the issuer, choosing `user` where a login page is shown; answers the last address and the login pages seen. */
  async logIn(start: string, user: string): Promise<{ readonly url: URL; readonly response: Response; readonly asked: number }> {
    const { origin } = new URL(start);
    let url = start;
    let asked = 0;
    let response = await this.open(url);
    for (;;) {
      const location = response.headers.get('location');
      if (location !== null) {
        url = new URL(location, url).href;
        if (new URL(url).origin !== origin) return { url: new URL(url), response, asked };
        response = await this.open(url);
      } else if (response.ok && new URL(url).pathname.startsWith('/interaction/')) {
        asked += 1;
        response = await this.open(url, { user });
      } else {
        const form = selfSubmitted(await response.clone().text());
        if (!form) return { url: new URL(url), response, asked };
        url = new URL(form.action, url).href;
        response = await this.open(url, form.fields);
      }
    }
  }
}

/** The form of a page that submits itself: so the provider ends one user's session before it begins another's. */
function selfSubmitted(page: string): { readonly action: string; readonly fields: Readonly<Record<string, string>> } | undefined {
  const action = /<form [^>]*action="([^"]*)"/.exec(page)?.[1];
  if (action === undefined || !page.includes('<script>')) return undefined;
  return { action, fields: Object.fromEntries([...page.matchAll(/name="([^"]*)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value])) };
}

export interface Proof {
  readonly verifier: string;
  readonly challenge: string;
}

export function newProof(): Proof {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** The address at which the playground begins a login; `more` adds, or with `undefined` takes away. */
export function authorizationUrl(issuer: string, { challenge }: Proof, more: Readonly<Record<string, string | undefined>> = {}): string {
  const wanted = {
    client_id: 'playground',
    response_type: 'code',
    redirect_uri: `${GATEWAY}/playground`,
    scope: 'openid profile',
    state: 'state-1',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...more,
  };
  const query = new URLSearchParams(Object.entries(wanted).filter((entry): entry is [string, string] => entry[1] !== undefined));
  return `${issuer}/auth?${query.toString()}`;
}

export interface TokenAnswer {
  readonly status: number;
  readonly body: {
    readonly access_token?: string;
    readonly refresh_token?: string;
    readonly id_token?: string;
    readonly token_type?: string;
    readonly expires_in?: number;
    readonly error?: string;
  };
}

export async function askForToken(issuer: string, form: Readonly<Record<string, string>>): Promise<TokenAnswer> {
  const response = await fetch(`${issuer}/token`, { method: 'POST', body: new URLSearchParams({ client_id: 'playground', ...form }) });
  return { status: response.status, body: (await response.json()) as TokenAnswer['body'] };
}

export const codeForm = (code: string, { verifier }: Proof): Readonly<Record<string, string>> => ({
  grant_type: 'authorization_code',
  code,
  redirect_uri: `${GATEWAY}/playground`,
  code_verifier: verifier,
});

export type Claims = Readonly<Record<string, unknown>>;

/** The claims of a token that one of the issuer's published keys signed. @throws Error when none did */
export async function verifiedClaims(issuer: string, token: string): Promise<Claims> {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { kid, alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string; alg: string };
  const { keys } = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: (JsonWebKey & { kid: string })[] };
  const jwk = keys.find((key) => key.kid === kid);
  if (alg !== 'RS256' || !jwk) throw new Error(`no published key ${kid} for ${alg}`);
  const isSigned = verify('sha256', Buffer.from(`${header}.${payload}`), createPublicKey({ key: jwk, format: 'jwk' }), Buffer.from(signature, 'base64url'));
  if (!isSigned) throw new Error('the signature is wrong');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
}
