import { Gauge, type Registry } from 'prom-client';

type Kind = 'exception' | 'rejection';

const counts: Record<Kind, number> = { exception: 0, rejection: 0 };

/** Counts an error that nothing caught. */
export function noteUnhandled(kind: Kind): void {
  counts[kind] += 1;
}

/** Shows the count: anything but 0 is a fault of the program. */
export function measureUnhandled(registry: Registry): void {
  new Gauge({
    name: 'unhandled_errors',
    help: 'Errors since the start that nothing caught; each is a fault of the program',
    labelNames: ['kind'],
    registers: [registry],
    collect() {
      for (const kind of ['exception', 'rejection'] as const) this.set({ kind }, counts[kind]);
    },
  });
}
