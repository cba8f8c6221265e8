/**
 * The Gateway against nginx with one worker and a bare http-proxy-middleware app, all before the same small server.
 * `./binnacle bench gateway`
 */
import { startLoadedGateway } from './support/gateway.ts';
import { startLandscape } from './support/landscape.ts';
import { generateLoad } from './support/load-generator.ts';
import { compare, CONNECTIONS, inRounds, measure, median, print, ratioRow, verdict } from './support/measure.ts';
import { startNginx } from './support/nginx.ts';
import { forkServer } from './support/processes.ts';

/** Calls a second at which the added time is measured: the machine has to be awake, not to be full. */
const RATE = 2_000;
const MAX_ADDED_MS = 1;
const SECONDS = 1;

const landscape = await startLandscape({ tenants: 10, applications: 10, bigTenantApplications: 100 });
const behind = await forkServer('bare-process.ts', { url: landscape.url });
const origin = `http://127.0.0.1:${behind.port}`;
const gateway = await startLoadedGateway(landscape, origin);
const nginx = await startNginx(origin);
const proxy = await forkServer('bare-proxy-process.ts', { target: origin, keepAlive: false });
const keepingProxy = await forkServer('bare-proxy-process.ts', { target: origin, keepAlive: true });
const local = (port: number): string => `http://127.0.0.1:${port}/graphql`;
const perSecond = (url: string) => async () => (await measure(gateway.load(url), SECONDS)).perSecond;
const fullMedian = (url: string) => async () => (await measure(gateway.load(url), SECONDS)).median;
const pacedMedian = (url: string) => async () => (await generateLoad(gateway.load(url), { seconds: SECONDS, connections: CONNECTIONS, rate: RATE })).median;

print(
  `${CONNECTIONS} connections; answers of 50 bytes a second, medians of five rounds; ${nginx?.version ?? 'nginx is not installed: not compared with it'}`,
  '',
);
print('| Against | Gateway | other | ratio (worst–best) | target | |', '| --- | ---: | ---: | --- | --- | --- |');
const [ours = [], bare = [], keeping = [], byNginx = []] = await inRounds([
  perSecond(gateway.url),
  perSecond(local(proxy.port)),
  perSecond(local(keepingProxy.port)),
  ...(nginx ? [perSecond(local(nginx.port))] : []),
]);
if (nginx) print(ratioRow('nginx, one worker', compare(ours, byNginx), 0.25));
print(ratioRow('bare http-proxy-middleware on Express', compare(ours, bare), 1.7));
print(ratioRow('the same with connections that are kept', compare(ours, keeping)));

const addedRow = (name: string, through: readonly number[], without: readonly number[]): string => {
  const added = median(through) - median(without);
  return `| ${name} | ${median(without).toFixed(2)} | ${median(through).toFixed(2)} | ${added.toFixed(2)} | ≤ ${MAX_ADDED_MS} | ${verdict(added <= MAX_ADDED_MS)} |`;
};
print('', '| Median, milliseconds | without | through the Gateway | added | target | |', '| --- | ---: | ---: | ---: | --- | --- |');
const [direct = [], paced = []] = await inRounds([pacedMedian(local(behind.port)), pacedMedian(gateway.url)]);
print(addedRow(`${RATE} calls a second`, paced, direct));
const [fullDirect = [], full = []] = await inRounds([fullMedian(local(behind.port)), fullMedian(gateway.url)]);
print(addedRow('as many as the connections can', full, fullDirect));

gateway.stop();
nginx?.stop();
proxy.stop();
keepingProxy.stop();
behind.stop();
await landscape.stop();
