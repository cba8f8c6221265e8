import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddedPostgres, freePort, startEmbeddedPostgres } from '@binnacle/embedded-postgres/embedded-postgres';
import { migrate } from '@binnacle/registry/migrate';
import { asAdmin } from '@binnacle/testkit/test-database';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, behindTheScenes, type DirectorUnderTest, startDirectorUnderTest } from '../../services/director/src/testing/director-under-test.ts';

/** No call may hang: whoever waits longer than this is not answered at all. (The pool gives up on a connection after 5 s.) */
const HANG_MS = 15_000;
const RECOVERY_MS = 30_000;

const READ = '{ applications { totalCount } }';
const NESTED_FAILURE = '{ applications { data { bundles(first: 0) { totalCount } } } }';
const registerAndFail = (name: string): string => `mutation { registerApplication(in: { name: "${name}" }) { bundles(first: 0) { totalCount } } }`;
const register = (name: string): string => `mutation { registerApplication(in: { name: "${name}" }) { id } }`;

describe('a Director whose Postgres goes away and comes back', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-away-'));
  let port: number;
  let postgres: EmbeddedPostgres;
  let director: DirectorUnderTest;
  let tenant: string;

  const start = async (): Promise<void> => {
    postgres = await startEmbeddedPostgres({ folder, port, durable: true });
  };
  beforeAll(async () => {
    port = await freePort();
    await start();
    await asAdmin(postgres.url('postgres'), (client) => client.query('create database binnacle_template'));
    await migrate(postgres.url('binnacle_template'));
    // This file's own server, so that nobody else's database goes away.
    process.env['BINNACLE_TEST_POSTGRES'] = postgres.url('postgres');
    process.env['BINNACLE_TEST_TEMPLATE'] = 'binnacle_template';
    director = await startDirectorUnderTest();
    tenant = await director.tenant('acme');
    await call(register('before'));
  }, 60_000);
  afterAll(async () => {
    await director.stop();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** One call, and how long it took. Rejects when it is not answered in time. */
  async function call(query: string): Promise<Answer & { readonly ms: number }> {
    const started = performance.now();
    const answer = await Promise.race([
      director.call({ tenant }, query),
      sleep(HANG_MS, undefined, { ref: false }).then(() => Promise.reject(new Error(`no answer in ${HANG_MS} ms: ${query}`))),
    ]);
    return { ...answer, ms: performance.now() - started };
  }

  async function untilServed(query: string): Promise<Answer> {
    const deadline = performance.now() + RECOVERY_MS;
    for (;;) {
      const answer = await call(query);
      if (answer.status === 200 || performance.now() > deadline) return answer;
      await sleep(50);
    }
  }

  async function until(condition: () => boolean): Promise<void> {
    const deadline = performance.now() + RECOVERY_MS;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error('what was waited for did not come');
      await sleep(10);
    }
  }

  function expectRetryable({ status, headers, data, errors }: Answer): void {
    expect({ status, data, errors }).toEqual({
      status: 503,
      data: null,
      errors: [{ message: 'The registry is not available: try again', extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true } }],
    });
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
  }

  it('answers every kind of call with a retryable 503 at once, stays alive, and serves again without a restart', async () => {
    expect((await call(READ)).data).toEqual({ applications: { totalCount: 1 } });
    await postgres.stop();
    for (const query of [READ, NESTED_FAILURE, register('lost'), registerAndFail('lost'), `{ a: ${READ.slice(1)}`]) {
      const answers = [await call(query), await call(query), await call(query)];
      answers.forEach(expectRetryable);
      // The quickest one: a machine under load may make any single one wait.
      expect(Math.min(...answers.map(({ ms }) => ms))).toBeLessThan(1_000);
    }
    await expect(director.registry.ping()).rejects.toThrow('the registry is not available');
    // What needs no database is answered as ever.
    expect((await call('{ viewer { id } }')).data).toEqual({ viewer: { id: 'tester' } });
    expect((await fetch(new URL('/livez', director.url))).status).toBe(200);

    await start();
    expect((await untilServed(READ)).data).toEqual({ applications: { totalCount: 1 } });
    await director.registry.ping();
    expect((await call(register('after'))).status).toBe(200);
    expect((await call(READ)).data).toEqual({ applications: { totalCount: 2 } });
  }, 60_000);

  it('answers calls that are under way when it stops, and keeps what it said was done', async () => {
    let stopped = false;
    const done: string[] = [];
    const answers: Answer[] = [];
    const caller = async (name: string): Promise<void> => {
      for (let n = 0; !stopped; n += 1) {
        const answer = await call(register(`${name}-${n}`));
        if (answer.status === 200) done.push(answer.data.registerApplication.id as string);
        else answers.push(answer);
      }
    };
    const callers = ['a', 'b', 'c', 'd', 'e', 'f'].map(caller);
    await until(() => done.length > 10);
    await postgres.stop();
    await until(() => answers.length > 10);
    stopped = true;
    await Promise.all(callers);
    for (const { status, errors } of answers) {
      expect({ status, code: errors[0].extensions.code, retryable: errors[0].extensions.retryable }).toEqual({
        status: 503,
        code: 'SERVICE_UNAVAILABLE',
        retryable: true,
      });
    }
    await start();
    await untilServed(READ);
    const kept = await behindTheScenes(director, 'select count(*)::int as rows from application where id = any($1::uuid[])', [done]);
    expect(kept).toEqual([{ rows: done.length }]);
  }, 60_000);

  it('does not keep callers waiting for connections that died unnoticed', async () => {
    await untilServed(READ);
    await behindTheScenes(director, 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()');
    const served = await Promise.all(Array.from({ length: 20 }, () => call(READ)));
    for (const answer of served) if (answer.status !== 200) expectRetryable(answer);
    expect((await untilServed(READ)).status).toBe(200);
  }, 60_000);

  it('gives up on a Postgres that is there but does not greet, and serves again when it does', async () => {
    await untilServed(READ);
    await behindTheScenes(director, 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()');
    process.kill(postgres.pid, 'SIGSTOP');
    try {
      // New connections are taken by the kernel and never greeted: the limit of the pool decides.
      for (const query of [READ, NESTED_FAILURE]) expectRetryable(await call(query));
    } finally {
      process.kill(postgres.pid, 'SIGCONT');
    }
    expect((await untilServed(READ)).status).toBe(200);
  }, 60_000);
});
