import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const SERVICE = `
  const { startLog } = await import(${JSON.stringify(path.join(import.meta.dirname, 'log.ts'))});
  const log = startLog({ service: 'talkative', level: 'info' });
  process.on('SIGTERM', () => { log.info('stopping'); log.info('stopped'); process.exit(0); });
  setInterval(() => undefined, 1_000);
  log.info('started');
`;

describe('the log', () => {
  it('lets a process end whose output nobody reads any more', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', SERVICE], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    const closed = once(child.stdout, 'close');
    child.stdout.destroy();
    await closed;
    child.kill('SIGTERM');
    const limit = setTimeout(() => child.kill('SIGKILL'), 10_000);
    expect(await ended).toEqual([0, null]);
    clearTimeout(limit);
  }, 20_000);
});
