import autocannon from 'autocannon';

/** One way of asking: fixed, or another body each time. */
export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: (n: number) => string;
}

export interface Measured {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly median: number;
  readonly p99: number;
}

const CONNECTIONS = 16;

/** Sends as fast as 16 connections can for some seconds. @throws Error when an answer is not a 200 */
export async function measure({ url, headers, body }: Load, seconds = 3, connections = CONNECTIONS): Promise<Measured> {
  let n = 0;
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    requests: [{ setupRequest: (request) => ({ ...request, body: body((n += 1)) }) }],
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} answers were no 200, ${result.errors} calls failed`);
  return { perSecond: result.requests.average, median: result.latency.p50, p99: result.latency.p99 };
}

export interface Paired {
  readonly ours: number;
  readonly theirs: number;
  /** Median of the ratios of the rounds. */
  readonly ratio: number;
  readonly worst: number;
  readonly best: number;
}

/** Measures both in turn, several rounds: the machine's moods then fall on both. */
export async function paired(ours: () => Promise<number>, theirs: () => Promise<number>, rounds = 5): Promise<Paired> {
  await ours();
  await theirs();
  const pairs: { readonly a: number; readonly b: number }[] = [];
  for (let round = 0; round < rounds; round += 1) pairs.push({ a: await ours(), b: await theirs() });
  const ratios = pairs.map(({ a, b }) => a / b).sort((x, y) => x - y);
  return {
    ours: median(pairs.map(({ a }) => a)),
    theirs: median(pairs.map(({ b }) => b)),
    ratio: median(ratios),
    worst: ratios[0] ?? 0,
    best: ratios.at(-1) ?? 0,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** One row of the tables in `docs/performance.md`. */
export function report(name: string, { ours, theirs, ratio, worst, best }: Paired, target: number): void {
  const verdict = ratio >= target ? 'met' : 'MISSED';
  process.stdout.write(
    `| ${name} | ${ours.toFixed(0)} | ${theirs.toFixed(0)} | ${ratio.toFixed(2)} (${worst.toFixed(2)}–${best.toFixed(2)}) | ≥ ${target} | ${verdict} |\n`,
  );
}
