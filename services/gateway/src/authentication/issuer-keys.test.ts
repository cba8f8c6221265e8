import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { createIssuerKeys, type IssuerKeys, IssuerUnavailable } from './issuer-keys.ts';

const MINUTE = 60_000;

describe('keys of an OpenID provider', () => {
  let server: Server;
  let keys: IssuerKeys;
  let published: readonly JWK[];
  let answers: boolean;
  let fetches: number;
  let now: number;
  let extra: string;

  beforeEach(async () => {
    [answers, fetches, now, extra] = [true, 0, 0, ''];
    published = [await jwk('first')];
    server = createServer((request, response) => {
      if (!answers) return void request.socket.destroy();
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      if (request.url === '/.well-known/openid-configuration') return void response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks` }));
      fetches += 1;
      response.end(JSON.stringify({ keys: published, extra }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    keys = createIssuerKeys({ issuer, onChange: () => undefined, onFetch: () => undefined, now: () => now });
  });
  afterEach(() => {
    keys.stop();
    server.closeAllConnections();
    server.close();
  });

  const jwk = async (kid: string): Promise<JWK> => ({
    ...(await exportJWK((await generateKeyPair('RS256', { extractable: true })).publicKey)),
    kid,
    alg: 'RS256',
    use: 'sig',
  });
  const find = async (kid: string) => keys.find({ alg: 'RS256', kid }, { payload: '', signature: '' });

  it('work for an hour after the last good reading; meanwhile an unknown one is not the caller’s fault', async () => {
    await find('first');
    answers = false;
    now = 59 * MINUTE;
    await find('first');
    await expect(find('made since')).rejects.toThrow(IssuerUnavailable);
    now = 61 * MINUTE;
    await expect(find('first')).rejects.toThrow(IssuerUnavailable);
    answers = true;
    now += MINUTE;
    await find('first');
  });

  it('are read again for an unknown one at once, and then not before the cooldown is over', async () => {
    await keys.ready();
    published = [...published, await jwk('second')];
    await find('second');
    expect(fetches).toBe(2);
    await Promise.allSettled(Array.from({ length: 100 }, (_, n) => find(`unknown-${n}`)));
    expect(fetches).toBe(2);
    published = [await jwk('third')];
    await expect(find('third')).rejects.toThrow('no applicable key');
    now = 31_000;
    await find('third');
    await expect(find('first')).rejects.toThrow('no applicable key');
    expect(fetches).toBe(3);
  });

  it('are not taken from an answer that is too large', async () => {
    extra = 'x'.repeat(300_000);
    await expect(keys.ready()).rejects.toThrow('has not been reached');
  });
});
