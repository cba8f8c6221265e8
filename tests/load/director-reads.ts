/**
 * The Director against a bare node:http server that sends the text of the very same SQL statement, both in processes of their own, in one run.
 * `./binnacle bench director-reads [applications [part of a read's name]]`
 */
import { startLoadedDirector } from './support/director.ts';
import { startLandscape } from './support/landscape.ts';
import { compare, inRounds, measure, print, ratioRow } from './support/measure.ts';
import { forkServer } from './support/processes.ts';
import { READS } from './support/reads.ts';

const applications = Number(process.argv[2] ?? 1_000);
const only = process.argv[3] ?? '';
const SECONDS = 1;

const landscape = await startLandscape({ tenants: 100, applications: Math.floor(applications / 2), bigTenantApplications: Math.ceil(applications / 2) });
const director = await startLoadedDirector(landscape);
const bare = await forkServer('bare-process.ts', { url: landscape.url });
const ask = async (query: (n: number) => string): Promise<number> =>
  (
    await measure(
      director.load((n) => JSON.stringify({ query: query(n) })),
      SECONDS,
    )
  ).perSecond;

print(`${applications} applications in the registry, half of them in the tenant that asks; 16 connections; answers per second, medians of five rounds`, '');
print('| Read | Director | bare server | ratio (worst–best) | target | |', '| --- | ---: | ---: | --- | --- | --- |');
for (const { name, query, varied, target } of READS.filter((read) => read.name.includes(only))) {
  await ask(() => query);
  const { statement } = await director.ask<{ statement: object | null }>({});
  await bare.ask({ statement: name === 'viewer' ? null : statement });
  const [theirs = [], ours = [], variedOnes = []] = await inRounds([
    async () => (await measure({ ...director.load(() => JSON.stringify({ query })), url: `http://127.0.0.1:${bare.port}/` }, SECONDS)).perSecond,
    () => ask(() => query),
    ...(varied ? [() => ask(varied)] : []),
  ]);
  print(ratioRow(name, compare(ours, theirs), target));
  if (varied) print(ratioRow(`${name}, literals vary`, compare(variedOnes, theirs), target));
}
director.stop();
bare.stop();
await landscape.stop();
