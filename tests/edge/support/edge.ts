import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@binnacle/embedded-postgres/embedded-postgres';
import { asAdmin, createTestDatabase, type TestDatabase } from '@binnacle/testkit/test-database';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { graphql, type GraphQLAnswer, type GraphQLCall } from '../../support/stack.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const READY_LIMIT_MS = 30_000;

/** A service as its own process, as it runs in an installation. */
export interface Service {
  readonly port: number;
  readonly adminPort: number;
  /** Everything it has written. */
  output(): string;
  ready(): Promise<boolean>;
  signal(name: NodeJS.Signals): void;
  readonly exited: Promise<number | null>;
}

/** The OpenID provider of these tests: a key set and whoever signs with it. */
export interface TestIssuer {
  readonly url: string;
  readonly fetches: { count: number };
  /** Makes a new key, which signs from now on; the older ones stay published unless told otherwise. */
  rotate(options?: { readonly keepOlder?: boolean }): Promise<void>;
  token(claims?: Readonly<Record<string, unknown>>, options?: { readonly kid?: string; readonly expiresIn?: string }): Promise<string>;
  /** Answers nothing any more. */
  stop(): Promise<void>;
}

export interface Edge {
  readonly gateway: Service;
  readonly director: Service;
  readonly issuer: TestIssuer;
  readonly database: TestDatabase;
  readonly url: string;
  call(call: GraphQLCall): Promise<GraphQLAnswer>;
  /** Sends bytes as they are; answers all that comes back until the connection ends, or until `quietMs` without a byte. */
  raw(bytes: string | readonly Buffer[], quietMs?: number): Promise<string>;
  startDirector(env?: Readonly<Record<string, string>>): Promise<Service>;
  startGateway(env?: Readonly<Record<string, string>>): Promise<Service>;
  /** A Connector with an authority of its own. */
  startConnector(env?: Readonly<Record<string, string>>): Promise<Service>;
  /** The service that was started last, ready or not. */
  last(): Service;
  stop(): Promise<void>;
}

export interface EdgeOptions {
  readonly gateway?: Readonly<Record<string, string>>;
  readonly director?: Readonly<Record<string, string>>;
}

/** A Gateway and a Director as processes of their own, with two tenants and an issuer. */
export async function startEdge(options: EdgeOptions = {}): Promise<Edge> {
  const database = await createTestDatabase();
  await asAdmin(database.adminUrl, async (client) => {
    await client.query(`insert into tenant (id, external_id, name, type, provider) values
      ('11111111-1111-7111-8111-111111111111', 'acme', 'Acme', 'account', 'test'), ('22222222-2222-7222-8222-222222222222', 'globex', 'Globex', 'account', 'test')`);
    await client.query('insert into tenant_ancestor (tenant_id, ancestor_id, depth, inherits) select id, id, 0, true from tenant');
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-edge-'));
  const keyFile = path.join(folder, 'keys');
  writeFileSync(keyFile, randomBytes(32).toString('base64'));
  const issuer = await startIssuer();
  const started: Service[] = [];
  const internalPort = await freePort();
  const ofDirector = async (env: Readonly<Record<string, string>> = {}): Promise<Service> => {
    const port = Number(env['DIRECTOR_PORT'] ?? (await freePort()));
    const adminPort = Number(env['DIRECTOR_ADMIN_PORT'] ?? (await freePort()));
    const service = startService('director', port, adminPort, {
      DIRECTOR_PORT: String(port),
      DIRECTOR_ADMIN_PORT: String(adminPort),
      REGISTRY_URL: database.directorUrl,
      ENVELOPE_KEY_FILE: keyFile,
      INTERNAL_JWKS_URL: `http://127.0.0.1:${internalPort}/internal/jwks.json`,
      PRE_STOP_DELAY_MS: '300',
      ...env,
    });
    started.push(service);
    await untilReady(service);
    return service;
  };
  const ofGateway = async (env: Readonly<Record<string, string>> = {}): Promise<Service> => {
    const [port, adminPort] = [await freePort(), await freePort()];
    const service = startService('gateway', port, adminPort, {
      GATEWAY_PORT: String(port),
      GATEWAY_INTERNAL_PORT: String(internalPort),
      GATEWAY_ADMIN_PORT: String(adminPort),
      REGISTRY_URL: database.gatewayUrl,
      ENVELOPE_KEY_FILE: keyFile,
      OIDC_ISSUER: issuer.url,
      OIDC_AUDIENCE: 'binnacle',
      GATEWAY_GROUPS_TENANT_ADMIN: 'tenantAdmin',
      GATEWAY_CONNECTIONS_PER_ADDRESS: '5000',
      GATEWAY_CONSUMER_CALLS_PER_SECOND: '100000',
      GATEWAY_TENANT_CALLS_PER_SECOND: '100000',
      GATEWAY_PLAYGROUND_FOLDER: folder,
      GATEWAY_SPECIFICATION_FOLDER: folder,
      PRE_STOP_DELAY_MS: '300',
      ...env,
    });
    started.push(service);
    await untilReady(service);
    return service;
  };
  const ofConnector = async (env: Readonly<Record<string, string>> = {}): Promise<Service> => {
    const port = Number(env['CONNECTOR_PORT'] ?? (await freePort()));
    const adminPort = await freePort();
    const service = startService('connector', port, adminPort, {
      CONNECTOR_PORT: String(port),
      CONNECTOR_ADMIN_PORT: String(adminPort),
      REGISTRY_URL: database.connectorUrl,
      ENVELOPE_KEY_FILE: keyFile,
      INTERNAL_JWKS_URL: `http://127.0.0.1:${internalPort}/internal/jwks.json`,
      CONNECTOR_DIRECTOR_URL: 'https://gateway.test/director/graphql',
      CONNECTOR_CERTIFICATE_SECURED_URL: 'https://gateway.test/connector/graphql',
      CONNECTOR_PUBLIC_URL: 'http://gateway.test',
      CONNECTOR_CA_GENERATE: 'true',
      PRE_STOP_DELAY_MS: '0',
      ...env,
    });
    started.push(service);
    await untilReady(service);
    return service;
  };
  const director = await ofDirector(options.director);
  const gateway = await ofGateway({ APP_DIRECTOR_ORIGIN: `http://127.0.0.1:${director.port}`, ...options.gateway });
  const url = `http://127.0.0.1:${gateway.port}`;
  return {
    gateway,
    director,
    issuer,
    database,
    url,
    call: (call) => graphql(`${url}/director/graphql`, call),
    raw: (bytes, quietMs) => rawExchange(gateway.port, bytes, quietMs),
    startDirector: ofDirector,
    startGateway: ofGateway,
    startConnector: ofConnector,
    last: () => started.at(-1) as Service, // there are two at least
    async stop() {
      for (const service of started) service.signal('SIGKILL');
      await Promise.all(started.map(({ exited }) => exited));
      await issuer.stop();
      rmSync(folder, { recursive: true, force: true });
      await database.drop();
    },
  };
}

function startService(name: 'director' | 'gateway' | 'connector', port: number, adminPort: number, env: Readonly<Record<string, string>>): Service {
  const child: ChildProcess = spawn(
    process.execPath,
    ['-C', 'binnacle-src', '--disable-warning=ExperimentalWarning', '--import', './libs/telemetry/src/register.ts', `services/${name}/src/main.ts`],
    { cwd: ROOT, env: { PATH: process.env['PATH'], OTEL_SERVICE_NAME: `binnacle-${name}`, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => void (output += chunk.toString()));
  return {
    port,
    adminPort,
    output: () => output,
    ready: async () => (await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined))?.ok ?? false,
    signal: (signal) => void child.kill(signal),
    exited: new Promise((resolve) => child.once('exit', (code) => resolve(code))),
  };
}

async function untilReady(service: Service): Promise<void> {
  const ended = service.exited.then(() => true);
  for (const deadline = Date.now() + READY_LIMIT_MS; Date.now() < deadline; ) {
    if (await service.ready()) return;
    if (await Promise.race([ended, sleep(50, false)])) break;
  }
  throw new Error(`a service did not become ready:\n${service.output()}`);
}

async function startIssuer(): Promise<TestIssuer> {
  const fetches = { count: 0 };
  const newKey = async (kid: string) => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } };
  };
  let current = await newKey('key-1');
  let published = [current.jwk];
  const server: Server = createServer((request, response) => {
    const url = `http://127.0.0.1:${portOf(server)}`;
    if (request.url === '/.well-known/openid-configuration') return void response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks` }));
    fetches.count += 1;
    response.end(JSON.stringify({ keys: published }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${portOf(server)}`;
  return {
    url,
    fetches,
    async rotate({ keepOlder = true } = {}) {
      current = await newKey(`key-${published.length + 1}-${randomBytes(3).toString('hex')}`);
      published = keepOlder ? [...published, current.jwk] : [current.jwk];
    },
    token: (claims = {}, { kid = current.kid, expiresIn = '1h' } = {}) =>
      new SignJWT({ name: 'Tester', groups: ['mps-superadmin', 'tenantAdmin'], ...claims })
        .setProtectedHeader({ alg: 'RS256', kid })
        .setSubject('tester')
        .setIssuer(url)
        .setAudience('binnacle')
        .setIssuedAt()
        .setExpirationTime(expiresIn)
        .sign(current.privateKey),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Bytes out, text back. */
export function rawExchange(port: number, bytes: string | readonly Buffer[], quietMs = 1_500): Promise<string> {
  return new Promise((resolve) => {
    const socket: Socket = connect(port, '127.0.0.1', () => {
      for (const part of typeof bytes === 'string' ? [bytes] : bytes) socket.write(part);
    });
    let text = '';
    socket.setTimeout(quietMs, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.once('error', () => undefined);
    socket.once('close', () => resolve(text));
  });
}

export interface Balancer {
  readonly port: number;
  stop(): Promise<void>;
}

/** What stands before replicas in an installation: new connections go to those that say they are ready. */
export async function startBalancer(replicas: readonly Service[]): Promise<Balancer> {
  const ready = new Set(replicas);
  let stopped = false;
  const watching = Promise.all(
    replicas.map(async (replica) => {
      while (!stopped) {
        if (await replica.ready()) ready.add(replica);
        else ready.delete(replica);
        await sleep(20);
      }
    }),
  );
  let next = 0;
  const server: TcpServer = createTcpServer((socket) => {
    const chosen = [...ready][(next += 1) % ready.size];
    if (!chosen) return void socket.destroy();
    const upstream = connect(chosen.port, '127.0.0.1');
    socket.pipe(upstream).pipe(socket);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: portOf(server),
    async stop() {
      stopped = true;
      server.close();
      await watching;
    },
  };
}

const portOf = (server: { address(): AddressInfo | string | null }): number => (server.address() as AddressInfo).port;
