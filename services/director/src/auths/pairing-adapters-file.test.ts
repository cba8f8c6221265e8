import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { pairingAdaptersFrom } from './pairing-adapters-file.ts';

describe('the file of pairing adapters', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-pairing-'));
  const file = path.join(folder, 'adapters.json');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const read = (content: unknown, hosts: readonly string[]) => {
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return pairingAdaptersFrom(file, hosts)();
  };

  it('names addresses at allowed hosts, and is read again for each token', async () => {
    const adapters = { a: 'https://pair.example.com/adapter', b: 'http://127.0.0.1:8080/adapter', c: 'https://PAIR.example.com:8443/x' };
    expect(await read(adapters, ['pair.example.com', '127.0.0.1:8080'])).toEqual(adapters);
    const again = pairingAdaptersFrom(file, ['pair.example.com']);
    writeFileSync(file, JSON.stringify({ a: adapters.a }));
    expect(await again()).toEqual({ a: adapters.a });
  });

  it.each([
    ['https://169.254.169.254/latest', 'which is no allowed host'],
    ['https://pair.example.com.evil.example/adapter', 'which is no allowed host'],
    ['https://pair.example.com@evil.example/adapter', 'has credentials in its address'],
    ['http://pair.example.com:9000/adapter', 'which is no allowed host'],
    ['file:///etc/passwd', 'has no address'],
    ['pair.example.com/adapter', 'has no address'],
    [7, 'has no address'],
  ])('refuses %s', async (address, reason) => {
    await expect(read({ a: address }, ['pair.example.com:443'])).rejects.toThrow(reason);
  });

  it('refuses what is no JSON object', async () => {
    for (const content of ['[]', 'null', '{', '"x"']) await expect(read(content, [])).rejects.toThrow();
  });

  it('is not needed', async () => {
    expect(await pairingAdaptersFrom(undefined, [])()).toEqual({});
  });
});
