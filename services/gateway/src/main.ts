import path from 'node:path';
import { EnvReader } from '@binnacle/config/env-reader';
import { createMetrics, startAdminServer } from '@binnacle/http/admin-server';
import { runService } from '@binnacle/http/run-service';
import { startLog } from '@binnacle/log/log';
import { startDatabaseClock } from '@binnacle/registry/database-clock';
import { openRegistry } from '@binnacle/registry/registry';
import { createEnvelope, parseKeyFile } from '@binnacle/secrets/envelope';
import { createUseRecorder } from '@binnacle/trust/use-recorder';
import { createOidcVerifier } from './authentication/oidc.ts';
import type { Authenticators } from './authentication/authenticate.ts';
import { createIssuerKeys } from './authentication/issuer-keys.ts';
import { oidcBearer } from './authentication/oidc-bearer.ts';
import { serviceAccount } from './authentication/service-account.ts';
import { parseServiceClients, serviceClient } from './authentication/service-client.ts';
import { createTenantResolver } from './authentication/tenants.ts';
import { readDoorSettings } from './doors/door-settings.ts';
import { openDoors } from './doors/open-doors.ts';
import { createRateLimiter } from './guard/rate-limit.ts';
import { gatewayMetrics, measureOpenSockets } from './metrics.ts';
import type { IntrospectionServer } from './oauth/introspect-elsewhere.ts';
import { openOAuth } from './oauth/open-oauth.ts';
import type { Backend } from './pass-graphql.ts';
import { createStream } from './proxy/streams.ts';
import { createUpstream } from './proxy/upstream.ts';
import { boundTo } from './routing/hosts.ts';
import { internalRoutes, PUBLIC_ROUTES, routeTable } from './routing/routes.ts';
import { startGateway } from './server.ts';
import { createMinter } from './signing-keys/minter.ts';
import { keepSigningKeys } from './signing-keys/keep-signing-keys.ts';
import { createStaticFiles } from './static-files.ts';

/** Services of one machine may all come from one address. */
const INTERNAL_CONNECTIONS = 10_000;
const ROOT = path.resolve(import.meta.dirname, '../../..');
const env = new EnvReader(process.env);
const port = (name: string, fallback: number): number => env.int(name, { min: 1, max: 65_535 }, fallback);
const config = Object.freeze({
  host: env.string('GATEWAY_HOST', {}, '127.0.0.1'),
  port: port('GATEWAY_PORT', 8080),
  internalPort: port('GATEWAY_INTERNAL_PORT', 8081),
  adminPort: port('GATEWAY_ADMIN_PORT', 9090),
  registryUrl: env.url('REGISTRY_URL', ['postgres', 'postgresql']),
  preparedStatements: env.bool('REGISTRY_PREPARED_STATEMENTS', true),
  envelopeKeys: env.file('ENVELOPE_KEY_FILE'),
  internalClients: env.optionalFile('INTERNAL_CLIENTS_FILE'),
  internalIssuer: env.string('INTERNAL_ISSUER', {}, 'binnacle-gateway'),
  oidcIssuer: env.url('OIDC_ISSUER', ['http', 'https']),
  oidcAudience: env.string('OIDC_AUDIENCE', { pattern: /\S/, hint: 'the audience of your access tokens' }),
  oidcJwksUrl: env.optional('OIDC_JWKS_URL'),
  keysCooldownMs: env.int('OIDC_KEYS_COOLDOWN_MS', { min: 100, max: 600_000 }, 30_000),
  tenantsClaim: env.string('OIDC_TENANTS_CLAIM', {}, 'tenants'),
  tenantsWithoutClaim: env.oneOf('OIDC_TENANTS_WITHOUT_CLAIM', ['super-admins', 'everybody'], 'super-admins'),
  groups: {
    superAdmin: env.list('GATEWAY_GROUPS_SUPER_ADMIN', ['mps-superadmin', 'runtimeAdmin', 'runtimeNamespaceAdmin']),
    operator: env.list('GATEWAY_GROUPS_OPERATOR', ['runtimeOperator']),
    tenantAdmin: env.list('GATEWAY_GROUPS_TENANT_ADMIN', []),
  },
  oauth: {
    issuer: env.url('GATEWAY_OAUTH_ISSUER', ['http', 'https'], 'http://localhost:8080'),
    tokenSeconds: env.int('GATEWAY_OAUTH_TOKEN_SECONDS', { min: 60, max: 86_400 }, 3_599),
    introspectors: env.list('GATEWAY_OAUTH_INTROSPECTORS', []),
    tokensPerMinute: env.int('GATEWAY_OAUTH_TOKENS_PER_MINUTE', { min: 1, max: 10_000_000 }, 600),
    failuresPerMinute: env.int('GATEWAY_OAUTH_FAILURES_PER_MINUTE', { min: 1, max: 1_000_000 }, 30),
  },
  otherOAuth: otherOAuthServer(env),
  director: env.url('APP_DIRECTOR_ORIGIN', ['http', 'https'], 'http://127.0.0.1:3001'),
  connector: env.url('APP_CONNECTOR_ORIGIN', ['http', 'https'], 'http://127.0.0.1:3002'),
  provisioner: env.url('APP_PROVISIONER_ORIGIN', ['http', 'https'], 'http://127.0.0.1:3010'),
  doors: readDoorSettings(env),
  serviceAccounts: serviceAccounts(env),
  upstreamTimeoutStatus: env.oneOf('GATEWAY_UPSTREAM_TIMEOUT_STATUS', ['503', '504'], '504'),
  stallMs: env.int('GATEWAY_STALL_MS', { min: 1_000, max: 600_000 }, 60_000),
  upstreamTimeoutMs: env.int('GATEWAY_UPSTREAM_TIMEOUT_MS', { min: 100, max: 600_000 }, 114_000),
  consumerPerSecond: env.int('GATEWAY_CONSUMER_CALLS_PER_SECOND', { min: 1, max: 1_000_000 }, 300),
  tenantPerSecond: env.int('GATEWAY_TENANT_CALLS_PER_SECOND', { min: 1, max: 1_000_000 }, 1_000),
  connectionsPerAddress: env.int('GATEWAY_CONNECTIONS_PER_ADDRESS', { min: 1, max: 100_000 }, 200),
  corsOrigins: env.list('GATEWAY_CORS_ORIGINS', []),
  playgroundFolder: env.string('GATEWAY_PLAYGROUND_FOLDER', {}, path.join(ROOT, 'dist/playground')),
  specificationFolder: env.string('GATEWAY_SPECIFICATION_FOLDER', {}, path.join(ROOT, 'dist/specification')),
  examplesFolder: env.string('GATEWAY_EXAMPLES_FOLDER', {}, path.join(ROOT, 'schema/director/examples')),
  logLevel: env.oneOf('LOG_LEVEL', ['error', 'warn', 'info', 'debug', 'silent'], 'info'),
  preStopDelayMs: env.int('PRE_STOP_DELAY_MS', { min: 0, max: 60_000 }, 5_000),
});

/** Another OAuth2 server whose tokens are accepted too, if one is named. */
function otherOAuthServer(reader: EnvReader): IntrospectionServer | undefined {
  const url = reader.optional('OAUTH_INTROSPECTION_URL');
  if (url === undefined) return undefined;
  return {
    url: reader.url('OAUTH_INTROSPECTION_URL', ['http', 'https']),
    clientId: reader.string('OAUTH_INTROSPECTION_CLIENT_ID', { pattern: /\S/, hint: 'the client id of this Gateway at that server' }),
    clientSecret: reader.file('OAUTH_INTROSPECTION_CLIENT_SECRET_FILE').toString('utf8').trim(),
  };
}

/** Service accounts of the cluster that are services of this installation. */
function serviceAccounts(reader: EnvReader): { readonly issuer: string; readonly jwksUrl: string; readonly accounts: readonly string[] } | undefined {
  const accounts = reader.list('INTERNAL_SERVICE_ACCOUNTS', []);
  const issuer = reader.url('INTERNAL_SERVICE_ACCOUNT_ISSUER', ['https', 'http'], 'https://kubernetes.default.svc.cluster.local');
  const jwksUrl = reader.url('INTERNAL_SERVICE_ACCOUNT_JWKS_URL', ['https', 'http'], 'https://kubernetes.default.svc.cluster.local/openid/v1/jwks');
  return accounts.length === 0 ? undefined : { accounts, issuer, jwksUrl };
}

runService(
  async () => {
    const log = startLog({ service: 'gateway', level: config.logLevel });
    const metrics = createMetrics('gateway');
    const registry = openRegistry({ url: config.registryUrl, applicationName: 'gateway', poolSize: 10, preparedStatements: config.preparedStatements });
    const clock = startDatabaseClock(registry);
    const envelopeKeys = parseKeyFile(config.envelopeKeys);
    const keys = await keepSigningKeys(registry, createEnvelope(envelopeKeys));
    const counters = gatewayMetrics(metrics);
    const verifier = createOidcVerifier({
      issuer: config.oidcIssuer,
      audience: config.oidcAudience,
      jwksUrl: config.oidcJwksUrl,
      cooldownMs: config.keysCooldownMs,
      tenantsClaim: config.tenantsClaim,
      onFetch: (outcome) => counters.jwksFetches.inc({ issuer: config.oidcIssuer, outcome }),
    });
    const tenants = createTenantResolver(registry);
    const recorder = createUseRecorder(registry);
    const perMinute = (calls: number) => ({ perSecond: calls / 60, burst: calls });
    const oauth = openOAuth({
      ...config.oauth,
      registry,
      envelopeKeys,
      tenants,
      recorder,
      elsewhere: config.otherOAuth,
      oidcIssuer: config.oidcIssuer,
      failures: { client: perMinute(config.oauth.failuresPerMinute), address: perMinute(config.oauth.failuresPerMinute * 20) },
      issues: perMinute(config.oauth.tokensPerMinute),
      onRefusal: (reason) => counters.authFailures.inc({ method: 'client credentials', reason }),
    });
    const patience = {
      timeoutMs: config.upstreamTimeoutMs,
      timeoutStatus: config.upstreamTimeoutStatus === '503' ? (503 as const) : (504 as const),
      stallMs: config.stallMs,
    };
    const backend = (origin: string): Backend => ({ graphql: createUpstream(origin, patience), stream: createStream(origin, patience) });
    const backends = { director: backend(config.director), connector: backend(config.connector), provisioner: backend(config.provisioner) };
    measureOpenSockets(metrics, () => Object.values(backends).reduce((sum, { graphql }) => sum + graphql.openSockets(), 0));
    const rate = (perSecond: number) => createRateLimiter({ perSecond, burst: perSecond * 10 });
    const minter = createMinter({ keys: keys.current, issuer: config.internalIssuer, nowSeconds: clock.nowSeconds });
    const accountKeys =
      config.serviceAccounts &&
      createIssuerKeys({
        ...config.serviceAccounts,
        onChange: () => undefined,
        onFetch: (outcome) => counters.jwksFetches.inc({ issuer: 'service accounts', outcome }),
      });
    const services: Authenticators = {
      ...(config.internalClients ? { service: serviceClient(parseServiceClients(config.internalClients)) } : {}),
      ...(config.serviceAccounts && accountKeys ? { 'service-account': serviceAccount({ ...config.serviceAccounts, findKey: accountKeys.find }) } : {}),
    };
    const doors = await openDoors({
      settings: config.doors,
      registry,
      envelopeKeys,
      tenants,
      recorder,
      groups: config.groups,
      services,
      metrics: counters,
      nowSeconds: clock.nowSeconds,
    });
    const onChange = (): void => {
      oauth.onChange();
      doors.onChange();
    };
    const internal = await startGateway({
      host: config.host,
      port: config.internalPort,
      routes: routeTable(internalRoutes(config.doors)),
      names: boundTo('internal'),
      authenticators: services,
      serveHydrator: doors.serveHydrator,
      minter,
      backends: { director: backends.director },
      connectionsPerAddress: INTERNAL_CONNECTIONS,
      corsOrigins: [],
      documents: { 'signing-keys': { cacheControl: 'max-age=60', content: () => ({ keys: keys.current().published }) } },
      onChange,
      metrics: counters,
    });
    const open = {
      host: config.host,
      routes: routeTable(PUBLIC_ROUTES),
      authenticators: {
        user: oidcBearer({ verifier, tenants, groups: config.groups, tenantsWithoutClaim: config.tenantsWithoutClaim }),
        client: oauth.authenticator,
        ...doors.authenticators,
      },
      proxies: config.doors.proxies,
      strict: config.doors.strict,
      certificates: doors.certificates,
      minter,
      backends,
      rates: { consumer: rate(config.consumerPerSecond), tenant: rate(config.tenantPerSecond) },
      connectionsPerAddress: config.connectionsPerAddress,
      corsOrigins: config.corsOrigins,
      serveStatic: createStaticFiles(
        { playground: config.playgroundFolder, specification: config.specificationFolder, examples: config.examplesFolder },
        config.oidcIssuer,
      ),
      serveOAuth: oauth.serve,
      onChange,
      documents: {
        playground: {
          cacheControl: 'no-store',
          content: () => ({ issuer: config.oidcIssuer, clientId: 'playground', endpoints: [{ name: 'Director', url: '/director/graphql' }] }),
        },
      },
      metrics: counters,
    };
    const { names, redirectToPort } = config.doors;
    const gateways = [await startGateway({ ...open, port: config.port, names: names.http, ...(redirectToPort === undefined ? {} : { redirectToPort }) })];
    if (doors.entrances) {
      gateways.push(await startGateway({ ...open, port: config.doors.tlsPort, names: names.tls, entrances: doors.entrances.tls }));
      gateways.push(await startGateway({ ...open, port: config.doors.mtlsPort, names: names.mtls, entrances: doors.entrances.mtls }));
    }
    const reachable = async (): Promise<void> => {
      const response = await fetch(`${config.director}/healthz`, { signal: AbortSignal.timeout(1_500) });
      if (!response.ok) throw new Error(`the Director answers HTTP ${response.status}`);
    };
    const admin = await startAdminServer({
      host: config.host,
      port: config.adminPort,
      metrics,
      checks: { registry: registry.ping, issuer: verifier.ready, director: reachable },
    });
    log.info({ ports: gateways.map(({ port: listening }) => listening) }, 'gateway is listening');
    return {
      startDraining() {
        admin.startDraining();
        for (const gateway of gateways) gateway.startDraining();
      },
      async stop() {
        // The internal door stays open until the last call is answered: services behind check it with keys from there.
        await Promise.all(gateways.map((gateway) => gateway.close()));
        await internal.close();
        await Promise.all([admin.close(), ...Object.values(backends).map(({ graphql }) => graphql.close())]);
        for (const { stream } of Object.values(backends)) stream.close();
        verifier.stop();
        keys.stop();
        clock.stop();
        tenants.stop();
        oauth.stop();
        doors.stop();
        accountKeys?.stop();
        await recorder.stop();
        await registry.close();
      },
    };
  },
  { env, preStopDelayMs: config.preStopDelayMs, drainLimitMs: 15_000 },
);
