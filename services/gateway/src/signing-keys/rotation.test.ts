import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMetrics } from '@binnacle/http/admin-server';
import type { Caller } from '@binnacle/internal-token/caller';
import { createJwksSource } from '@binnacle/internal-token/jwks-source';
import { createTokenVerifier } from '@binnacle/internal-token/verify';
import { openRegistry, type Registry } from '@binnacle/registry/registry';
import { createEnvelope } from '@binnacle/secrets/envelope';
import { asAdmin, createTestDatabase, type TestDatabase } from '@binnacle/testkit/test-database';
import { gatewayMetrics } from '../metrics.ts';
import { boundTo } from '../routing/hosts.ts';
import { internalRoutes, routeTable } from '../routing/routes.ts';
import { startGateway } from '../server.ts';
import { keepSigningKeys } from './keep-signing-keys.ts';
import { createMinter } from './minter.ts';
import { loadSigningKeys } from './signing-key-store.ts';

const envelope = createEnvelope([randomBytes(32)]);
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

describe('keys of internal tokens', () => {
  let database: TestDatabase;
  let registry: Registry;
  beforeAll(async () => {
    database = await createTestDatabase();
    registry = openRegistry({ url: database.gatewayUrl, applicationName: 'gateway under test', poolSize: 5 });
  });
  afterAll(async () => {
    await registry.close();
    await database.drop();
  });
  const passTime = (interval: string) =>
    asAdmin(database.adminUrl, (client) =>
      client.query('update signing_key set activates_at = activates_at - $1::interval, retires_at = retires_at - $1::interval', [interval]),
    );

  it('are one for replicas that start at the same moment', async () => {
    const loaded = await Promise.all(Array.from({ length: 4 }, () => loadSigningKeys(registry, envelope)));
    expect(new Set(loaded.map(({ current }) => current.kid)).size).toBe(1);
    for (const { published } of loaded) expect(published).toHaveLength(1);
  });

  it('are published before they sign and after they did: no token is refused while they are exchanged', async () => {
    const keys = await keepSigningKeys(registry, envelope, 20);
    const minter = createMinter({ keys: keys.current, issuer: 'test', nowSeconds });
    const metrics = gatewayMetrics(createMetrics('gateway'));
    const door = await startGateway({
      host: '127.0.0.1',
      port: 0,
      routes: routeTable(internalRoutes({ openHydrator: false })),
      names: boundTo('internal'),
      authenticators: {},
      minter,
      backends: {},
      connectionsPerAddress: 100,
      corsOrigins: [],
      documents: { 'signing-keys': { cacheControl: 'max-age=60', content: () => ({ keys: keys.current().published }) } },
      metrics,
    });
    // The days of this test pass in moments, so an unknown key may be asked for at once; services ask every minute and at unknown keys.
    const source = createJwksSource(`http://127.0.0.1:${door.port}/internal/jwks.json`, 0);
    const verifier = createTokenVerifier({ keys: source, issuer: 'test', audience: 'director', nowSeconds });
    const failed: string[] = [];
    const signers = new Set<string>();
    let calls = 0;
    let stopped = false;
    const load = async (name: string): Promise<void> => {
      for (let n = 0; !stopped; n += 1) {
        const caller: Caller = {
          consumerId: `${name}-${n}`,
          consumerType: 'Static User',
          flow: 'JWT',
          scopes: new Set(),
          tenant: undefined,
          externalTenant: undefined,
          onBehalfOf: '',
          region: '',
          subject: '',
        };
        const token = minter.mint(caller, 'director');
        signers.add((JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid);
        await verifier.verify(token).catch((error: unknown) => failed.push(String(error)));
        calls += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const until = async (what: string, reached: () => boolean): Promise<void> => {
      for (let attempt = 0; !reached(); attempt += 1) {
        if (attempt === 500) throw new Error(`never: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const loads = ['a', 'b', 'c', 'd'].map(load);
    try {
      for (let turn = 0; turn < 3; turn += 1) {
        const before = keys.current();
        // Each key has signed for a quarter of an hour when its turn begins, the first one not yet.
        await passTime(turn === 0 ? '23 hours 56 minutes' : '23 hours 41 minutes');
        await until('the next key is published', () => keys.current().published.length > before.published.length);
        expect(keys.current().current.kid).toBe(before.current.kid);
        await passTime('5 minutes');
        await until('the next key signs', () => keys.current().current.kid !== before.current.kid);
        expect(keys.current().published.map(({ kid }) => kid)).toContain(before.current.kid);
        await passTime('15 minutes');
        await until('the last key is gone', () => !keys.current().published.some(({ kid }) => kid === before.current.kid));
      }
    } finally {
      stopped = true;
      await Promise.all(loads);
      source.close();
      keys.stop();
      await door.close();
    }
    expect(failed).toEqual([]);
    expect(signers.size).toBe(4);
    expect(calls).toBeGreaterThan(500);
  }, 60_000);
});
