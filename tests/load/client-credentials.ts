/**
 * Tokens of OAuth2 clients at the Gateway (its own entry and process): calls with one against calls with a signed token of the OpenID provider, in one
 * run, before the same small server; and how many tokens a second its endpoint hands out.
 * `./binnacle bench client-credentials`
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '@binnacle/embedded-postgres/embedded-postgres';
import { asAdmin } from '@binnacle/testkit/test-database';
import { asRole } from '@binnacle/testkit/test-postgres';
import { newClientSecret } from '@binnacle/trust/client-credentials';
import { createKeyedHash } from '@binnacle/trust/keyed-hash';
import { startIssuer } from './support/issuer.ts';
import { startLandscape } from './support/landscape.ts';
import { compare, CONNECTIONS, inRounds, measure, median, print, ratioRow } from './support/measure.ts';
import { forkServer, startService } from './support/processes.ts';

const landscape = await startLandscape({ tenants: 10, applications: 10, bigTenantApplications: 100 });
const issuer = await startIssuer('binnacle');
const behind = await forkServer('bare-process.ts', { url: landscape.url });
const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-load-oauth-'));
const keyFile = path.join(folder, 'envelope.key');
const key = randomBytes(32);
writeFileSync(keyFile, key.toString('base64'));
const [port, internalPort, adminPort] = [await freePort(), await freePort(), await freePort()];
const gateway = await startService(
  'gateway',
  {
    GATEWAY_PORT: String(port),
    GATEWAY_INTERNAL_PORT: String(internalPort),
    GATEWAY_ADMIN_PORT: String(adminPort),
    GATEWAY_OAUTH_TOKENS_PER_MINUTE: '10000000',
    REGISTRY_URL: asRole(landscape.adminUrl, 'binnacle_gateway'),
    ENVELOPE_KEY_FILE: keyFile,
    OIDC_ISSUER: issuer.url,
    OIDC_AUDIENCE: 'binnacle',
    APP_DIRECTOR_ORIGIN: `http://127.0.0.1:${behind.port}`,
    GATEWAY_CONSUMER_CALLS_PER_SECOND: '1000000',
    GATEWAY_TENANT_CALLS_PER_SECOND: '1000000',
  },
  `http://127.0.0.1:${adminPort}/readyz`,
);

const { secret, hash } = newClientSecret(createKeyedHash([key], 'client-secret'));
const clientId = randomUUID();
await asAdmin(landscape.adminUrl, (client) =>
  client.query(
    `insert into system_auth (id, ref_kind, ref_id, tenant_id, oauth_client_secret_hash) select $1, 1, id, owner_tenant, $2 from application order by id limit 1`,
    [clientId, hash],
  ),
);
const tokenLoad = {
  url: `http://127.0.0.1:${port}/oauth2/token`,
  headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`, 'content-type': 'application/x-www-form-urlencoded' },
  body: () => 'grant_type=client_credentials',
};
const answer = await fetch(tokenLoad.url, { method: 'POST', headers: tokenLoad.headers, body: tokenLoad.body() });
const { access_token: token } = (await answer.json()) as { access_token: string };
const calls = (bearer: string, tenant: Readonly<Record<string, string>>) => ({
  url: `http://127.0.0.1:${port}/director/graphql`,
  headers: { authorization: `Bearer ${bearer}`, ...tenant },
  body: () => '{"query":"{ viewer { id type } }"}',
});

print(`${CONNECTIONS} connections; answers of 50 bytes a second, medians of five rounds`, '');
print('| Calls with | opaque token | signed token | ratio (worst–best) | target | |', '| --- | ---: | ---: | --- | --- | --- |');
const [opaque = [], signed = []] = await inRounds([
  async () => (await measure(calls(token, {}))).perSecond,
  async () => (await measure(calls(issuer.token, { tenant: 'big' }))).perSecond,
]);
print(ratioRow('one client, read again each second', compare(opaque, signed), 0.95));
const [issued = []] = await inRounds([async () => (await measure(tokenLoad)).perSecond]);
print('', `Tokens issued: ${median(issued).toFixed(0)} a second, each stored before it is answered`);

gateway.stop();
behind.stop();
issuer.close();
await landscape.stop();
rmSync(folder, { recursive: true, force: true });
