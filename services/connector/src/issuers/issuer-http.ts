import { Agent, request } from 'undici';
import { IssuerRefused, IssuerUnavailable } from './certificate-issuer.ts';

/** JSON over TLS to an issuer elsewhere. */
export interface IssuerHttp {
  /** @throws IssuerUnavailable when there is no (usable) answer, IssuerRefused when the answer is a refusal */
  ask(method: 'GET' | 'POST', path: string, body?: object): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

export interface IssuerHttpOptions {
  /** Without a trailing slash. */
  readonly url: string;
  /** PEM of what the issuer's server certificate is verified with; left out: the machine's own. */
  readonly caPem?: string | undefined;
  readonly headers?: () => Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 1_048_576;

/** Keeps connections. Redirects are not followed: what is asked for is signed with, so nobody else is asked. */
export function createIssuerHttp({ url, caPem, headers, timeoutMs = TIMEOUT_MS }: IssuerHttpOptions): IssuerHttp {
  const agent = new Agent({ connections: 16, connect: caPem === undefined ? {} : { ca: caPem }, maxResponseSize: MAX_ANSWER_BYTES });
  return {
    async ask(method, path, body) {
      const answer = await request(`${url}${path}`, {
        method,
        dispatcher: agent,
        signal: AbortSignal.timeout(timeoutMs),
        headers: { accept: 'application/json', ...headers?.(), ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      }).catch(unavailable);
      const text = await answer.body.text().catch(unavailable);
      const { statusCode } = answer;
      // Who may not ask (401) has to be told by the operator; nothing is wrong with the order.
      if (statusCode >= 500 || [401, 404, 408, 429].includes(statusCode)) throw new IssuerUnavailable(`the issuer answered ${statusCode}`);
      if (statusCode >= 300) throw new IssuerRefused(`it answered ${statusCode}`);
      return parsed(text);
    },
    close: () => agent.close(),
  };
}

function unavailable(error: unknown): never {
  throw new IssuerUnavailable('the issuer cannot be reached', { cause: error });
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new IssuerUnavailable('the issuer answered something that is not JSON');
}
