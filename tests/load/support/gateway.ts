import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '@binnacle/embedded-postgres/embedded-postgres';
import { asRole } from '@binnacle/testkit/test-postgres';
import { startIssuer } from './issuer.ts';
import type { Landscape } from './landscape.ts';
import type { Load } from './load-generator.ts';
import { type Service, startService } from './processes.ts';

/** The Gateway as it is deployed: its own entry and process, with authentication, limits and token minting. */
export interface LoadedGateway extends Service {
  readonly url: string;
  token(): string;
  load(url: string): Load;
}

/** Starts the Gateway before `director`; its rate limits are on, but wide enough for what is measured. */
export async function startLoadedGateway(landscape: Landscape, director: string): Promise<LoadedGateway> {
  const issuer = await startIssuer('binnacle');
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
      APP_DIRECTOR_ORIGIN: director,
      GATEWAY_CONSUMER_CALLS_PER_SECOND: '1000000',
      GATEWAY_TENANT_CALLS_PER_SECOND: '1000000',
    },
    `http://127.0.0.1:${adminPort}/readyz`,
  );
  return {
    ...gateway,
    url: `http://127.0.0.1:${port}/director/graphql`,
    token: () => issuer.token,
    load: (url) => ({ url, headers: { authorization: `Bearer ${issuer.token}`, tenant: 'big' }, body: () => '{"query":"{ viewer { id type } }"}' }),
    stop() {
      gateway.stop();
      issuer.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
