import type { Registry } from '@binnacle/registry/registry';

/** Runs bodies of one key one after the other, in this process and in every other. */
export type OneAtATime = <T>(key: string, body: () => Promise<T>) => Promise<T>;

/** How many connections may be kept waiting for the Director. */
const AT_ONCE = 4;

/**
 * One at a time by an advisory lock of the registry, held for as long as the body runs. Callers of one key queue here first, so that each
 * key costs one connection, and all keys together a few.
 */
export function createOneAtATime(registry: Registry): OneAtATime {
  const last = new Map<string, Promise<unknown>>();
  const places = createPlaces(AT_ONCE);
  return (key, body) => {
    const before = last.get(key) ?? Promise.resolve();
    const run = before.then(() => places.take()).then((giveBack) => locked(registry, key, body).finally(giveBack));
    const settled = run.catch(() => undefined);
    last.set(key, settled);
    void settled.then(() => last.get(key) === settled && last.delete(key));
    return run;
  };
}

function locked<T>(registry: Registry, key: string, body: () => Promise<T>): Promise<T> {
  return registry.asGlobal('connector: services of one application, one change at a time', async (work) => {
    await work.query('legacy.lock', LOCK, [key]);
    return body();
  });
}

const LOCK = `/* legacy.lock */ select pg_advisory_xact_lock(hashtextextended('legacy services ' || $1, 0))`;

interface Places {
  take(): Promise<() => void>;
}

function createPlaces(count: number): Places {
  let free = count;
  const waiting: (() => void)[] = [];
  const giveBack = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  return {
    async take() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => void waiting.push(resolve));
      return giveBack;
    },
  };
}
