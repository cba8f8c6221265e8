/**
 * Registering an application with a bundle and an API definition at the Director, against pgbench sending the very same statements, the answer's
 * read included, in one transaction each; 16 clients both, once with durability and once without.
 * `./binnacle bench registration`
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asAdmin } from '@binnacle/testkit/test-database';
import { startLoadedDirector } from './support/director.ts';
import { startLandscape } from './support/landscape.ts';
import { compare, CONNECTIONS, inRounds, measure, print, ratioRow } from './support/measure.ts';
import { pgbenchScript } from './support/pgbench-script.ts';
import type { Recorded } from './support/record-statements.ts';
import { registration } from './support/registration.ts';

const TARGET = 0.5;
const SECONDS = 2;
const WARM_UP_SECONDS = 5;

const version = execFileSync('pgbench', ['--version'], { encoding: 'utf8' }).trim();
const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-pgbench-'));
print(`${version}; ${CONNECTIONS} clients; registrations per second, medians of five rounds`, '');
print('| Postgres | Director | pgbench | ratio (worst–best) | target | |', '| --- | ---: | ---: | --- | --- | --- |');
for (const durable of [true, false]) {
  const landscape = await startLandscape({ tenants: 100, applications: 500, bigTenantApplications: 500 }, durable);
  const director = await startLoadedDirector(landscape);
  const ask = async (seconds: number): Promise<number> => (await measure(director.load(registration), seconds)).perSecond;
  // Plans made for empty tables would be kept until the next autovacuum, a minute later.
  await ask(WARM_UP_SECONDS);
  await asAdmin(landscape.adminUrl, (client) => client.query('analyze'));
  const { url, headers, body } = director.load(registration);
  await director.ask({ record: true });
  await fetch(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: body(1) });
  const { recorded } = await director.ask<{ recorded: readonly Recorded[] }>({ record: false });
  const file = path.join(folder, 'registration.sql');
  writeFileSync(file, pgbenchScript(recorded));
  const pgbench = (): Promise<number> => {
    const output = execFileSync('pgbench', ['-n', '-M', 'prepared', '-c', String(CONNECTIONS), '-j', '1', '-T', String(SECONDS), '-f', file, landscape.url], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return Promise.resolve(Number(/tps = ([\d.]+)/.exec(output)?.[1]));
  };
  const [ours = [], theirs = []] = await inRounds([() => ask(SECONDS), pgbench]);
  print(ratioRow(`${durable ? 'durable' : 'not durable'}, ${recorded.length} statements`, compare(ours, theirs), TARGET));
  director.stop();
  await landscape.stop();
}
rmSync(folder, { recursive: true, force: true });
