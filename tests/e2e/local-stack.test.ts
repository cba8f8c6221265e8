import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asAdmin } from '@binnacle/testkit/test-database';
import { withDatabase } from '@binnacle/testkit/test-postgres';
import { afterAll, describe, expect, it } from '@jest/globals';
import { freePortOffset, startStack } from '../support/stack.ts';

const LIMIT_MS = 180_000;

const SERVICE_ROLES = ['binnacle_director', 'binnacle_gateway', 'binnacle_connector', 'binnacle_provisioner', 'binnacle_guarded'];

/** The processes that a stack on this folder has started. */
const pidsOf = (folder: string): readonly number[] => JSON.parse(readFileSync(path.join(folder, 'running.json'), 'utf8')) as number[];

/** A process that has ended and that nobody has asked about yet still has its pid. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

describe('npm start', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-e2e-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it(
    'starts everything, shows where it is, keeps data over Ctrl-C and a second start, and begins afresh with --reset',
    async () => {
      const portOffset = await freePortOffset();
      const first = await startStack({ portOffset, folder });
      expect(first.output()).toContain('Playground');
      expect(first.output()).toContain('./binnacle token --user admin');
      const registered = await first.call({
        token: first.token('admin'),
        tenant: 'acme',
        query: 'mutation { registerApplication(in: { name: "kept" }) { id } }',
      });
      expect(registered.body.errors).toBeUndefined();
      expect(await first.stop('SIGINT')).toBe(0);

      const second = await startStack({ portOffset, folder });
      const kept = await second.call({
        token: second.token('admin'),
        tenant: 'acme',
        query: `{ application(id: "${registered.body.data.registerApplication.id}") { name } }`,
      });
      expect(kept.body.data).toEqual({ application: { name: 'kept' } });
      expect(await second.stop('SIGTERM')).toBe(0);

      const third = await startStack({ portOffset, folder, args: ['--reset'] });
      const gone = await third.call({ token: third.token('admin'), tenant: 'acme', query: '{ applications { data { name } } }' });
      expect(gone.body.data.applications.data.map(({ name }: { name: string }) => name).sort()).toEqual(['field-service', 'webshop']);
      expect(await third.stop()).toBe(0);
    },
    LIMIT_MS,
  );

  it(
    'says which port is busy and ends with a failure',
    async () => {
      const squatter = createServer();
      const portOffset = await freePortOffset();
      const port = 8080 + portOffset;
      await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
      await expect(startStack({ portOffset, args: ['--ephemeral'] })).rejects.toThrow(new RegExp(`${port} \\(gateway\\)[\\s\\S]*BINNACLE_PORT_OFFSET`));
      await new Promise((resolve) => squatter.close(resolve));
    },
    LIMIT_MS,
  );

  it(
    'stops all of it with a failure when one service dies',
    async () => {
      const stack = await startStack({ args: ['--no-seed'] });
      const pids = pidsOf(stack.folder);
      const director = pids.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('services/director'));
      if (director === undefined) throw new Error('no pid of the Director is remembered');
      const exited = new Promise<number | null>((resolve) => stack.process.once('exit', resolve));
      process.kill(director, 'SIGKILL');
      expect(await exited).toBe(1);
      expect(stack.output()).toContain('director ended (SIGKILL)');
      expect(pids.filter(isRunning)).toEqual([]);
      rmSync(stack.folder, { recursive: true, force: true });
    },
    LIMIT_MS,
  );

  it(
    'cleans up after a run that was killed',
    async () => {
      const portOffset = await freePortOffset();
      const killed = await startStack({ portOffset, folder, args: ['--no-seed'] });
      const left = pidsOf(folder);
      const exited = new Promise((resolve) => killed.process.once('exit', resolve));
      killed.process.kill('SIGKILL');
      await exited;
      const started = performance.now();
      const next = await startStack({ portOffset, folder, args: ['--no-seed'] });
      expect(left.filter(isRunning)).toEqual([]);
      // They end when asked; the second start kills those that do not, after 20 s.
      expect(performance.now() - started).toBeLessThan(18_000);
      expect(await next.stop()).toBe(0);
    },
    LIMIT_MS,
  );

  it(
    'is not disturbed by a second start on the same data, which says who works there',
    async () => {
      const first = await startStack({ folder, args: ['--no-seed'] });
      await expect(startStack({ folder, args: ['--no-seed'] })).rejects.toThrow(new RegExp(`running on these data already \\(process ${first.process.pid}`));
      expect((await fetch(`${first.gateway}/healthz`)).status).toBe(200);
      expect(await first.stop()).toBe(0);
    },
    LIMIT_MS,
  );

  it(
    'begins again after the database and the starter were killed at once, in the middle of writing their notes',
    async () => {
      const killed = await startStack({ folder, args: ['--no-seed'] });
      const left = pidsOf(folder);
      const exited = new Promise((resolve) => killed.process.once('exit', resolve));
      for (const pid of [killed.process.pid ?? 0, ...left]) process.kill(pid, 'SIGKILL');
      await exited;
      writeFileSync(path.join(folder, 'running.json'), '[12');
      const next = await startStack({ folder, args: ['--no-seed'] });
      expect(await next.stop()).toBe(0);
    },
    LIMIT_MS,
  );

  it(
    'stops all of it with a failure when the database dies',
    async () => {
      const stack = await startStack({ folder, args: ['--no-seed'] });
      const pids = pidsOf(folder);
      const exited = new Promise<number | null>((resolve) => stack.process.once('exit', resolve));
      process.kill(Number.parseInt(readFileSync(path.join(folder, 'postgres/data/postmaster.pid'), 'utf8'), 10), 'SIGKILL');
      expect(await exited).toBe(1);
      expect(stack.output()).toContain('Postgres ended (SIGKILL)');
      expect(pids.filter(isRunning)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'keeps secrets and logs to their owner, and with --ephemeral keeps nothing',
    async () => {
      const stack = await startStack({ folder, args: ['--no-seed'] });
      const mode = (name: string): string => (statSync(path.join(folder, name)).mode & 0o777).toString(8);
      // Root's database server runs as another account, which has to pass.
      expect(mode('.')).toBe(process.getuid?.() === 0 ? '711' : '700');
      expect([mode('keys'), mode('keys/envelope.key'), mode('identity'), mode('postgres/data')]).toEqual(['700', '600', '700', '700']);
      expect(await stack.stop()).toBe(0);

      const ephemeral = await startStack({ args: ['--ephemeral', '--no-seed'] });
      const [, used = ''] = /Data and logs: (.*)/.exec(ephemeral.output()) ?? [];
      expect(existsSync(used)).toBe(true);
      expect(await ephemeral.stop()).toBe(0);
      expect([existsSync(used), ephemeral.output().includes('nothing is kept')]).toEqual([false, true]);
    },
    LIMIT_MS,
  );

  it(
    "runs on a Postgres of the user's: migrations as its owner, services as roles that own nothing",
    async () => {
      const server = process.env['BINNACLE_TEST_POSTGRES'] ?? '';
      const database = `own_${randomBytes(4).toString('hex')}`;
      await asAdmin(server, async (client) => {
        await client.query(`create role ${database} login createrole password 'secret'`);
        // Roles are of the server, and another run has made them: their creator may hand them on.
        for (const role of SERVICE_ROLES) await client.query(`grant ${role} to ${database} with admin option`);
        await client.query(`create database ${database} owner ${database}`);
      });
      const address = new URL(withDatabase(server, database));
      [address.username, address.password] = [database, 'secret'];
      const stack = await startStack({ env: { BINNACLE_DATABASE_URL: address.href } });
      expect(existsSync(path.join(stack.folder, 'postgres'))).toBe(false);
      const seen = await stack.call({ token: stack.token('admin'), tenant: 'acme', query: '{ applications { totalCount } }' });
      expect(seen.body).toEqual({ data: { applications: { totalCount: 2 } } });
      const { owners, users } = await asAdmin(withDatabase(server, database), async (client) => ({
        owners: (await client.query(`select distinct tableowner from pg_tables where schemaname = 'public'`)).rows,
        users: (
          await client.query(`select distinct usename from pg_stat_activity where datname = $1 and pid <> pg_backend_pid() and application_name <> ''`, [
            database,
          ])
        ).rows,
      }));
      expect(owners).toEqual([{ tableowner: database }]);
      expect(users.map(({ usename }) => usename as string).sort()).toEqual(['binnacle_connector', 'binnacle_director', 'binnacle_gateway']);
      expect(await stack.stop()).toBe(0);
      await asAdmin(server, async (client) => {
        await client.query(`drop database ${database} with (force)`);
        await client.query(`drop owned by ${database}`);
        await client.query(`drop role ${database}`);
      });
    },
    LIMIT_MS,
  );

  it(
    'says so when the Postgres of the user does not answer',
    async () => {
      const portOffset = await freePortOffset();
      const env = { BINNACLE_DATABASE_URL: `postgres://owner:secret@127.0.0.1:${5433 + portOffset}/nowhere` };
      await expect(startStack({ portOffset, env })).rejects.toThrow(/ended with 1:[\s\S]*binnacle: .*ECONNREFUSED/);
    },
    LIMIT_MS,
  );
});
