import { log } from '@binnacle/log/log';

/** What another OAuth2 server says of a token that works. */
export interface ForeignToken {
  readonly clientId: string;
  readonly scope: string;
  readonly millisecondsLeft: number;
}

/** Undefined for a token that the other server does not know, or no longer. @throws IntrospectionUnavailable */
export type Introspect = (token: string) => Promise<ForeignToken | undefined>;

/** The other OAuth2 server could not be asked: neither yes nor no. */
export class IntrospectionUnavailable extends Error {
  override readonly name = 'IntrospectionUnavailable';
}

export interface IntrospectionServer {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const ANSWER_LIMIT_MS = 3_000;
const MAX_BYTES = 65_536;
/** How long a token without a time of expiry is taken for good. */
const UNTIL_ASKED_AGAIN_MS = 60_000;

/** Token introspection at another server (RFC 7662). Redirects are not followed: they could lead the token anywhere. */
export function introspectAt({ url, clientId, clientSecret }: IntrospectionServer): Introspect {
  const authorization = `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}`;
  return async (token) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { authorization, accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      });
      if (!response.ok) throw new Error(`the introspection answered HTTP ${response.status}`);
      return tokenOf(JSON.parse(await boundedText(response)));
    } catch (error) {
      log().warn({ err: error }, 'the other OAuth2 server could not be asked');
      throw new IntrospectionUnavailable('the other OAuth2 server does not answer', { cause: error });
    }
  };
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`the introspection answered more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tokenOf(answer: unknown): ForeignToken | undefined {
  if (typeof answer !== 'object' || answer === null) throw new Error('the introspection answered no object');
  const { active, client_id: clientId, scope, exp, nbf } = answer as Readonly<Record<string, unknown>>;
  if (active !== true || typeof clientId !== 'string') return undefined;
  const now = Date.now();
  if (typeof nbf === 'number' && nbf * 1000 > now + UNTIL_ASKED_AGAIN_MS) return undefined;
  const millisecondsLeft = typeof exp === 'number' ? exp * 1000 - now : UNTIL_ASKED_AGAIN_MS;
  return millisecondsLeft > 0 ? { clientId, scope: typeof scope === 'string' ? scope : '', millisecondsLeft } : undefined;
}
