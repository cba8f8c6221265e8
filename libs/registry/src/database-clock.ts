import { log } from '@binnacle/log/log';
import type { Registry } from './registry.ts';

/** The database's time, so that wrong clocks of machines do no harm: tokens are minted and checked by it. */
export interface DatabaseClock {
  /** Whole seconds since 1970. */
  readonly nowSeconds: () => number;
  stop(): void;
}

const REFRESH_MS = 30_000;

/** Keeps the offset between this process's clock and the database's; while the database is away, the last known one. */
export function startDatabaseClock(registry: Registry): DatabaseClock {
  let offsetMs = 0;
  const measure = async (): Promise<void> => {
    const before = Date.now();
    const [row] = await registry.read({ name: 'clock', text: 'select extract(epoch from clock_timestamp()) * 1000', values: [] }, undefined);
    const after = Date.now();
    offsetMs = Number(row?.[0]) - (before + after) / 2;
  };
  const refresh = (): void => void measure().catch((error: unknown) => log().warn({ err: error }, 'the database clock could not be read'));
  refresh();
  const timer = setInterval(refresh, REFRESH_MS);
  timer.unref();
  return { nowSeconds: () => Math.floor((Date.now() + offsetMs) / 1000), stop: () => clearInterval(timer) };
}
