import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayUnderTest, startGatewayUnderTest } from '../testing/gateway-under-test.ts';
import { addClient, fetchToken, type TestClient } from '../testing/oauth-clients.ts';

const QUERY = { query: '{ viewer { id } }' };

describe('tokens of another OAuth2 server', () => {
  let server: Server;
  let under: GatewayUnderTest;
  let client: TestClient;
  const asked: { authorization: string | undefined; form: URLSearchParams }[] = [];
  let answer: (token: string) => { readonly status: number; readonly body: unknown };

  beforeAll(async () => {
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const form = new URLSearchParams(text);
        asked.push({ authorization: request.headers.authorization, form });
        const { status, body } = answer(form.get('token') ?? '');
        response.writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' }).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`;
    under = await startGatewayUnderTest({ elsewhere: { url, clientId: 'gate:way', clientSecret: 's%cret' } });
    client = await addClient(under, 'application');
  });
  afterAll(async () => {
    await under.stop();
    server.close();
  });
  beforeEach(() => {
    asked.length = 0;
    under.seen.length = 0;
  });

  const call = (token: string) => under.post(QUERY, { authorization: `Bearer ${token}` });
  const active = (more: object) => () => ({ status: 200, body: { active: true, client_id: client.id, ...more } });

  it('are accepted when that server says so, as the client with the same id', async () => {
    answer = active({ scope: 'application:read' });
    expect((await call('foreign-1')).status).toBe(200);
    const caller = await under.callerOf(under.seen[0]);
    expect(caller).toMatchObject({ consumerId: client.objectId, consumerType: 'Application', flow: 'OAuth2', externalTenant: 'acme' });
    expect([...caller.scopes]).toEqual(['application:read']);
    expect([asked[0]?.authorization, asked[0]?.form.get('token')]).toEqual([`Basic ${Buffer.from('gate%3Away:s%25cret').toString('base64')}`, 'foreign-1']);
  });

  it('may be signed ones, unless the OpenID provider has signed them', async () => {
    answer = active({});
    expect((await call(await under.token({}, { issuer: 'http://other.test' }))).status).toBe(200);
    expect((await under.callerOf(under.seen[0])).consumerType).toBe('Application');
    await call(await under.token());
    expect((await under.callerOf(under.seen[1])).consumerType).toBe('Static User');
    expect((await call(await under.token({}, { audience: 'another' }))).status).toBe(401);
    expect(asked.length).toBe(1);
  });

  it('are refused when that server does not know them, or we not their client', async () => {
    for (const body of [
      { active: false },
      { active: 'true', client_id: client.id },
      { active: true },
      { active: true, client_id: 'somebody' },
      { active: true, client_id: client.id, exp: 1 },
    ]) {
      answer = () => ({ status: 200, body });
      expect((await call(`foreign-${JSON.stringify(body).length}`)).status).toBe(401);
    }
  });

  it('are neither accepted nor refused while that server does not answer', async () => {
    for (const broken of [
      { status: 500, body: {} },
      { status: 302, body: {} },
      { status: 200, body: null },
      { status: 200, body: { active: true, filler: 'x'.repeat(100_000) } },
    ]) {
      answer = () => broken;
      const { status, headers } = await call('foreign-2');
      expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    }
  });

  it('stand beside our own, about which nobody is asked', async () => {
    answer = () => ({ status: 500, body: {} });
    expect((await call(await fetchToken(under, client))).status).toBe(200);
    expect(asked).toEqual([]);
  });
});
