import { log } from '@binnacle/log/log';
import type { Registry } from '@binnacle/registry/registry';

export type UsedBy = 'OneTimeToken' | 'Certificate' | 'OAuth2';

/** Keeps when identities were last used and when Applications and Runtimes last called: by statements for many, never one for each call. */
export interface UseRecorder {
  /** An identity proved itself. */
  used(authId: string, by: UsedBy): void;
  /** A certificate was shown. @param fingerprint SHA-256, hex */
  certificateUsed(fingerprint: string): void;
  /** An Application or Runtime called. */
  seen(kind: 'Application' | 'Runtime', objectId: string): void;
  /** Writes what is waiting. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

const KIND = { Application: 1, Runtime: 2 } as const;
/** What is written again only after this long: times are kept to the minute. */
const GRAIN_MS = 60_000;
const MAX_KNOWN = 100_000;

/** Collects, and writes at most every `flushMs`; what a crash loses is the last of these intervals. */
export function createUseRecorder(
  registry: Registry,
  { flushMs = 10_000, now = Date.now }: { readonly flushMs?: number; readonly now?: () => number } = {},
): UseRecorder {
  const uses = createBatch<UsedBy>(now);
  const certificates = createBatch<true>(now);
  const heartbeats = createBatch<'Application' | 'Runtime'>(now);
  let running: Promise<void> | undefined;

  async function write(): Promise<void> {
    const [used, shown, seen] = [uses.take(), certificates.take(), heartbeats.take()];
    if (used.length + shown.length + seen.length === 0) return;
    await registry.asGlobal('when identities were last used', async (work) => {
      // In one order everywhere, so that two processes never wait for each other.
      if (used.length > 0)
        await work.query(
          'uses.write',
          USES,
          columns(used, ({ value }) => value),
        );
      if (shown.length > 0) await work.query('uses.certificates', CERTIFICATES, columns(shown, () => '').slice(0, 2));
      if (seen.length > 0)
        await work.query(
          'uses.heartbeats',
          HEARTBEATS,
          columns(seen, ({ value }) => KIND[value]),
        );
    });
  }

  const flush = (): Promise<void> => (running ??= write().finally(() => (running = undefined)));
  const timer = setInterval(() => void flush().catch((error: unknown) => log().warn({ err: error }, 'times of last use could not be written')), flushMs);
  timer.unref();
  return {
    used: (authId, by) => uses.note(authId, by),
    certificateUsed: (fingerprint) => certificates.note(fingerprint, true),
    seen: (kind, objectId) => heartbeats.note(objectId, kind),
    flush,
    async stop() {
      clearInterval(timer);
      await flush().catch((error: unknown) => log().warn({ err: error }, 'times of last use could not be written'));
    },
  };
}

interface Noted<T> {
  readonly key: string;
  readonly value: T;
  readonly at: number;
}

function createBatch<T>(now: () => number): { note(key: string, value: T): void; take(): readonly Noted<T>[] } {
  let waiting = new Map<string, Noted<T>>();
  const written = new Map<string, number>();
  return {
    note(key, value) {
      const at = now();
      if (at - (written.get(key) ?? 0) < GRAIN_MS) return;
      waiting.set(key, { key, value, at });
    },
    take() {
      const batch = [...waiting.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
      waiting = new Map();
      if (written.size > MAX_KNOWN) written.clear();
      for (const { key, at } of batch) written.set(key, at);
      return batch;
    },
  };
}

function columns<T>(batch: readonly Noted<T>[], value: (noted: Noted<T>) => unknown): readonly unknown[][] {
  return [batch.map(({ key }) => key), batch.map(({ at }) => new Date(at)), batch.map(value)];
}

const USES = `/* uses.write */ insert into credential_use (auth_id, last_used_at, last_used_by)
  select u.id, u.at, u.by from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as u(id, at, by) join system_auth s on s.id = u.id order by u.id
  on conflict (auth_id) do update set last_used_at = greatest(credential_use.last_used_at, excluded.last_used_at), last_used_by = excluded.last_used_by`;

const CERTIFICATES = `/* uses.certificates */ update certificate c set last_used_at = greatest(c.last_used_at, u.at)
  from unnest($1::text[], $2::timestamptz[]) as u(fingerprint, at) where c.fingerprint_sha256 = decode(u.fingerprint, 'hex')`;

const HEARTBEATS = `/* uses.heartbeats */ insert into heartbeat (kind, object_id, last_seen_at)
  select u.kind, u.id, u.at from unnest($1::uuid[], $2::timestamptz[], $3::smallint[]) as u(id, at, kind)
  where case u.kind when 1 then exists (select from application a where a.id = u.id) else exists (select from runtime r where r.id = u.id) end order by u.kind, u.id
  on conflict (kind, object_id) do update set last_seen_at = greatest(heartbeat.last_seen_at, excluded.last_seen_at)`;
