/** Where tracing leaves its mark: a bundle may hold this module twice. */
const KEY = Symbol.for('binnacle.tracing');

interface Tracing {
  /** Sends what has been recorded. */
  flush(): Promise<void>;
}

const shared = globalThis as { [KEY]?: Tracing };

/** True when this process records traces. */
export const isTracing = (): boolean => shared[KEY] !== undefined;

export function setTracing(tracing: Tracing): void {
  shared[KEY] = tracing;
}

/** Sends the traces that were recorded, before the process ends. Never rejects. */
export async function flushTraces(): Promise<void> {
  await shared[KEY]?.flush().catch(() => undefined);
}
