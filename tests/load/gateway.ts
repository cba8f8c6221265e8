/**
 * The Gateway (its own entry and process; authentication, limits and token minting on, access log to nowhere) against nginx with one worker and
 * a bare http-proxy-middleware app, all before the same small server.
 * `./binnacle bench gateway`
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '@binnacle/embedded-postgres/embedded-postgres';
import { asRole } from '@binnacle/testkit/test-postgres';
import { startIssuer } from './support/issuer.ts';
import { startLandscape } from './support/landscape.ts';
import { generateLoad } from './support/load-generator.ts';
import { compare, CONNECTIONS, inRounds, measure, median, print, ratioRow, verdict } from './support/measure.ts';
import { startNginx } from './support/nginx.ts';
import { forkServer, startService } from './support/processes.ts';

/** Calls a second at which the added time is measured: the machine has to be awake, not to be full. */
const RATE = 2_000;
const MAX_ADDED_MS = 1;

const landscape = await startLandscape({ tenants: 10, applications: 10, bigTenantApplications: 100 });
const issuer = await startIssuer('binnacle');
const behind = await forkServer('bare-process.ts', { url: landscape.url });
const origin = `http://127.0.0.1:${behind.port}`;
const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-load-gateway-'));
const keyFile = path.join(folder, 'envelope.key');
writeFileSync(keyFile, randomBytes(32).toString('base64'));
const [port, internalPort, adminPort] = [await freePort(), await freePort(), await freePort()];
const gateway = await startService(
  'gateway',
  {
    GATEWAY_PORT: String(port),
    GATEWAY_INTERNAL_PORT: String(internalPort),
    GATEWAY_ADMIN_PORT: String(adminPort),
    REGISTRY_URL: asRole(landscape.adminUrl, 'binnacle_gateway'),
    ENVELOPE_KEY_FILE: keyFile,
    OIDC_ISSUER: issuer.url,
    OIDC_AUDIENCE: 'binnacle',
    APP_DIRECTOR_ORIGIN: origin,
    GATEWAY_CONSUMER_CALLS_PER_SECOND: '1000000',
    GATEWAY_TENANT_CALLS_PER_SECOND: '1000000',
  },
  `http://127.0.0.1:${adminPort}/readyz`,
);
const nginx = await startNginx(origin);
const proxy = await forkServer('bare-proxy-process.ts', { target: origin });
const load = (at: string) => ({
  url: at,
  headers: { authorization: `Bearer ${issuer.token}`, tenant: 'big' },
  body: () => '{"query":"{ viewer { id type } }"}',
});
const throughGateway = `http://127.0.0.1:${port}/director/graphql`;
const perSecond = (at: string) => async () => (await measure(load(at))).perSecond;
const pacedMedian = (at: string) => async () => (await generateLoad(load(at), { seconds: 2, connections: CONNECTIONS, rate: RATE })).median;

print(
  `${CONNECTIONS} connections; answers of 50 bytes a second, medians of five rounds; ${nginx?.version ?? 'nginx is not installed: not compared with it'}`,
  '',
);
print('| Against | Gateway | other | ratio (worst–best) | target | |', '| --- | ---: | ---: | --- | --- | --- |');
const [ours = [], bareProxy = [], byNginx = []] = await inRounds([
  perSecond(throughGateway),
  perSecond(`http://127.0.0.1:${proxy.port}/graphql`),
  ...(nginx ? [perSecond(`http://127.0.0.1:${nginx.port}/graphql`)] : []),
]);
if (nginx) print(ratioRow('nginx, one worker', compare(ours, byNginx), 0.25));
print(ratioRow('bare http-proxy-middleware on Express', compare(ours, bareProxy), 1.7));

const [direct = [], paced = []] = await inRounds([pacedMedian(`${origin}/graphql`), pacedMedian(throughGateway)]);
const [full = [], fullDirect = []] = await inRounds([
  async () => (await measure(load(throughGateway))).median,
  async () => (await measure(load(`${origin}/graphql`))).median,
]);
const addedRow = (name: string, through: readonly number[], without: readonly number[]): string => {
  const added = median(through) - median(without);
  return `| ${name} | ${median(without).toFixed(2)} | ${median(through).toFixed(2)} | ${added.toFixed(2)} | ≤ ${MAX_ADDED_MS} | ${verdict(added <= MAX_ADDED_MS)} |`;
};
print('', '| Median, milliseconds | without | through the Gateway | added | target | |', '| --- | ---: | ---: | ---: | --- | --- |');
print(addedRow(`${RATE} calls a second`, paced, direct), addedRow('as many as the connections can', full, fullDirect));

gateway.stop();
nginx?.stop();
proxy.stop();
behind.stop();
issuer.close();
await landscape.stop();
rmSync(folder, { recursive: true, force: true });
