import { generateLoad, type Load, type Measured } from './load-generator.ts';

export const CONNECTIONS = 16;

/** Sends as fast as 16 connections can. @throws Error when an answer is no 200 or carries errors */
export const measure = (load: Load, seconds = 2): Promise<Measured> => generateLoad(load, { seconds, connections: CONNECTIONS });

/** One that is measured against the others in its round. */
export type Contender = () => Promise<number>;

/**
 * Measures all in turn, several rounds, so that the machine's moods fall on all; the first round warms up and does not count.
 * Answers the figures of each, round by round.
 */
export async function inRounds(contenders: readonly Contender[], rounds = 5): Promise<readonly (readonly number[])[]> {
  const figures: number[][] = contenders.map(() => []);
  for (let round = 0; round <= rounds; round += 1)
    for (const [index, contender] of contenders.entries()) {
      const figure = await contender();
      if (round > 0) figures[index]?.push(figure);
    }
  return figures;
}

export interface Paired {
  readonly ours: number;
  readonly theirs: number;
  /** Median of the ratios of the rounds. */
  readonly ratio: number;
  readonly worst: number;
  readonly best: number;
}

export function compare(ours: readonly number[], theirs: readonly number[]): Paired {
  const ratios = ours.map((figure, round) => figure / (theirs[round] ?? Number.NaN)).sort((x, y) => x - y);
  return { ours: median(ours), theirs: median(theirs), ratio: median(ratios), worst: ratios[0] ?? Number.NaN, best: ratios.at(-1) ?? Number.NaN };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function print(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

export const verdict = (isMet: boolean): string => (isMet ? 'met' : '**missed**');

/** A row of the tables in `docs/performance.md`; without a target it only tells. */
export function ratioRow(name: string, { ours, theirs, ratio, worst, best }: Paired, atLeast?: number): string {
  const round = (n: number): string => (n < 100 ? n.toFixed(1) : n.toFixed(0));
  return `| ${name} | ${round(ours)} | ${round(theirs)} | ${ratio.toFixed(2)} (${worst.toFixed(2)}–${best.toFixed(2)}) | ${atLeast === undefined ? '' : `≥ ${atLeast}`} | ${atLeast === undefined ? '' : verdict(ratio >= atLeast)} |`;
}
