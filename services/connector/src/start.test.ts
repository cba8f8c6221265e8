import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@binnacle/testkit/test-database';

const ROOT = path.resolve(import.meta.dirname, '../../..');

describe('the Connector as a process', () => {
  let database: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    folder = mkdtempSync(path.join(tmpdir(), 'binnacle-connector-'));
    writeFileSync(path.join(folder, 'envelope.key'), randomBytes(32).toString('base64'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await database.drop();
  });

  const settings = (): Record<string, string> => ({
    CONNECTOR_PORT: '39402',
    CONNECTOR_ADMIN_PORT: '39492',
    REGISTRY_URL: database.connectorUrl,
    ENVELOPE_KEY_FILE: path.join(folder, 'envelope.key'),
    INTERNAL_JWKS_URL: 'http://127.0.0.1:9/jwks.json',
    CONNECTOR_DIRECTOR_URL: 'https://gateway.test/director/graphql',
    CONNECTOR_CERTIFICATE_SECURED_URL: 'https://gateway.test/connector/graphql',
    CONNECTOR_PUBLIC_URL: 'http://gateway.test',
  });
  function run(main: string, env: Record<string, string>, args: readonly string[] = []): Promise<{ code: number | null; errors: string; output: string }> {
    return new Promise((resolve) => {
      const child = spawn(process.execPath, ['-C', 'binnacle-src', `services/connector/src/${main}`, ...args], {
        cwd: ROOT,
        env: { PATH: process.env['PATH'], ...settings(), ...env },
      });
      let errors = '';
      let output = '';
      child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.on('close', (code) => resolve({ code, errors, output }));
    });
  }

  it('does not start without a certificate authority, and says what to do', async () => {
    const { code, errors } = await run('main.ts', {});
    expect([code, errors.split('\n')[0]]).toEqual([1, expect.stringMatching(/^there is no certificate authority: make one with `\.\/binnacle pki init`/)]);
  });

  it('names every setting that cannot be used at once', async () => {
    const { code, errors } = await run('main.ts', {
      CSR_SUBJECT_ORGANIZATION: 'A,B',
      CONNECTOR_CA_KEY_FILE: '/nowhere',
      CONNECTOR_PUBLIC_URL: '',
      CONNECTOR_CA_SECONDS: '60',
    });
    expect(code).toBe(1);
    for (const fault of [
      'organization of the subject',
      'CONNECTOR_CA_KEY_FILE names a file that cannot be read',
      'CONNECTOR_PUBLIC_URL is missing',
      'CONNECTOR_CA_SECONDS',
    ])
      expect(errors).toContain(fault);
  });

  it('does not start with a key that belongs to another certificate', async () => {
    const { openSsl } = await import('./testing/openssl.ts');
    const ssl = openSsl();
    for (const name of ['one', 'two']) await ssl.run(`req -x509 -new -newkey rsa:2048 -nodes -keyout ${name}.key -out ${name}.crt -subj /CN=${name} -days 2`);
    const files = { CONNECTOR_CA_CERTIFICATE_FILE: path.join(ssl.folder, 'one.crt'), CONNECTOR_CA_KEY_FILE: path.join(ssl.folder, 'two.key') };
    const { code, errors } = await run('main.ts', files);
    ssl.remove();
    expect([code, errors.split('\n')[0]]).toEqual([1, 'the CA key does not belong to the CA certificate']);
  });

  it('has its authority made and looked at with the pki command', async () => {
    expect(await run('pki-command.ts', {}, ['init'])).toMatchObject({ code: 0, output: 'made a root and an issuing authority\n' });
    expect(await run('pki-command.ts', {}, ['init'])).toMatchObject({ code: 0, output: 'there is one already: nothing to do\n' });
    const { output } = await run('pki-command.ts', {}, ['status']);
    expect(output).toMatch(/^root +active .*\nintermediate active .* 0 good certificates\n$/);
    expect(await run('pki-command.ts', {}, ['approve', 'nonsense'])).toMatchObject({ code: 1 });
    expect(await run('pki-command.ts', {}, ['renew-now'])).toMatchObject({ code: 1, errors: expect.stringContaining('say whose certificates') });
    expect((await run('pki-command.ts', {}, ['else'])).code).toBe(2);
  });
});
