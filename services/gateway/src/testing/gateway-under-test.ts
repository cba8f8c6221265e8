import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createMetrics } from '@binnacle/http/admin-server';
import type { Metrics } from '@binnacle/http/admin-server';
import { createTokenVerifier, staticKeys } from '@binnacle/internal-token/verify';
import type { Caller } from '@binnacle/internal-token/caller';
import { generateSigningKey } from '@binnacle/internal-token/mint';
import { openRegistry } from '@binnacle/registry/registry';
import { asAdmin, createTestDatabase, type TestDatabase } from '@binnacle/testkit/test-database';
import { createKeyedHash } from '@binnacle/trust/keyed-hash';
import { createUseRecorder } from '@binnacle/trust/use-recorder';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createOidcVerifier } from '../authentication/oidc.ts';
import { oidcBearer } from '../authentication/oidc-bearer.ts';
import { createTenantResolver } from '../authentication/tenants.ts';
import { createRateLimiter, type Rate } from '../guard/rate-limit.ts';
import { gatewayMetrics } from '../metrics.ts';
import type { FailureRates } from '../oauth/failing-clients.ts';
import type { IntrospectionServer } from '../oauth/introspect-elsewhere.ts';
import { openOAuth } from '../oauth/open-oauth.ts';
import { oauthRepository } from '../oauth/repository.ts';
import type { Backend } from '../pass-graphql.ts';
import { createStream } from '../proxy/streams.ts';
import { createUpstream } from '../proxy/upstream.ts';
import { boundTo } from '../routing/hosts.ts';
import { PUBLIC_ROUTES, routeTable } from '../routing/routes.ts';
import { type Gateway, type HttpTimes, startGateway } from '../server.ts';
import { createMinter } from '../signing-keys/minter.ts';
import { createStaticFiles } from '../static-files.ts';

const ISSUER = 'http://issuer.test';
const INTERNAL_ISSUER = 'test-gateway';
/** Address of the OAuth2 server as its clients know it. */
export const OAUTH_ISSUER = 'https://oauth2.test';

/** What the upstream saw of one call. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface GatewayUnderTest {
  readonly url: string;
  readonly port: number;
  readonly gateway: Gateway;
  readonly database: TestDatabase;
  /** Keys that secrets and tokens are hashed and sealed with. */
  readonly envelopeKeys: readonly Buffer[];
  readonly metrics: Metrics;
  /** What otherwise happens once a minute. */
  dropDeadTokens(limit: number): Promise<number>;
  /** Writes what is otherwise written every few seconds. */
  flushUses(): Promise<void>;
  /** Statements that the Gateway has sent. */
  statements(): number;
  /** Calls that reached the service behind, oldest first. */
  readonly seen: Seen[];
  /** How the service behind answers; `undefined` breaks the connection. */
  answer: (call: Seen) => { readonly status: number; readonly body: string } | undefined;
  /** Key sets that were asked for. */
  readonly jwksFetches: { count: number };
  /** A token of the issuer. */
  token(
    claims?: Readonly<Record<string, unknown>>,
    options?: {
      readonly kid?: string;
      readonly algorithm?: string;
      readonly audience?: string;
      readonly issuer?: string;
      readonly expiresIn?: string;
      readonly subject?: string;
    },
  ): Promise<string>;
  post(body: unknown, headers?: Readonly<Record<string, string>>): Promise<{ readonly status: number; readonly text: string; readonly headers: Headers }>;
  /** Sends bytes as they are and answers all that comes back. */
  raw(bytes: string): Promise<string>;
  /** Who the service behind was told is calling. */
  callerOf(call: Seen | undefined): Promise<Caller>;
  stop(): Promise<void>;
}

export interface GatewayTestOptions {
  readonly perSecond?: number;
  readonly times?: HttpTimes;
  readonly tokenSeconds?: number;
  readonly introspectors?: readonly string[];
  readonly elsewhere?: IntrospectionServer;
  readonly failures?: FailureRates;
  readonly issues?: Rate;
}

export async function startGatewayUnderTest(options: GatewayTestOptions = {}): Promise<GatewayUnderTest> {
  const database = await createTestDatabase();
  await asAdmin(database.adminUrl, async (client) => {
    await client.query(`insert into tenant (id, external_id, name, type, provider) values
      ('11111111-1111-7111-8111-111111111111', 'acme', 'Acme', 'account', 'test'), ('22222222-2222-7222-8222-222222222222', 'globex', 'Globex', 'account', 'test')`);
    await client.query('insert into tenant_ancestor (tenant_id, ancestor_id, depth, inherits) select id, id, 0, true from tenant');
  });
  const registry = openRegistry({ url: database.gatewayUrl, applicationName: 'gateway under test', poolSize: 5 });
  const keys = await generateKeyPair('RS256', { extractable: true });
  const publicJwk = { ...(await exportJWK(keys.publicKey)), kid: 'test', alg: 'RS256', use: 'sig' };
  const jwksFetches = { count: 0 };
  const issuer = await serve((_, response) => {
    jwksFetches.count += 1;
    response.end(JSON.stringify({ keys: [publicJwk] }));
  });
  const seen: Seen[] = [];
  const under: Partial<GatewayUnderTest> & Pick<GatewayUnderTest, 'answer'> = { answer: () => ({ status: 200, body: '{"data":{"ok":true}}' }) };
  const upstream = await serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const call = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() };
      seen.push(call);
      const answer = under.answer(call);
      if (!answer) request.socket.destroy();
      else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    });
  });
  const origin = `http://127.0.0.1:${portOf(upstream)}`;
  const signing = generateSigningKey();
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-static-'));
  mkdirSync(path.join(folder, 'register-application'));
  writeFileSync(path.join(folder, 'index.html'), '<!doctype html><title>page</title>');
  writeFileSync(path.join(folder, 'register-application/register-application.graphql'), 'mutation { x }');
  const metrics = createMetrics('gateway');
  const counters = gatewayMetrics(metrics);
  const tenants = createTenantResolver(registry);
  const patience = { timeoutMs: 2_000, timeoutStatus: 504, stallMs: 2_000 } as const;
  const backend = (to: string): Backend => ({ graphql: createUpstream(to, patience), stream: createStream(to, patience) });
  const [director, away] = [backend(origin), backend('http://127.0.0.1:1')];
  const verifier = createOidcVerifier({
    issuer: ISSUER,
    audience: 'binnacle',
    jwksUrl: `http://127.0.0.1:${portOf(issuer)}/jwks`,
    tenantsClaim: 'tenants',
    onFetch: () => undefined,
  });
  const envelopeKeys = [randomBytes(32)];
  const recorder = createUseRecorder(registry);
  const oauth = openOAuth({
    registry,
    envelopeKeys,
    tenants,
    recorder,
    issuer: OAUTH_ISSUER,
    tokenSeconds: options.tokenSeconds ?? 3_599,
    introspectors: options.introspectors ?? [],
    elsewhere: options.elsewhere,
    oidcIssuer: ISSUER,
    failures: options.failures ?? { client: { perSecond: 1_000, burst: 1_000 }, address: { perSecond: 1_000, burst: 1_000 } },
    issues: options.issues ?? { perSecond: 1_000, burst: 1_000 },
    onRefusal: (reason) => counters.authFailures.inc({ method: 'client credentials', reason }),
  });
  const limiter = () => createRateLimiter({ perSecond: options.perSecond ?? 10_000, burst: options.perSecond ?? 10_000 });
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    routes: routeTable(PUBLIC_ROUTES),
    names: boundTo('bare'),
    authenticators: {
      user: oidcBearer({
        verifier,
        tenants,
        groups: { superAdmin: ['admins'], operator: ['operators'], tenantAdmin: [] },
        tenantsWithoutClaim: 'super-admins',
      }),
      client: oauth.authenticator,
    },
    minter: createMinter({ keys: () => ({ current: signing, published: [] }), issuer: INTERNAL_ISSUER, nowSeconds: () => Math.floor(Date.now() / 1000) }),
    backends: { director, provisioner: away },
    rates: { consumer: limiter(), tenant: limiter() },
    connectionsPerAddress: 1_000,
    corsOrigins: ['https://console.example.com'],
    serveStatic: createStaticFiles({ playground: folder, specification: folder, examples: folder }, ISSUER),
    serveOAuth: oauth.serve,
    onChange: oauth.onChange,
    documents: { playground: { cacheControl: 'no-store', content: () => ({ issuer: ISSUER }) } },
    ...(options.times ? { times: options.times } : {}),
    metrics: counters,
  });
  const url = `http://127.0.0.1:${gateway.port}`;
  const internalTokens = createTokenVerifier({
    keys: staticKeys([signing.publicJwk]),
    issuer: INTERNAL_ISSUER,
    audience: 'director',
    nowSeconds: () => Math.floor(Date.now() / 1000),
  });
  const token: GatewayUnderTest['token'] = (
    claims = {},
    { kid = 'test', algorithm = 'RS256', audience = 'binnacle', issuer: by = ISSUER, expiresIn = '1h', subject = 'tester' } = {},
  ) =>
    new SignJWT({ name: 'Tester', groups: ['admins'], ...claims })
      .setProtectedHeader({ alg: algorithm, kid })
      .setSubject(subject)
      .setIssuer(by)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(expiresIn)
      .sign(keys.privateKey);
  const fixed = await token();
  return Object.assign(under, {
    url,
    port: gateway.port,
    gateway,
    database,
    envelopeKeys,
    metrics,
    flushUses: recorder.flush,
    statements: () => registry.statements.count,
    dropDeadTokens: oauthRepository(registry, createKeyedHash(envelopeKeys, 'oauth-token')).dropDeadTokens,
    seen,
    jwksFetches,
    token,
    async post(body: unknown, headers: Readonly<Record<string, string>> = {}) {
      const response = await fetch(`${url}/director/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${fixed}`, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return { status: response.status, text: await response.text(), headers: response.headers };
    },
    raw: (bytes: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(gateway.port, '127.0.0.1', () => socket.write(bytes));
        let text = '';
        socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
        socket.once('close', () => resolve(text));
        socket.once('error', () => resolve(text));
        setTimeout(() => socket.destroy(), 1_000).unref();
      }),
    callerOf: (call: Seen | undefined) => internalTokens.verify(String(call?.headers.authorization).replace('Bearer ', '')),
    async stop() {
      await gateway.close();
      verifier.stop();
      await Promise.all([director.graphql.close(), away.graphql.close()]);
      tenants.stop();
      oauth.stop();
      await recorder.stop();
      await registry.close();
      for (const server of [issuer, upstream]) {
        server.closeAllConnections();
        server.close();
      }
      rmSync(folder, { recursive: true, force: true });
      await database.drop();
    },
  });
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

function serve(handler: Parameters<typeof createServer>[1]): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer(handler);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
