import path from 'node:path';
import { startAuditExport } from '@binnacle/audit/export-audit';
import { startAuditLinker } from '@binnacle/audit/link-audit';
import { EnvReader } from '@binnacle/config/env-reader';
import { createMetrics, startAdminServer } from '@binnacle/http/admin-server';
import { runService } from '@binnacle/http/run-service';
import { createJwksSource } from '@binnacle/internal-token/jwks-source';
import { createTokenVerifier } from '@binnacle/internal-token/verify';
import { startLog } from '@binnacle/log/log';
import { startDatabaseClock } from '@binnacle/registry/database-clock';
import { openRegistry } from '@binnacle/registry/registry';
import { createEnvelope, parseKeyFile } from '@binnacle/secrets/envelope';
import { createKeyedHash } from '@binnacle/trust/keyed-hash';
import { pairingAdaptersFrom } from './auths/pairing-adapters-file.ts';
import { startDirector } from './server.ts';
import { isDiscoveryPaths } from './webhooks/discovery.ts';

const env = new EnvReader(process.env);
const config = Object.freeze({
  host: env.string('DIRECTOR_HOST', {}, '127.0.0.1'),
  port: env.int('DIRECTOR_PORT', { min: 1, max: 65_535 }, 3001),
  adminPort: env.int('DIRECTOR_ADMIN_PORT', { min: 1, max: 65_535 }, 9091),
  registryUrl: env.url('REGISTRY_URL', ['postgres', 'postgresql']),
  poolSize: env.int('REGISTRY_POOL_SIZE', { min: 1, max: 200 }, 20),
  preparedStatements: env.bool('REGISTRY_PREPARED_STATEMENTS', true),
  guarded: env.bool('REGISTRY_GUARDED', false),
  statementTimeoutMs: env.int('REGISTRY_STATEMENT_TIMEOUT_MS', { min: 100, max: 120_000 }, 30_000),
  envelopeKeys: env.file('ENVELOPE_KEY_FILE'),
  jwksUrl: env.url('INTERNAL_JWKS_URL', ['http', 'https']),
  issuer: env.string('INTERNAL_ISSUER', {}, 'binnacle-gateway'),
  schemaFolder: env.string('SCHEMA_FOLDER', {}, path.resolve(import.meta.dirname, '../../../schema/director')),
  extensionsFolder: env.string('EXTENSIONS_SCHEMA_FOLDER', {}, path.resolve(import.meta.dirname, '../../../schema/extensions')),
  tokenLifetimes: {
    Application: env.int('ONE_TIME_TOKEN_APPLICATION_SECONDS', { min: 10, max: 86_400 }, 300),
    Runtime: env.int('ONE_TIME_TOKEN_RUNTIME_SECONDS', { min: 10, max: 86_400 }, 3_600),
  },
  connectorUrl: env.url('PUBLIC_CONNECTOR_URL', ['http', 'https'], 'http://localhost:8080/connector/graphql'),
  legacyConnectorUrl: env.url('PUBLIC_LEGACY_CONNECTOR_URL', ['http', 'https'], 'http://localhost:8080/v1/applications/signingRequests/info'),
  tokenEndpointUrl: env.url('PUBLIC_TOKEN_ENDPOINT_URL', ['http', 'https'], 'http://localhost:8080/oauth2/token'),
  clientSecretsReadable: env.bool('CLIENT_SECRETS_READABLE', true),
  pairingAdaptersFile: env.optional('PAIRING_ADAPTERS_FILE'),
  pairingAdapterHosts: env.list('PAIRING_ADAPTER_HOSTS', []),
  // Where linked rows of the audit log are sent, beside being kept.
  auditExportUrl: env.optional('AUDIT_EXPORT_URL'),
  auditExportFormat: env.oneOf('AUDIT_EXPORT_FORMAT', ['webhook', 'otlp'], 'webhook'),
  discoveryPaths: env.json('DIRECTOR_DISCOVERY_PATHS', isDiscoveryPaths, 'an object of application types and the paths where they describe themselves', {}),
  logLevel: env.oneOf('LOG_LEVEL', ['error', 'warn', 'info', 'debug', 'silent'], 'info'),
  preStopDelayMs: env.int('PRE_STOP_DELAY_MS', { min: 0, max: 60_000 }, 5_000),
});
if (config.pairingAdaptersFile !== undefined && config.pairingAdapterHosts.length === 0)
  env.problem('PAIRING_ADAPTER_HOSTS must name the hosts that PAIRING_ADAPTERS_FILE may lead to');
if (config.auditExportUrl !== undefined && !/^https?:$/.test(URL.parse(config.auditExportUrl)?.protocol ?? ''))
  env.problem('AUDIT_EXPORT_URL must be an absolute URL with http or https');
const auditExportSecret = env.optional('AUDIT_EXPORT_SECRET_FILE') === undefined ? undefined : env.file('AUDIT_EXPORT_SECRET_FILE').toString('utf8').trim();

runService(
  async () => {
    const log = startLog({ service: 'director', level: config.logLevel });
    const metrics = createMetrics('director');
    const envelopeKeys = parseKeyFile(config.envelopeKeys);
    const registry = openRegistry({
      url: config.registryUrl,
      applicationName: 'director',
      poolSize: config.poolSize,
      preparedStatements: config.preparedStatements,
      guarded: config.guarded,
      statementTimeoutMs: config.statementTimeoutMs,
    });
    const clock = startDatabaseClock(registry);
    const pairingAdapters = pairingAdaptersFrom(config.pairingAdaptersFile, config.pairingAdapterHosts);
    await pairingAdapters();
    const keys = createJwksSource(config.jwksUrl);
    const auditLinker = startAuditLinker(registry);
    const auditExport = config.auditExportUrl
      ? startAuditExport(registry, { url: config.auditExportUrl, format: config.auditExportFormat, secret: auditExportSecret })
      : undefined;
    const verifier = createTokenVerifier({ keys, issuer: config.issuer, audience: 'director', nowSeconds: clock.nowSeconds });
    const director = await startDirector({
      host: config.host,
      port: config.port,
      schemaFolder: config.schemaFolder,
      extensionsFolder: config.extensionsFolder,
      registry,
      envelope: createEnvelope(envelopeKeys),
      trust: {
        tokenHashes: createKeyedHash(envelopeKeys, 'one-time-token'),
        secretHashes: createKeyedHash(envelopeKeys, 'client-secret'),
        settings: {
          connectorUrl: config.connectorUrl,
          legacyConnectorUrl: config.legacyConnectorUrl,
          tokenEndpointUrl: config.tokenEndpointUrl,
          tokenLifetimes: config.tokenLifetimes,
          clientSecretsReadable: config.clientSecretsReadable,
          pairingAdapters,
        },
      },
      verifier,
      metrics,
      discoveryPaths: config.discoveryPaths,
    });
    // The Gateway's keys are no condition of readiness: it waits for us as we would wait for it.
    const admin = await startAdminServer({ host: config.host, port: config.adminPort, metrics, checks: { registry: registry.ping } });
    log.info({ port: director.port }, 'director is listening');
    return {
      startDraining() {
        admin.startDraining();
        director.startDraining();
      },
      async stop() {
        await director.close();
        await admin.close();
        await auditLinker.stop();
        await auditExport?.stop();
        keys.close();
        clock.stop();
        await registry.close();
      },
    };
  },
  { env, preStopDelayMs: config.preStopDelayMs, drainLimitMs: 15_000 },
);
