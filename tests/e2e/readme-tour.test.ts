import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Stack, startStack } from '../support/stack.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const MARK = '--- end of step ---';

/** The tour's commands with the output shown under each. */
function stepsOf(readme: string): readonly { readonly commands: string; readonly output: string }[] {
  return [...readme.matchAll(/```sh tour\n([\s\S]*?)```\n\n```json output\n([\s\S]*?)```/g)].map(([, commands = '', output = '']) => ({ commands, output }));
}

/** Ids, times and ports differ from run to run. */
function normalise(text: string): string {
  return text.replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>').trim();
}

describe('the five-minute tour of the README', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({});
  }, 180_000);
  afterAll(() => stack.stop());

  it('prints what it shows', () => {
    const steps = stepsOf(readFileSync(path.join(ROOT, 'README.md'), 'utf8'));
    expect(steps.length).toBe(5);
    const script = steps
      .map(({ commands }) => `${commands}\necho '${MARK}'`)
      .join('\n')
      .replaceAll('http://localhost:8080', stack.gateway);
    const run = spawnSync('bash', ['-c', script], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, BINNACLE_DATA: stack.folder, BINNACLE_PORT_OFFSET: String(stack.portOffset) },
    });
    const outputs = run.stdout.split(MARK).slice(0, -1);
    expect(outputs.map(normalise)).toEqual(steps.map(({ output }) => normalise(output)));
  }, 120_000);
});
