/** Answers of the database, kept for a short time. */
export interface KeptReadings<T> {
  /** One reading for all who ask at the same time. Undefined (nothing found) is not kept. */
  find(key: string): Promise<T | undefined>;
  /** From now on nothing that was found before is taken for true, and nothing that is being read is kept. */
  forget(): void;
}

export interface KeptReadingsOptions<T> {
  readonly read: (key: string) => Promise<T | undefined>;
  /** Milliseconds that an answer may be used: bounds what a lost notification can do. */
  readonly lifeMs: (value: T) => number;
  readonly maxKept: number;
}

export function keepReadings<T>({ read, lifeMs, maxKept }: KeptReadingsOptions<T>): KeptReadings<T> {
  const kept = new Map<string, { readonly value: T; readonly until: number }>();
  const reading = new Map<string, Promise<T | undefined>>();

  function keep(key: string, value: T): void {
    const [oldest] = kept.keys();
    if (kept.size >= maxKept && oldest !== undefined) kept.delete(oldest);
    kept.set(key, { value, until: performance.now() + lifeMs(value) });
  }

  function start(key: string): Promise<T | undefined> {
    const started: Promise<T | undefined> = read(key)
      .then((value) => {
        if (value !== undefined && reading.get(key) === started) keep(key, value);
        return value;
      })
      .finally(() => {
        if (reading.get(key) === started) reading.delete(key);
      });
    reading.set(key, started);
    return started;
  }

  return {
    async find(key) {
      const known = kept.get(key);
      if (known && known.until > performance.now()) return known.value;
      kept.delete(key);
      return reading.get(key) ?? start(key);
    },
    forget() {
      kept.clear();
      // Whoever comes from now on starts a reading of its own.
      reading.clear();
    },
  };
}
