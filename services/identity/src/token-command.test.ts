import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type IdentityUnderTest, startIdentityUnderTest, verifiedClaims } from './testing/identity-under-test.ts';

const run = promisify(execFile);

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `token-command.ts` as the CLI does. */
async function tokenCommand(...args: string[]): Promise<Ended> {
  const command = path.join(import.meta.dirname, 'token-command.ts');
  return run(process.execPath, [command, ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: Ended) => ({ code, stdout, stderr }),
  );
}

describe('the token command', () => {
  let under: IdentityUnderTest;
  beforeAll(async () => {
    under = await startIdentityUnderTest();
  });
  afterAll(() => under.stop());

  it.each([
    ['admin', 'Ada Admin', ['mps-superadmin', 'tenantAdmin'], undefined],
    ['operator', 'Otto Operator', ['runtimeOperator'], ['acme']],
    ['viewer', 'Vera Viewer', [], ['acme']],
    ['partner', 'Petra Partner', ['mps-superadmin'], ['globex']],
  ])('prints a token of %s with its groups and tenants', async (user, name, groups, tenants) => {
    const { code, stdout, stderr } = await tokenCommand('--user', user, '--issuer', under.issuer);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const claims = await verifiedClaims(under.issuer, stdout.trim());
    expect(claims).toMatchObject({ iss: under.issuer, aud: 'binnacle', sub: user, name, groups, client_id: 'cli' });
    expect(claims['tenants']).toEqual(tenants);
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(3_600);
  });

  it('says so when there is no such user', async () => {
    const { code, stdout, stderr } = await tokenCommand('--user', 'nobody', '--issuer', under.issuer);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('there is no such user');
  });

  it('says so when no provider answers', async () => {
    const { code, stdout, stderr } = await tokenCommand('--issuer', 'http://localhost:1');
    expect([code, stdout, stderr]).toEqual([1, '', 'no OpenID provider answers at http://localhost:1: is "npm start" running?\n']);
  });
});
