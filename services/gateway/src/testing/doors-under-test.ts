import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EnvReader } from '@binnacle/config/env-reader';
import { createMetrics, type Metrics } from '@binnacle/http/admin-server';
import type { Caller } from '@binnacle/internal-token/caller';
import { generateSigningKey } from '@binnacle/internal-token/mint';
import { mintServiceToken } from '@binnacle/internal-token/service-token';
import { createTokenVerifier, staticKeys } from '@binnacle/internal-token/verify';
import { type Authority, generateKey, makeIntermediate, makeRoot, privateKeyPem } from '@binnacle/pki/certificate-authority';
import type { DistinguishedName } from '@binnacle/pki/distinguished-name';
import { issueCertificate } from '@binnacle/pki/issue-certificate';
import { publicKeyInfoOf } from '@binnacle/pki/public-key';
import { certificatePem } from '@binnacle/pki/read-certificate';
import { octetsOfSerial } from '@binnacle/pki/serial-number';
import { makeServerCertificate } from '@binnacle/pki/server-certificate';
import { signCertificate } from '@binnacle/pki/sign-certificate';
import { writeName } from '@binnacle/pki/distinguished-name';
import { openRegistry, type Registry } from '@binnacle/registry/registry';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { createLandscape, type Landscape } from '@binnacle/testkit/landscape';
import { recordCertificate } from '@binnacle/trust/certificates';
import { createKeyedHash } from '@binnacle/trust/keyed-hash';
import { issuersOf, type IssuerState } from '@binnacle/trust/issuers';
import { mintToken } from '@binnacle/trust/mint-token';
import { addIdentity, type IdentityKind } from '@binnacle/trust/system-auths';
import { createUseRecorder } from '@binnacle/trust/use-recorder';
import { serviceClient } from '../authentication/service-client.ts';
import { createTenantResolver } from '../authentication/tenants.ts';
import { readDoorSettings } from '../doors/door-settings.ts';
import { openDoors } from '../doors/open-doors.ts';
import { gatewayMetrics } from '../metrics.ts';
import { createStream } from '../proxy/streams.ts';
import { createUpstream } from '../proxy/upstream.ts';
import { boundTo } from '../routing/hosts.ts';
import { internalRoutes, PUBLIC_ROUTES, routeTable } from '../routing/routes.ts';
import { type Gateway, startGateway } from '../server.ts';
import { createMinter } from '../signing-keys/minter.ts';

const ISSUER = 'test-gateway';
const HOUR = 3_600;
export const SUBJECT = { country: 'PL', organization: 'Org', organizationalUnit: 'OrgUnit', locality: 'Locality', province: 'State' };
const NAMED = [
  'compass-gateway',
  'compass-gateway-auth-oauth',
  'compass-gateway-mtls',
  'compass-gateway-sap-mtls',
  'adapter-gateway',
  'adapter-gateway-mtls',
  'oauth2',
];
export const DOMAIN = 'gateway.test';

/** A client certificate with its key, PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly serial: string;
}

/** What the service behind was sent. */
export interface SeenCall {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export interface DoorCall {
  readonly at?: 'http' | 'tls' | 'mtls' | 'internal';
  /** First label of a name below the domain; also the name asked for in the handshake. */
  readonly label?: string;
  /** Host header, where it differs. */
  readonly host?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly certificate?: ClientCertificate;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

export interface DoorAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are as varied as the calls of the tests
  readonly json: any;
}

export interface DoorsUnderTest {
  readonly scene: Landscape;
  readonly ports: Readonly<Record<'http' | 'tls' | 'mtls' | 'internal', number>>;
  readonly folder: string;
  /** PEM of the authority of the Gateway's own certificate. */
  readonly ca: string;
  readonly caFile: string;
  readonly gateways: Readonly<Record<'http' | 'tls' | 'mtls' | 'internal', Gateway>>;
  readonly connector: Registry;
  readonly director: Registry;
  readonly metrics: Metrics;
  /** The authority of client certificates that is active at the start. */
  readonly issuing: IssuingAuthority;
  /** The external authority. */
  readonly external: Authority;
  readonly proxyAuthority: Authority;
  readonly seen: SeenCall[];
  addIssuer(state?: IssuerState): Promise<IssuingAuthority>;
  moveIssuer(id: string, to: IssuerState): Promise<void>;
  identity(kind?: IdentityKind): Promise<string>;
  issue(authId: string, options?: IssueOptions): Promise<ClientCertificate>;
  /** A certificate of the external authority with this subject. */
  externalCertificate(subject: DistinguishedName, by?: Authority): Promise<ClientCertificate>;
  token(authId: string): Promise<string>;
  call(call?: DoorCall): Promise<DoorAnswer>;
  callerOf(call: SeenCall | undefined, audience?: 'director' | 'connector'): Promise<Caller>;
  /** A token by which a service shows itself. */
  serviceToken(): string;
  /** Writes what is otherwise written every few seconds. */
  flushUses(): Promise<void>;
  stop(): Promise<void>;
}

export interface IssuingAuthority {
  readonly id: string;
  readonly authority: Authority;
}

export interface IssueOptions {
  readonly issuer?: IssuingAuthority;
  readonly clientId?: string;
  readonly validitySeconds?: number;
  readonly recorded?: boolean;
  readonly now?: Date;
  /** Subject in place of the usual one. */
  readonly subject?: DistinguishedName;
}

/** A query as clients send it. */
export const QUERY = JSON.stringify({ query: 'query { result: configuration() { token { token } } }', variables: null });
export const SIGN = JSON.stringify({ query: 'mutation { result: signCertificateSigningRequest(csr: "x") { caCertificate } }' });

export const name = (...parts: readonly (readonly [type: string, value: string])[]): DistinguishedName => parts.map(([type, value]) => [{ type, value }]);

export async function startDoorsUnderTest(env: Readonly<Record<string, string>> = {}, shared?: Landscape): Promise<DoorsUnderTest> {
  const scene = shared ?? (await createLandscape());
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-doors-'));
  const file = (title: string, content: string): string => {
    writeFileSync(path.join(folder, title), content);
    return path.join(folder, title);
  };
  const now = new Date();
  const serverRoot = await makeRoot({ subject: name(['CN', 'Test servers']), kind: 'p256', validitySeconds: 24 * HOUR }, now);
  const names = ['localhost', '127.0.0.1', ...NAMED.map((label) => `${label}.${DOMAIN}`)];
  const server = await makeServerCertificate(serverRoot, { subject: name(['CN', 'gateway']), kind: 'p256', validitySeconds: HOUR, names }, now);
  const external = await makeRoot({ subject: name(['O', 'Elsewhere'], ['CN', 'External']), kind: 'p256', validitySeconds: 24 * HOUR }, now);
  const proxyAuthority = await makeRoot({ subject: name(['CN', 'Proxies']), kind: 'p256', validitySeconds: 24 * HOUR }, now);
  const ca = certificatePem(serverRoot.certificate);
  const caFile = file('ca.pem', ca);
  const env1 = new EnvReader({
    GATEWAY_DOMAIN: DOMAIN,
    GATEWAY_HOST_NAMES: 'localhost,127.0.0.1',
    GATEWAY_HTTP_HOSTS: 'named',
    GATEWAY_TLS_CERTIFICATE_FILE: file('server.pem', certificatePem(server.certificate)),
    GATEWAY_TLS_KEY_FILE: file('server.key', privateKeyPem(server)),
    GATEWAY_EXTERNAL_CA_FILE: file('external.pem', certificatePem(external.certificate)),
    EXTERNAL_ISSUER_SUBJECT_ORGANIZATION: 'SAP SE',
    EXTERNAL_ISSUER_SUBJECT_ORGANIZATIONAL_UNIT_PATTERN: 'SAP Cloud Platform Clients',
    ...(env['PROXY_CA'] === 'yes' ? { GATEWAY_TRUSTED_PROXY_CA_FILE: file('proxy-ca.pem', certificatePem(proxyAuthority.certificate)) } : {}),
    ...env,
  });
  const settings = readDoorSettings(env1);
  env1.done();
  const registry = openRegistry({ url: scene.database.gatewayUrl, applicationName: 'gateway under test', poolSize: 10 });
  const connector = openRegistry({ url: scene.database.connectorUrl, applicationName: 'connector', poolSize: 2 });
  const director = openRegistry({ url: scene.database.directorUrl, applicationName: 'director', poolSize: 2 });
  const seen: SeenCall[] = [];
  const upstream = createServer(
    (request, response) =>
      void readSeen(request).then((call) => {
        seen.push(call);
        response.writeHead(200, { 'content-type': 'application/json', etag: '"x"' }).end('{"data":{"ok":true}}');
      }),
  );
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const patience = { timeoutMs: 5_000, timeoutStatus: 504, stallMs: 5_000 } as const;
  const backend = { graphql: createUpstream(origin, patience), stream: createStream(origin, patience) };
  const signing = generateSigningKey();
  const service = generateSigningKey();
  const nowSeconds = (): number => Math.floor(Date.now() / 1_000);
  const metrics = createMetrics('gateway');
  const counters = gatewayMetrics(metrics);
  const tenants = createTenantResolver(registry);
  const recorder = createUseRecorder(registry);
  const services = { service: serviceClient({ tester: { keys: [{ ...service.publicJwk, kty: 'EC' }] } }) };
  const groups = { superAdmin: ['admins'], operator: ['operators'], tenantAdmin: [] };
  const issuing = await addIssuer(connector, shared ? 'staged' : 'active');
  const doors = await openDoors({ settings, registry, envelopeKeys: [scene.key], tenants, recorder, groups, services, metrics: counters, nowSeconds });
  const { entrances } = doors;
  if (!entrances) throw new Error('there is no TLS without a certificate');
  const common = {
    host: '127.0.0.1',
    port: 0,
    minter: createMinter({ keys: () => ({ current: signing, published: [] }), issuer: ISSUER, nowSeconds }),
    backends: { director: backend, connector: backend },
    connectionsPerAddress: 5_000,
    corsOrigins: [],
    documents: {},
    metrics: counters,
    certificates: doors.certificates,
    onChange: doors.onChange,
  };
  const open = { ...common, routes: routeTable(PUBLIC_ROUTES), authenticators: doors.authenticators, proxies: settings.proxies, strict: settings.strict };
  const gateways = {
    http: await startGateway({
      ...open,
      names: settings.names.http,
      ...(settings.redirectToPort === undefined ? {} : { redirectToPort: settings.redirectToPort }),
    }),
    tls: await startGateway({ ...open, names: settings.names.tls, entrances: entrances.tls }),
    mtls: await startGateway({ ...open, names: settings.names.mtls, entrances: entrances.mtls }),
    internal: await startGateway({
      ...common,
      routes: routeTable(internalRoutes(settings)),
      names: boundTo('internal'),
      authenticators: services,
      serveHydrator: doors.serveHydrator,
    }),
  };
  const ports = { http: gateways.http.port, tls: gateways.tls.port, mtls: gateways.mtls.port, internal: gateways.internal.port };
  const hashes = createKeyedHash([scene.key], 'one-time-token');
  const under: DoorsUnderTest = {
    scene,
    ports,
    folder,
    ca,
    caFile,
    gateways,
    connector,
    director,
    metrics,
    issuing,
    external,
    proxyAuthority,
    seen,
    addIssuer: (state = 'active') => addIssuer(connector, state),
    moveIssuer: async (id, to) => void (await connector.asGlobal('test', (work) => issuersOf(work).move(id, to))),
    async identity(kind = 'Application') {
      const id = newUuidV7();
      const objectId = kind === 'Application' ? scene.application : scene.runtime;
      await director.asTenant(scene.tenant, (work) => addIdentity(work, { id, kind, objectId }));
      return id;
    },
    issue: (authId, options = {}) => issueTo(connector, authId, { issuer: issuing, ...options }),
    externalCertificate: (subject, by = external) => leafOf(by, subject),
    async token(authId) {
      const minted = await director.asTenant(scene.tenant, (work) => mintToken(work, hashes, { authId, lifetimeSeconds: settings.tokenLifetimeSeconds }));
      if (!minted) throw new Error('no token was minted');
      return minted.token;
    },
    call: (call = {}) => send(ports, ca, call),
    callerOf: (call, audience = 'director') =>
      createTokenVerifier({ keys: staticKeys([signing.publicJwk]), issuer: ISSUER, audience, nowSeconds }).verify(
        String(call?.headers.authorization).replace('Bearer ', ''),
      ),
    serviceToken: () => mintServiceToken(service, 'tester', nowSeconds()),
    flushUses: recorder.flush,
    async stop() {
      await Promise.all(Object.values(gateways).map((gateway) => gateway.close()));
      doors.stop();
      await backend.graphql.close();
      backend.stream.close();
      tenants.stop();
      await recorder.stop();
      upstream.closeAllConnections();
      upstream.close();
      await Promise.all([registry.close(), connector.close(), director.close()]);
      rmSync(folder, { recursive: true, force: true });
      if (!shared) await scene.database.drop();
    },
  };
  return under;
}

async function readSeen(request: IncomingMessage): Promise<SeenCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return {
    method: request.method ?? '',
    url: request.url ?? '',
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    body: Buffer.concat(chunks).toString(),
  };
}

/** An intermediate below a root of its own, on record. */
async function addIssuer(connector: Registry, state: IssuerState): Promise<IssuingAuthority> {
  const now = new Date(Date.now() - 2 * HOUR * 1_000);
  const title = randomBytes(4).toString('hex');
  const root = await makeRoot({ subject: name(['CN', `Root ${title}`]), kind: 'p256', validitySeconds: 24 * HOUR }, now);
  const authority = await makeIntermediate(root, { subject: name(['CN', `Issuing ${title}`]), kind: 'p256', validitySeconds: 12 * HOUR }, {}, now);
  const id = newUuidV7();
  await connector.asGlobal('test', (work) =>
    issuersOf(work).add({
      id,
      kind: 'builtin',
      role: 'intermediate',
      parentId: undefined,
      subject: `CN=Issuing ${title}`,
      certificatePem: certificatePem(authority.certificate),
      keyRef: 'test',
      sealedKey: undefined,
      state,
      notBefore: authority.certificate.notBefore,
      notAfter: authority.certificate.notAfter,
    }),
  );
  return { id, authority };
}

async function issueTo(
  connector: Registry,
  authId: string,
  { issuer, clientId = authId, validitySeconds = HOUR, recorded = true, now = new Date(), subject }: IssueOptions & { readonly issuer: IssuingAuthority },
): Promise<ClientCertificate> {
  const key = await generateKey('p256');
  const publicKey = publicKeyInfoOf(key);
  const usual = await issueCertificate(issuer.authority, { publicKey }, { clientId, subject: SUBJECT, validitySeconds, urls: {} }, now);
  const certificate = subject
    ? await signCertificate(
        { issuer: usual.issuerDer, subject: writeName(subject), notBefore: usual.notBefore, notAfter: usual.notAfter, spki: publicKey.spki, extensions: [] },
        issuer.authority,
      )
    : usual;
  if (recorded)
    await connector.asGlobal('test', (work) =>
      recordCertificate(work, {
        id: newUuidV7(),
        issuerId: issuer.id,
        serial: octetsOfSerial(certificate.serial).toString('hex'),
        authId,
        fingerprintSha256: certificate.sha256,
        spkiSha256: publicKey.spkiSha256,
        publicKeyDer: publicKey.spki,
        subject: `CN=${clientId}`,
        keyAlgorithm: 'ecdsa-p256',
        notBefore: certificate.notBefore,
        notAfter: certificate.notAfter,
        via: 'token',
        der: certificate.der,
        keyMayBeShared: false,
      }),
    );
  return { cert: certificatePem(certificate), key: privateKeyPem({ key }), fingerprint: certificate.sha256, serial: certificate.serial };
}

async function leafOf(authority: Authority, subject: DistinguishedName): Promise<ClientCertificate> {
  const key = await generateKey('p256');
  const now = Date.now();
  const content = {
    issuer: authority.certificate.subjectDer,
    subject: writeName(subject),
    notBefore: new Date(now - 60_000),
    notAfter: new Date(now + HOUR * 1_000),
    spki: publicKeyInfoOf(key).spki,
    extensions: [],
  };
  const certificate = await signCertificate(content, authority);
  return { cert: certificatePem(certificate), key: privateKeyPem({ key }), fingerprint: certificate.sha256, serial: certificate.serial };
}

/** Sends one call; a connection of its own unless there is an agent. Rejects when there is no answer. */
function send(ports: DoorsUnderTest['ports'], ca: string, call: DoorCall): Promise<DoorAnswer> {
  const { at = 'tls', label, certificate, method = 'POST', body = method === 'GET' || method === 'HEAD' ? '' : QUERY } = call;
  const named = label === undefined ? 'localhost' : `${label}.${DOMAIN}`;
  const options = {
    host: '127.0.0.1',
    port: ports[at],
    method,
    path: call.path ?? '/director/graphql',
    headers: {
      host: call.host ?? named,
      ...(body.length > 0 ? { 'content-type': 'application/json' } : {}),
      ...(call.headers as Record<string, string> | undefined),
    },
    agent: call.agent ?? false,
  };
  return new Promise((resolve, reject) => {
    const onAnswer = (response: IncomingMessage): void => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: text.startsWith('{') ? JSON.parse(text) : undefined });
      });
    };
    const request =
      at === 'http' || at === 'internal'
        ? httpRequest(options, onAnswer)
        : httpsRequest({ ...options, ca, servername: named, ...(certificate ? { cert: certificate.cert, key: certificate.key } : {}) }, onAnswer);
    request.once('error', reject);
    request.end(body);
  });
}
