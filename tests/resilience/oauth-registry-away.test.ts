import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type EmbeddedPostgres, freePort, startEmbeddedPostgres } from '@binnacle/embedded-postgres/embedded-postgres';
import { migrate } from '@binnacle/registry/migrate';
import { asAdmin } from '@binnacle/testkit/test-database';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type GatewayUnderTest, startGatewayUnderTest } from '../../services/gateway/src/testing/gateway-under-test.ts';
import { addClient, fetchToken, sendForm, type TestClient } from '../../services/gateway/src/testing/oauth-clients.ts';

const RECOVERY_MS = 30_000;
const GRANT = { grant_type: 'client_credentials' };

describe('the OAuth2 server of a Gateway whose Postgres goes away and comes back', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-oauth-away-'));
  let port: number;
  let postgres: EmbeddedPostgres;
  let under: GatewayUnderTest;
  let client: TestClient;
  let token: string;

  const start = async (): Promise<void> => {
    postgres = await startEmbeddedPostgres({ folder, port, durable: true });
  };
  beforeAll(async () => {
    port = await freePort();
    await start();
    await asAdmin(postgres.url('postgres'), (admin) => admin.query('create database binnacle_template'));
    await migrate(postgres.url('binnacle_template'));
    // This file's own server, so that nobody else's database goes away.
    process.env['BINNACLE_TEST_POSTGRES'] = postgres.url('postgres');
    process.env['BINNACLE_TEST_TEMPLATE'] = 'binnacle_template';
    under = await startGatewayUnderTest();
    client = await addClient(under, 'application');
    token = await fetchToken(under, client);
  }, 60_000);
  afterAll(async () => {
    await under.stop();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const call = () => under.post({ query: '{ a }' }, { authorization: `Bearer ${token}` });

  it('says that it is worth another try, never that a client or a token is wrong, and goes on with both', async () => {
    expect((await call()).status).toBe(200);
    await postgres.stop();
    const asked = await sendForm(under, '/oauth2/token', GRANT, client);
    expect([asked.status, asked.body['error'], asked.headers.get('retry-after')]).toEqual([503, 'temporarily_unavailable', '1']);
    // What was found a moment ago holds for a second at most.
    const stopped = performance.now();
    let last = await call();
    while (last.status === 200) {
      expect(performance.now() - stopped).toBeLessThan(5_000);
      last = await call();
    }
    expect([last.status, JSON.parse(last.text)]).toMatchObject([503, { errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] }]);
    await start();
    const back = performance.now();
    while ((await call()).status !== 200) expect(performance.now() - back).toBeLessThan(RECOVERY_MS);
    expect((await sendForm(under, '/oauth2/token', GRANT, client)).status).toBe(200);
  }, 90_000);
});
