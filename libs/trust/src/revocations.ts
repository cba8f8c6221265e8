import { log } from '@binnacle/log/log';
import type { Registry } from '@binnacle/registry/registry';

/** Which certificates are refused, from memory: for every call of every Gateway. */
export interface RevocationView {
  /** @param fingerprint SHA-256 of the whole certificate, lower-case hex */
  isRevoked(fingerprint: string): boolean;
  readonly size: number;
  /** Milliseconds since the database was last asked with success: grows while it is away. */
  ageMs(): number;
  /** Calls back for each certificate that becomes revoked, so that its open connections can be closed. Answers how to stop. */
  onRevoked(listener: (fingerprint: string) => void): () => void;
  stop(): void;
}

const RELOAD_MS = 3_600_000;

/**
 * Loads every revocation that still matters, then follows: a notification at each commit, and a question each second for what no earlier
 * snapshot can have shown, so that a lost notification costs a second and nothing is ever skipped.
 * @throws RegistryUnavailable when the first load fails: without it nothing can be told
 */
export async function startRevocationView(registry: Registry, { pollMs = 1_000 }: { readonly pollMs?: number } = {}): Promise<RevocationView> {
  let revoked = new Set<string>();
  /** Oldest transaction that the last look may not have seen. */
  let horizon: string | undefined;
  let lastLook = Date.now();
  let lastReload = Date.now();
  let running: Promise<void> | undefined;
  const listeners = new Set<(fingerprint: string) => void>();

  const add = (fingerprint: string): void => {
    if (revoked.has(fingerprint)) return;
    revoked.add(fingerprint);
    for (const listener of listeners) listener(fingerprint);
  };

  /** What was announced since a full load began: it may be newer than what that load sees. */
  const heard = new Set<string>();

  async function look(): Promise<void> {
    const whole = horizon === undefined;
    const asked = Date.now();
    heard.clear();
    const [row] = await registry.read(
      { name: whole ? 'revocations.all' : 'revocations.since', text: whole ? ALL : SINCE, values: whole ? [] : [horizon] },
      'global',
    );
    const found = JSON.parse(String(row?.[0] ?? '[]')) as string[]; // json_agg of hex texts
    for (const fingerprint of found) add(fingerprint);
    if (whole) {
      // What has expired meanwhile is no longer among them.
      revoked = new Set([...found, ...heard]);
      lastReload = asked;
    }
    horizon = String(row?.[1]);
    lastLook = asked;
  }

  const refresh = (): Promise<void> =>
    (running ??= look().finally(() => {
      running = undefined;
    }));
  const inBackground = (): void => {
    if (Date.now() - lastReload > RELOAD_MS) horizon = undefined;
    void refresh().catch((error: unknown) => log().warn({ err: error }, 'revocations could not be read'));
  };

  await refresh();
  const stopListening = registry.listen('certificate_revoked', (fingerprint) => {
    if (fingerprint === undefined) return inBackground();
    heard.add(fingerprint);
    add(fingerprint);
  });
  const timer = setInterval(inBackground, pollMs);
  timer.unref();
  return {
    isRevoked: (fingerprint) => revoked.has(fingerprint),
    get size() {
      return revoked.size;
    },
    ageMs: () => Date.now() - lastLook,
    onRevoked(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      clearInterval(timer);
      stopListening();
    },
  };
}

/** A transaction below the snapshot's xmin was visible, or never will be; all others are asked for again next time. */
const answer = (since: string): string => `select (select json_agg(found.fingerprint)::text from (
    select encode(c.fingerprint_sha256, 'hex') as fingerprint from certificate c where c.revoked_in is not null and c.not_after > now() ${since && `and c.revoked_in >= ${since}`}
    union all select encode(r.fingerprint_sha256, 'hex') from refused_certificate r ${since && `where r.refused_in >= ${since}`}) found),
  pg_snapshot_xmin(pg_current_snapshot())::text`;

const ALL = `/* revocations.all */ ${answer('')}`;
const SINCE = `/* revocations.since */ ${answer('$1::xid8')}`;
