import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMetrics } from '@binnacle/http/admin-server';
import { generateSigningKey } from '@binnacle/internal-token/mint';
import { createTokenVerifier, staticKeys } from '@binnacle/internal-token/verify';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { gatewayMetrics } from '../metrics.ts';
import { createStream } from '../proxy/streams.ts';
import { createUpstream } from '../proxy/upstream.ts';
import { boundTo } from '../routing/hosts.ts';
import { internalRoutes, routeTable } from '../routing/routes.ts';
import { type Gateway, startGateway } from '../server.ts';
import { createMinter } from '../signing-keys/minter.ts';
import { createIssuerKeys, type IssuerKeys } from './issuer-keys.ts';
import { serviceAccount } from './service-account.ts';

const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const ACCOUNT = 'system:serviceaccount:binnacle:connector';
const TENANT = '11111111-1111-7111-8111-111111111111';
const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

describe('services with the token of their service account', () => {
  const signing = generateSigningKey();
  let key: CryptoKey;
  let cluster: Server;
  let director: Server;
  let door: Gateway;
  let keys: IssuerKeys;
  let backend: { graphql: ReturnType<typeof createUpstream>; stream: ReturnType<typeof createStream> };
  let internalToken = '';

  const listening = async (server: Server): Promise<string> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  beforeAll(async () => {
    const pair = await generateKeyPair('RS256');
    key = pair.privateKey;
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'cluster', alg: 'RS256', use: 'sig' };
    cluster = createServer((_, response) => void response.end(JSON.stringify({ keys: [jwk] })));
    director = createServer((request, response) => {
      internalToken = String(request.headers.authorization).replace('Bearer ', '');
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{}}');
    });
    const patience = { timeoutMs: 1_500, timeoutStatus: 504, stallMs: 1_500 } as const;
    const origin = await listening(director);
    backend = { graphql: createUpstream(origin, patience), stream: createStream(origin, patience) };
    keys = createIssuerKeys({ issuer: ISSUER, jwksUrl: await listening(cluster), onChange: () => undefined, onFetch: () => undefined });
    door = await startGateway({
      host: '127.0.0.1',
      port: 0,
      routes: routeTable(internalRoutes({ openHydrator: false })),
      names: boundTo('internal'),
      authenticators: { 'service-account': serviceAccount({ issuer: ISSUER, findKey: keys.find, accounts: [ACCOUNT] }) },
      minter: createMinter({ keys: () => ({ current: signing, published: [] }), issuer: 'test', nowSeconds }),
      backends: { director: backend },
      connectionsPerAddress: 100,
      corsOrigins: [],
      documents: {},
      metrics: gatewayMetrics(createMetrics('gateway')),
    });
  });
  afterAll(async () => {
    await door.close();
    keys.stop();
    await backend.graphql.close();
    backend.stream.close();
    for (const server of [cluster, director]) {
      server.closeAllConnections();
      server.close();
    }
  });

  const token = ({ subject = ACCOUNT, audience = 'binnacle-gateway', issuer = ISSUER, expiresIn = '1h', by = key } = {}): Promise<string> =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'RS256', kid: 'cluster' })
      .setSubject(subject)
      .setAudience(audience)
      .setIssuer(issuer)
      .setIssuedAt()
      .setExpirationTime(expiresIn)
      .sign(by);
  const call = async (bearer: string, tenant = TENANT): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${door.port}/director/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, tenant, 'content-type': 'application/json' },
      body: '{"query":"{ a }"}',
    });
    return response.status;
  };

  it('come to the Director with fixed rights and the tenant they name', async () => {
    expect(await call(await token())).toBe(200);
    const verifier = createTokenVerifier({ keys: staticKeys([signing.publicJwk]), issuer: 'test', audience: 'director', nowSeconds });
    expect(await verifier.verify(internalToken)).toMatchObject({ consumerId: ACCOUNT, consumerType: 'Internal Component', flow: 'Internal', tenant: TENANT });
    expect(await call(await token(), 'acme')).toBe(400);
  });

  it('are refused as another account, for another audience, from another cluster, too late, and with another key', async () => {
    const stranger = (await generateKeyPair('RS256')).privateKey;
    for (const wrong of [
      { subject: 'system:serviceaccount:other:connector' },
      { audience: 'https://kubernetes.default.svc' },
      { issuer: 'https://elsewhere' },
      { expiresIn: '-2m' },
      { by: stranger },
    ])
      expect([wrong, await call(await token(wrong))]).toEqual([wrong, 401]);
  });
});
