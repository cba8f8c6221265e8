/**
 * The same Director on 1,000 and on 1,000,000 applications, half of them in the tenant that asks; durability off.
 * `./binnacle bench flatness [applications of the large one]`
 */
import { type LoadedDirector, startLoadedDirector } from './support/director.ts';
import { type Landscape, startLandscape } from './support/landscape.ts';
import { inRounds, measure, median, print, verdict } from './support/measure.ts';
import { READS } from './support/reads.ts';
import { registration } from './support/registration.ts';

const SMALL = 1_000;
const LARGE = Number(process.argv[2] ?? 1_000_000);
const MAX_FACTOR = 1.3;

const seed = (applications: number): Promise<Landscape> =>
  startLandscape({ tenants: Math.min(10_000, applications / 10), applications: applications / 2, bigTenantApplications: applications / 2 }, false);
const perSecond = (director: LoadedDirector, body: (n: number) => string) => async (): Promise<number> => (await measure(director.load(body), 1)).perSecond;

const small = await seed(SMALL);
const started = performance.now();
const large = await seed(LARGE);
print(
  `seeding ${LARGE} applications took ${((performance.now() - started) / 1000).toFixed(0)} s; 16 connections; answers per second, medians of five rounds`,
  '',
);
const [few, many] = [await startLoadedDirector(small), await startLoadedDirector(large)];
print(`| | ${SMALL} applications | ${LARGE} applications | factor | target | |`, '| --- | ---: | ---: | --- | --- | --- |');
const cases = [
  ...READS.filter(({ name }) => name !== 'viewer').map(({ name, query }) => ({ name, body: () => JSON.stringify({ query }) })),
  { name: 'registration with bundle and API definition', body: registration },
];
for (const { name, body } of cases) {
  const [ofFew = [], ofMany = []] = await inRounds([perSecond(few, body), perSecond(many, body)]);
  const factor = median(ofFew.map((figure, round) => figure / (ofMany[round] ?? Number.NaN)));
  print(`| ${name} | ${median(ofFew).toFixed(0)} | ${median(ofMany).toFixed(0)} | ${factor.toFixed(2)} | ≤ ${MAX_FACTOR} | ${verdict(factor <= MAX_FACTOR)} |`);
}
few.stop();
many.stop();
await small.stop();
await large.stop();
