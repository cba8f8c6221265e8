import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { freePortOffset, startStack } from '../support/stack.ts';

const LIMIT_MS = 180_000;

/** The processes that a stack on this folder has started. */
const pidsOf = (folder: string): readonly number[] => JSON.parse(readFileSync(path.join(folder, 'running.json'), 'utf8')) as number[];

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
      for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
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
      for (const pid of left) expect(() => process.kill(pid, 0)).toThrow();
      // They end when asked; the second start kills those that do not, after 20 s.
      expect(performance.now() - started).toBeLessThan(18_000);
      expect(await next.stop()).toBe(0);
    },
    LIMIT_MS,
  );
});
