import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMetrics } from '@binnacle/http/admin-server';
import { generateSigningKey } from '@binnacle/internal-token/mint';
import { mintServiceToken } from '@binnacle/internal-token/service-token';
import type { JSONWebKeySet } from 'jose';
import { parseServiceClients, serviceClient } from './authentication/service-client.ts';
import { gatewayMetrics } from './metrics.ts';
import { createStream } from './proxy/streams.ts';
import { createUpstream } from './proxy/upstream.ts';
import { boundTo } from './routing/hosts.ts';
import { internalRoutes, type Route, routeTable } from './routing/routes.ts';
import { type Gateway, startGateway } from './server.ts';
import { createMinter } from './signing-keys/minter.ts';

const TENANT = '11111111-1111-7111-8111-111111111111';
const nowSeconds = (): number => Math.floor(Date.now() / 1000);
const RAW: Route = { name: 'raw', hosts: ['internal'], path: '/raw', methods: ['GET'], auth: 'anonymous', kind: 'proxy', upstream: 'director' };

/** Tests of one door before a service whose every byte is ours. */
describe('a door before a service that misbehaves', () => {
  const service = generateSigningKey();
  const signing = generateSigningKey();
  const stranger = generateSigningKey();
  let upstream: Server;
  let door: Gateway;
  /** What the service does with a connection once a request has come. */
  let behave: (socket: Socket, request: string) => void;
  let backend: { graphql: ReturnType<typeof createUpstream>; stream: ReturnType<typeof createStream> };

  beforeAll(async () => {
    upstream = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => behave(socket, chunk.toString()));
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    const patience = { timeoutMs: 1_500, timeoutStatus: 504, stallMs: 1_500 } as const;
    backend = { graphql: createUpstream(origin, patience), stream: createStream(origin, patience) };
    const clients = { connector: { keys: [service.publicJwk] } as unknown as JSONWebKeySet };
    door = await startGateway({
      host: '127.0.0.1',
      port: 0,
      routes: routeTable([...internalRoutes({ openHydrator: false }), RAW]),
      names: boundTo('internal'),
      authenticators: { service: serviceClient(parseServiceClients(Buffer.from(JSON.stringify(clients)))) },
      minter: createMinter({ keys: () => ({ current: signing, published: [] }), issuer: 'test', nowSeconds }),
      backends: { director: backend },
      connectionsPerAddress: 100,
      corsOrigins: [],
      documents: {},
      metrics: gatewayMetrics(createMetrics('gateway')),
      times: { headersTimeout: 300, requestTimeout: 600, connectionsCheckingInterval: 50 },
    });
  });
  afterAll(async () => {
    backend.stream.close();
    await backend.graphql.close();
    await door.close();
    upstream.close();
  });

  const call = (query = '{ a }', init: { readonly token?: string; readonly tenant?: string; readonly signal?: AbortSignal } = {}) =>
    fetch(`http://127.0.0.1:${door.port}/director/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${init.token ?? mintServiceToken(service, 'connector', nowSeconds())}`,
        'content-type': 'application/json',
        ...(init.tenant === undefined ? {} : { tenant: init.tenant }),
      },
      body: JSON.stringify({ query }),
      ...(init.signal ? { signal: init.signal } : {}),
    });
  const whole = (body: string, headers = ''): string =>
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;

  it.each(['/director/graphql', '/raw'])('breaks off what the service broke off, on %s', async (path) => {
    behave = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"data":');
      setTimeout(() => socket.destroy(), 50);
    };
    const answer = path === '/raw' ? await fetch(`http://127.0.0.1:${door.port}/raw`) : await call('mutation { a }');
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  it.each(['/director/graphql', '/raw'])('answers 502 to what is no answer, and 504 to none, on %s', async (path) => {
    const ask = () => (path === '/raw' ? fetch(`http://127.0.0.1:${door.port}/raw`) : call('mutation { a }'));
    behave = (socket) => void socket.end('nonsense\r\n\r\n');
    expect((await ask()).status).toBe(502);
    behave = () => undefined;
    const slow = await ask();
    expect([slow.status, slow.headers.get('retry-after')]).toEqual([504, '1']);
  });

  it('leaves its idle connections when the service says that it goes', async () => {
    const open = new Set<Socket>();
    upstream.on('connection', (socket: Socket) => {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    });
    const waiting: Socket[] = [];
    behave = (socket) => {
      waiting.push(socket);
      if (waiting.length === 4) for (const each of waiting) each.write(whole('{"data":1}'));
    };
    await Promise.all(Array.from({ length: 4 }, async () => (await call()).text()));
    expect(open.size).toBe(4);
    behave = (socket) => void socket.end(whole('{"data":1}', 'connection: close\r\n'));
    await (await call()).text();
    for (let attempt = 0; open.size > 0 && attempt < 100; attempt += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(open.size).toBe(0);
  });

  it('cancels a query whose client has gone, and not a mutation', async () => {
    const ended = async (query: string): Promise<boolean> => {
      const came = Promise.withResolvers<Socket>();
      behave = (socket) => came.resolve(socket);
      const controller = new AbortController();
      const answer = call(query, { signal: controller.signal }).catch(() => undefined);
      const socket = await came.promise;
      const gone = new Promise<boolean>((resolve) => socket.once('close', () => resolve(true)));
      controller.abort();
      await answer;
      const early = await Promise.race([gone, new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 300))]);
      socket.destroy();
      return early;
    };
    expect(await ended('{ a }')).toBe(true);
    expect(await ended('mutation { a }')).toBe(false);
  });

  it.each([
    ['headers', 'POST /director/graphql HTTP/1.1\r\nhost: x\r\n'],
    ['nothing', ''],
  ])('answers 408 to a client that sends %s and then waits', async (_, bytes) => {
    expect(await exchange(bytes)).toMatch(/^HTTP\/1\.1 408 [\s\S]*x-request-id: [\s\S]*"REQUEST_TIMEOUT"/i);
  });

  it('answers 408 to half a body', async () => {
    const token = mintServiceToken(service, 'connector', nowSeconds());
    const head = `POST /director/graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer ${token}\r\ncontent-length: 100\r\n\r\n{"query":`;
    behave = () => {
      throw new Error('a half call has come through');
    };
    expect(await exchange(head)).toMatch(/^HTTP\/1\.1 408 [\s\S]*"REQUEST_TIMEOUT"/);
  });

  async function exchange(bytes: string): Promise<string> {
    const { connect } = await import('node:net');
    return new Promise((resolve) => {
      const socket = connect(door.port, '127.0.0.1', () => void (bytes === '' || socket.write(bytes)));
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.once('error', () => undefined);
      socket.once('close', () => resolve(text));
    });
  }

  it('knows a service by its key, with fixed rights and the tenant that it names', async () => {
    let seen = '';
    behave = (socket, request) => {
      seen = request;
      socket.write(whole('{"data":1}'));
    };
    expect((await call('{ a }', { tenant: TENANT })).status).toBe(200);
    const claims = JSON.parse(Buffer.from(/authorization: Bearer [^.]+\.([^.]+)/i.exec(seen)?.[1] ?? '', 'base64url').toString()) as Record<string, string>;
    expect(claims).toMatchObject({
      consumerID: 'connector',
      consumerType: 'Internal Component',
      flow: 'Internal',
      aud: 'director',
      tenant: JSON.stringify({ consumerTenant: TENANT, externalTenant: '' }),
    });
    expect(claims['scopes']?.split(' ')).toContain('tenant:write');
    seen = '';
    const refused = [
      mintServiceToken(stranger, 'connector', nowSeconds()),
      mintServiceToken(service, 'director', nowSeconds()),
      mintServiceToken(service, 'connector', nowSeconds() - 3_600),
      'garbage',
    ];
    for (const token of refused) expect((await call('{ a }', { token })).status).toBe(401);
    expect((await call('{ a }', { tenant: 'acme' })).status).toBe(400);
    expect(seen).toBe('');
  });
});
