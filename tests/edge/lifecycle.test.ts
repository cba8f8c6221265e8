import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { asAdmin } from '@binnacle/testkit/test-database';
import { Agent } from 'undici';
import { freePort } from '@binnacle/embedded-postgres/embedded-postgres';
import { type Edge, type Service, startBalancer, startEdge } from './support/edge.ts';

const LIMIT_MS = 120_000;
const VIEWER = '{ viewer { id } }';

async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  return Promise.race([promise, sleep(ms, undefined, { ref: false }).then(() => Promise.reject(new Error(`${what}: not within ${ms} ms`)))]);
}

describe('replicas that come and go under load', () => {
  let edge: Edge;
  beforeAll(async () => {
    edge = await startEdge();
  }, LIMIT_MS);
  afterAll(() => edge.stop());

  it(
    'fail no call, neither query nor mutation, when a Director and a Gateway are replaced',
    async () => {
      const directors = await startBalancer([edge.director, await edge.startDirector()]);
      const origin = { APP_DIRECTOR_ORIGIN: `http://127.0.0.1:${directors.port}` };
      const started: Service[] = [];
      for (let n = 0; n < 2; n += 1) started.push(await edge.startGateway({ ...origin, GATEWAY_INTERNAL_PORT: String(await freePort()) }));
      const [first, second] = started as [Service, Service];
      const gateways = await startBalancer([first, second]);
      const dispatcher = new Agent({ connections: 16 });
      const token = await edge.issuer.token();
      const failed: string[] = [];
      const acknowledged: string[] = [];
      let calls = 0;
      let stopped = false;
      const caller = async (name: string): Promise<void> => {
        for (let n = 0; !stopped; n += 1) {
          const query =
            n % 2 === 0 ? '{ applications(first: 1) { totalCount } }' : `mutation { result: registerApplication(in: {name: "${name}-${n}"}) { id } }`;
          calls += 1;
          try {
            const response = await dispatcher.request({
              origin: `http://127.0.0.1:${gateways.port}`,
              path: '/director/graphql',
              method: 'POST',
              headers: { authorization: `Bearer ${token}`, tenant: 'acme', 'content-type': 'application/json' },
              body: JSON.stringify({ query }),
            });
            const text = await response.body.text();
            if (response.statusCode !== 200 || text.includes('"errors"')) failed.push(`${response.statusCode} ${text}`);
            else if (n % 2 === 1) acknowledged.push((JSON.parse(text) as { data: { result: { id: string } } }).data.result.id);
          } catch (error) {
            failed.push(String(error));
          }
        }
      };
      const callers = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(caller);
      const ends: string[] = [];
      for (const service of [edge.director, first]) {
        await sleep(300);
        service.signal('SIGTERM');
        const code = await within(20_000, 'exit', service.exited).catch(String);
        ends.push(code === 0 ? 'as it should' : `${code} ${service.output().slice(-3_000)}`);
      }
      await sleep(300);
      stopped = true;
      await Promise.all(callers);
      await dispatcher.destroy();
      await Promise.all([gateways.stop(), directors.stop()]);
      expect(ends).toEqual(['as it should', 'as it should']);
      expect(failed).toEqual([]);
      expect(calls).toBeGreaterThan(200);
      const [row] = await asAdmin(
        edge.database.adminUrl,
        async (client) =>
          (await client.query('select count(*)::int as rows from application where id = any($1::uuid[])', [acknowledged])).rows as { rows: number }[],
      );
      expect(row?.rows).toBe(acknowledged.length);
    },
    LIMIT_MS,
  );
});

describe('the end of a Gateway', () => {
  let edge: Edge;
  beforeAll(async () => {
    edge = await startEdge();
  }, LIMIT_MS);
  afterAll(() => edge.stop());
  const another = async (env: Readonly<Record<string, string>> = {}) =>
    edge.startGateway({ APP_DIRECTOR_ORIGIN: `http://127.0.0.1:${edge.director.port}`, GATEWAY_INTERNAL_PORT: String(await freePort()), ...env });

  it('turns readiness first, goes on accepting, and asks clients to leave', async () => {
    const gateway = await another({ PRE_STOP_DELAY_MS: '1500' });
    gateway.signal('SIGTERM');
    while (await gateway.ready()) await sleep(10);
    const answer = await fetch(`http://127.0.0.1:${gateway.port}/healthz`);
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    expect(await within(5_000, 'exit', gateway.exited)).toBe(0);
  });

  it('comes at once with the second signal', async () => {
    const gateway = await another({ PRE_STOP_DELAY_MS: '60000' });
    gateway.signal('SIGTERM');
    while (await gateway.ready()) await sleep(10);
    gateway.signal('SIGTERM');
    expect(await within(1_000, 'exit', gateway.exited)).toBe(1);
  });

  it('waits for the call that is open', async () => {
    const gateway = await another({ PRE_STOP_DELAY_MS: '0' });
    const token = await edge.issuer.token();
    await asAdmin(edge.database.adminUrl, async (client) => {
      await client.query('begin');
      await client.query('lock table application in exclusive mode');
      const open = fetch(`http://127.0.0.1:${gateway.port}/director/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, tenant: 'acme', 'content-type': 'application/json' },
        body: JSON.stringify({ query: 'mutation { registerApplication(in: {name: "open"}) { name } }' }),
      });
      const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      while ((await client.query(waiting)).rows.length === 0) await sleep(10);
      gateway.signal('SIGTERM');
      while (await gateway.ready()) await sleep(10);
      await client.query('commit');
      const answer = await open;
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('open')]);
    });
    expect(await within(5_000, 'exit', gateway.exited)).toBe(0);
  });

  it('comes soon when the OpenID provider was never reached', async () => {
    const starting = another({ OIDC_ISSUER: 'http://127.0.0.1:1', PRE_STOP_DELAY_MS: '0' }).catch((error: unknown) => String(error));
    // It starts, and is not ready: nobody could log in.
    const alive = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${edge.last().adminPort}/livez`).catch(() => undefined))?.ok ?? false;
    while (edge.last() === edge.gateway || !(await alive())) await sleep(20);
    expect(await edge.last().ready()).toBe(false);
    const started = performance.now();
    edge.last().signal('SIGTERM');
    expect(await within(2_000, 'exit', edge.last().exited)).toBe(0);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(await starting).toContain('did not become ready');
  }, 40_000);
});

describe('what a Gateway depends on', () => {
  let edge: Edge;
  beforeAll(async () => {
    edge = await startEdge({ gateway: { GATEWAY_UPSTREAM_TIMEOUT_MS: '1000', OIDC_KEYS_COOLDOWN_MS: '500' } });
  }, LIMIT_MS);
  afterAll(() => edge.stop());
  const refused = (code: string, message: unknown) => ({
    errors: [{ message, extensions: { code, retryable: true, requestId: expect.any(String) } }],
    data: null,
  });

  it('may rotate its keys: tokens of the new key are taken, those of a key taken back are not', async () => {
    const before = await edge.issuer.token();
    await edge.issuer.rotate();
    expect((await edge.call({ query: VIEWER, token: await edge.issuer.token() })).status).toBe(200);
    expect((await edge.call({ query: VIEWER, token: before })).status).toBe(200);
  });

  it('may be slow: 504, and served again when it is not', async () => {
    const token = await edge.issuer.token();
    edge.director.signal('SIGSTOP');
    const slow = await edge.call({ query: VIEWER, token });
    edge.director.signal('SIGCONT');
    expect([slow.status, slow.headers.get('retry-after'), slow.body]).toEqual([504, '1', refused('UPSTREAM_TIMEOUT', 'the service did not answer in time')]);
    expect((await edge.call({ query: VIEWER, token })).status).toBe(200);
  });

  it('may be gone: 502 for queries and mutations, and served again by the next one', async () => {
    const token = await edge.issuer.token();
    edge.director.signal('SIGKILL');
    await edge.director.exited;
    for (const query of [VIEWER, 'mutation { a }']) {
      const gone = await edge.call({ query, token });
      expect([gone.status, gone.headers.get('retry-after'), gone.body]).toEqual([502, '1', refused('UPSTREAM_UNAVAILABLE', expect.any(String))]);
    }
    await edge.startDirector({ DIRECTOR_PORT: String(edge.director.port), DIRECTOR_ADMIN_PORT: String(edge.director.adminPort) });
    expect((await edge.call({ query: VIEWER, token })).status).toBe(200);
  });

  it(
    'may take the OpenID provider away: known keys go on, an unknown one is 503 and not 401',
    async () => {
      const [known, fresh] = [await edge.issuer.token(), await edge.issuer.token({ jti: 'fresh' })];
      const unknown = await edge.issuer.token({}, { kid: 'made-since' });
      expect((await edge.call({ query: VIEWER, token: known })).status).toBe(200);
      await edge.issuer.stop();
      expect((await edge.call({ query: VIEWER, token: known })).status).toBe(200);
      expect((await edge.call({ query: VIEWER, token: fresh })).status).toBe(200);
      expect(await edge.gateway.ready()).toBe(true);
      // Within the cooldown of the last good reading nobody has noticed yet; after it the provider is asked and does not answer.
      let refusal = await edge.call({ query: VIEWER, token: unknown });
      for (const deadline = Date.now() + 10_000; refusal.status === 401 && Date.now() < deadline; ) {
        await sleep(100);
        refusal = await edge.call({ query: VIEWER, token: unknown });
      }
      expect([refusal.status, refusal.headers.get('retry-after'), refusal.body]).toEqual([
        503,
        '1',
        refused('SERVICE_UNAVAILABLE', 'The OpenID provider is not available: try again'),
      ]);
      expect((await edge.call({ query: VIEWER, token: fresh })).status).toBe(200);
    },
    LIMIT_MS,
  );
});
