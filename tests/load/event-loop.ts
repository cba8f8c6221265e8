/**
 * How long one request within the limits keeps the event loop of the Director and of the Gateway from everything else.
 * `./binnacle bench event-loop`
 */
import { startLoadedDirector } from './support/director.ts';
import { startLoadedGateway } from './support/gateway.ts';
import { bigApplication, type HeavyRequest, heavyRequests } from './support/heavy-requests.ts';
import { startLandscape } from './support/landscape.ts';
import { median, print, verdict } from './support/measure.ts';
import { forkServer } from './support/processes.ts';

const MAX_STALL_MS = 50;
const ROUNDS = 5;

const landscape = await startLandscape({ tenants: 100, applications: 500, bigTenantApplications: 500 }, false);
const director = await startLoadedDirector(landscape);
const behind = await forkServer('bare-process.ts', { url: landscape.url });
const gateway = await startLoadedGateway(landscape, `http://127.0.0.1:${behind.port}`);

interface Server {
  readonly ask: typeof director.ask;
  readonly url: string;
  readonly token: () => string;
}

/** The stall that one request causes, and what came back. */
async function stallOf({ ask, url, token }: Server, { query, variables }: HeavyRequest): Promise<{ readonly ms: number; readonly answer: string }> {
  const body = JSON.stringify({ query, variables });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token()}`, tenant: 'big' };
  await ask({ stall: true });
  const response = await fetch(url, { method: 'POST', headers, body });
  const text = await response.text();
  const { stallMs } = await ask<{ stallMs: number }>({ stall: true });
  return { ms: stallMs, answer: `${response.status}, ${text.length} bytes${text.startsWith('{"errors"') ? `, ${text.slice(22, 80)}` : ''}` };
}

for (let n = 0; n < 25; n += 1)
  await stallOf(director, {
    name: 'seed',
    query: 'mutation ($in: ApplicationRegisterInput!) { registerApplication(in: $in) { id } }',
    variables: { in: bigApplication(`seed-${n}`) },
  });
print(`Longest stall of the event loop by one request, milliseconds; ${ROUNDS} different requests of each kind`, '');
print(
  '| Request | Director, median | worst | Gateway, median | worst | target | | answer of the Director |',
  '| --- | ---: | ---: | ---: | ---: | --- | --- | --- |',
);
const rounds = Array.from({ length: ROUNDS + 1 }, (_, round) => heavyRequests(round));
for (const [index, { name }] of (rounds[0] ?? []).entries()) {
  const [atDirector, atGateway]: [number[], number[]] = [[], []];
  let answer = '';
  for (const [round, requests] of rounds.entries()) {
    const request = requests[index];
    if (!request) continue;
    const director_ = await stallOf(director, request);
    const gateway_ = await stallOf(gateway, request);
    answer = director_.answer;
    // The first one of a kind compiles code that a service runs once in its life.
    if (round === 0) continue;
    atDirector.push(director_.ms);
    atGateway.push(gateway_.ms);
  }
  const worst = Math.max(...atDirector, ...atGateway);
  print(
    `| ${name} | ${median(atDirector).toFixed(0)} | ${Math.max(...atDirector).toFixed(0)} | ${median(atGateway).toFixed(0)} | ${Math.max(...atGateway).toFixed(0)} | ≤ ${MAX_STALL_MS} | ${verdict(worst <= MAX_STALL_MS)} | ${answer} |`,
  );
}
director.stop();
gateway.stop();
behind.stop();
await landscape.stop();
