import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadKeys } from './keys.ts';

describe('the provider', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-identity-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('keeps its keys over a restart, for its owner only', () => {
    const first = loadKeys(path.join(folder, 'keys'));
    expect(loadKeys(path.join(folder, 'keys'))).toEqual(first);
    expect(loadKeys(path.join(folder, 'other')).jwks.keys[0]?.kid).not.toBe(first.jwks.keys[0]?.kid);
    expect(statSync(path.join(folder, 'keys/keys.json')).mode & 0o777).toBe(0o600);
  });

  it('refuses to run in production, where users need passwords', () => {
    const { status, stderr } = spawnSync(process.execPath, ['-C', 'binnacle-src', path.join(import.meta.dirname, 'main.ts')], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], NODE_ENV: 'production', IDENTITY_DATA: folder, LOG_LEVEL: 'silent' },
    });
    expect([status, stderr]).toEqual([1, expect.stringContaining('this provider knows users without passwords')]);
  });
});
