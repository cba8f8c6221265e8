import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { log } from '@binnacle/log/log';

/** The provider cannot be asked and what it would say is not known yet: not the caller's fault. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
}

export interface IssuerKeysOptions {
  readonly issuer: string;
  /** Where the keys are; read from the discovery document when absent. */
  readonly jwksUrl?: string | undefined;
  /** Shortest time between two readings that unknown keys cause, for all callers together. */
  readonly cooldownMs?: number;
  /** Called when other keys than before were read. */
  readonly onChange: () => void;
  readonly onFetch: (outcome: 'ok' | 'failed') => void;
  /** Milliseconds; the process's clock unless a test brings its own. */
  readonly now?: () => number;
}

export interface IssuerKeys {
  /** @throws IssuerUnavailable for an unknown key while the provider does not answer, JOSEError for one that it does not have */
  readonly find: JWTVerifyGetKey;
  /** Rejects until keys have been read once. */
  ready(): Promise<void>;
  stop(): void;
}

const COOLDOWN_MS = 30_000;
const FIRST_RETRY_MS = 1_000;
/** Keys work this long after the last good reading. */
const STALE_MS = 3_600_000;
const ANSWER_LIMIT_MS = 3_000;
const MAX_BYTES = 262_144;

/**
 * The provider's public keys. Read again in the background at 80 % of the age the provider allows, and at once for an unknown key, but
 * not more often than the cooldown; while the provider is away, the last ones work for an hour.
 */
export function createIssuerKeys(options: IssuerKeysOptions): IssuerKeys {
  const { cooldownMs = COOLDOWN_MS, now = Date.now } = options;
  let current: { readonly find: JWTVerifyGetKey; readonly text: string; readonly readAt: number } | undefined;
  let url = options.jwksUrl;
  let reading: Promise<void> | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let askedAt = Number.NEGATIVE_INFINITY;
  let failed = false;
  let timer: NodeJS.Timeout | undefined;

  const readOnce = async (): Promise<number> => {
    url ??= await discover(options.issuer);
    const { text, maxAgeMs } = await fetchKeys(url);
    if (text !== current?.text) options.onChange();
    // A set that jose cannot use is refused here, before it replaces one that works.
    current = { find: text === current?.text ? current.find : createLocalJWKSet(JSON.parse(text) as JSONWebKeySet), text, readAt: now() };
    return maxAgeMs * 0.8;
  };
  const read = (): Promise<void> => {
    triedAt = now();
    reading ??= readOnce()
      .then(
        (nextMs) => settle(nextMs, false),
        (error: unknown) => {
          log().warn({ err: error, issuer: options.issuer }, 'keys of the OpenID provider could not be read');
          settle(current ? cooldownMs : FIRST_RETRY_MS, true);
        },
      )
      .finally(() => (reading = undefined));
    return reading;
  };
  const settle = (nextMs: number, hasFailed: boolean): void => {
    failed = hasFailed;
    options.onFetch(hasFailed ? 'failed' : 'ok');
    clearTimeout(timer);
    timer = setTimeout(() => void read(), nextMs);
    timer.unref();
  };
  const usable = (): JWTVerifyGetKey | undefined => (current && now() - current.readAt < STALE_MS ? current.find : undefined);
  /** Without keys, whoever comes asks for them, once in a while; with keys, only an unknown one is a reason to ask before it is time. */
  const refresh = async (): Promise<void> => {
    if (reading) return reading;
    if (!current) return now() - triedAt >= FIRST_RETRY_MS ? read() : undefined;
    // Readings that come by themselves do not count: a key made right after one of them is found at once.
    if (now() - askedAt < cooldownMs) return undefined;
    askedAt = now();
    return read();
  };

  return {
    async find(header, token) {
      try {
        const known = usable();
        if (known) return await known(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      }
      await refresh();
      const found = usable();
      if (!found) throw new IssuerUnavailable('the OpenID provider has not been reached');
      try {
        return await found(header, token);
      } catch (error) {
        // While the provider is away, a key we do not know may be one that it has made since.
        if (failed && error instanceof errors.JWKSNoMatchingKey) throw new IssuerUnavailable('the OpenID provider does not answer', { cause: error });
        throw error;
      }
    },
    async ready() {
      if (!usable()) await refresh();
      if (!usable()) throw new Error(`the OpenID provider ${options.issuer} has not been reached`);
    },
    stop: () => clearTimeout(timer),
  };
}

async function discover(issuer: string): Promise<string> {
  const { text } = await fetchText(`${issuer}/.well-known/openid-configuration`);
  const document = JSON.parse(text) as { issuer?: unknown; jwks_uri?: unknown };
  if (document.issuer !== issuer) throw new Error(`the provider calls itself ${String(document.issuer)}`);
  if (typeof document.jwks_uri !== 'string') throw new Error('the discovery document names no keys');
  return document.jwks_uri;
}

async function fetchKeys(url: string): Promise<{ readonly text: string; readonly maxAgeMs: number }> {
  const { text, cacheControl } = await fetchText(url);
  const seconds = Number(/max-age=(\d{1,8})/.exec(cacheControl)?.[1] ?? 300);
  return { text, maxAgeMs: Math.min(Math.max(seconds, 60), 3_000) * 1_000 };
}

/** Bounded in time and size; a redirect is an error, since it could lead anywhere. */
async function fetchText(url: string): Promise<{ readonly text: string; readonly cacheControl: string }> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(ANSWER_LIMIT_MS), headers: { accept: 'application/json' } });
  if (!response.ok || !response.body) throw new Error(`${url} answered HTTP ${response.status}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`${url} answered more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return { text: Buffer.concat(chunks).toString('utf8'), cacheControl: response.headers.get('cache-control') ?? '' };
}
