import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createJwksSource, type JwksSource } from './jwks-source.ts';
import { generateSigningKey } from './mint.ts';

describe('the public keys of the Gateway', () => {
  const known = generateSigningKey();
  let server: Server;
  let source: JwksSource;
  let hits = 0;
  let answer: () => { status: number; body: string };

  beforeEach(async () => {
    hits = 0;
    answer = () => ({ status: 200, body: JSON.stringify({ keys: [known.publicJwk] }) });
    server = createServer((_, response) => {
      hits += 1;
      const { status, body } = answer();
      response.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    source = createJwksSource(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`);
  });
  afterEach(async () => {
    source.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('are read once, and at most once more in ten seconds for unknown ones, however many ask', async () => {
    expect(await source.find(known.kid)).toBeDefined();
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => source.find(`unknown-${n}`)));
    for (let n = 0; n < 100; n += 1) expect(await source.find(`later-${n}`)).toBeUndefined();
    expect(hits).toBe(1);
  });

  it('stay when the Gateway is away or answers nonsense', async () => {
    const eager = createJwksSource(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`, 0);
    await eager.ready();
    for (const broken of ['not json', '{"keys":[{"kid":"x","kty":"EC"}]}', '{"keys":[]}'.padEnd(100_000)]) {
      answer = () => ({ status: 200, body: broken });
      const before = hits;
      expect(await eager.find('unknown')).toBeUndefined();
      expect(hits).toBe(before + 1);
      expect(await eager.find(known.kid)).toBeDefined();
    }
    eager.close();
  });

  it('are missed with a sentence while they have never been read', async () => {
    answer = () => ({ status: 503, body: '' });
    await expect(source.ready()).rejects.toThrow('no signing keys');
  });
});
