import { readFileSync } from 'node:fs';
import path from 'node:path';
import { EnvReader } from '@binnacle/config/env-reader';
import { createMetrics, startAdminServer } from '@binnacle/http/admin-server';
import { runService } from '@binnacle/http/run-service';
import { createJwksSource } from '@binnacle/internal-token/jwks-source';
import type { SigningKey } from '@binnacle/internal-token/mint';
import { parseServiceKey } from '@binnacle/internal-token/service-key';
import { mintServiceToken } from '@binnacle/internal-token/service-token';
import { createTokenVerifier } from '@binnacle/internal-token/verify';
import { startLog } from '@binnacle/log/log';
import { startDatabaseClock } from '@binnacle/registry/database-clock';
import { openRegistry } from '@binnacle/registry/registry';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { createEnvelope, parseKeyFile } from '@binnacle/secrets/envelope';
import { startConnector } from './connector.ts';
import { openAuthorities } from './issuers/authorities.ts';
import { createBuiltInIssuer } from './issuers/built-in-issuer.ts';
import { createForeignIssuer } from './issuers/foreign-issuer.ts';
import { readForeignIssuer } from './issuers/foreign-settings.ts';
import { adoptFiles, initAuthority } from './issuers/init-authority.ts';
import { createDirectorClient } from './legacy/director-client.ts';
import { pkiUrls } from './pki/pki-urls.ts';
import { createRegistryAudit } from './registry-audit.ts';
import { keepRevocationLists, requireFreshLists } from './revocation/revocation-lists.ts';
import { readSettings } from './settings.ts';

/** A little less than a call may take. */
const DIRECTOR_TIMEOUT_MS = 95_000;
const env = new EnvReader(process.env);
const text = (name: string): string | undefined => {
  const file = env.optional(name);
  try {
    return file === undefined ? undefined : readFileSync(file, 'utf8');
  } catch (error) {
    env.problem(`${name} names a file that cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
    return undefined;
  }
};
const { settings, authority } = readSettings(env);
const openForeign = readForeignIssuer(env);
const serviceKey = readServiceKey();
const config = Object.freeze({
  host: env.string('CONNECTOR_HOST', {}, '127.0.0.1'),
  port: env.int('CONNECTOR_PORT', { min: 1, max: 65_535 }, 3002),
  adminPort: env.int('CONNECTOR_ADMIN_PORT', { min: 1, max: 65_535 }, 9092),
  registryUrl: env.url('REGISTRY_URL', ['postgres', 'postgresql']),
  poolSize: env.int('REGISTRY_POOL_SIZE', { min: 1, max: 200 }, 20),
  preparedStatements: env.bool('REGISTRY_PREPARED_STATEMENTS', true),
  envelopeKeys: env.file('ENVELOPE_KEY_FILE'),
  jwksUrl: env.url('INTERNAL_JWKS_URL', ['http', 'https']),
  issuer: env.string('INTERNAL_ISSUER', {}, 'binnacle-gateway'),
  caCertificate: text('CONNECTOR_CA_CERTIFICATE_FILE'),
  caKey: text('CONNECTOR_CA_KEY_FILE'),
  rootCertificates: text('CONNECTOR_ROOT_CERTIFICATES_FILE') ?? '',
  generateCa: env.bool('CONNECTOR_CA_GENERATE', false),
  schemaFolder: env.string('SCHEMA_FOLDER', {}, path.resolve(import.meta.dirname, '../../../schema/connector')),
  internalDirectorUrl: env.url('CONNECTOR_INTERNAL_DIRECTOR_URL', ['http', 'https'], 'http://127.0.0.1:8081/director/graphql'),
  adapterUrl: env.url('CONNECTOR_ADAPTER_BASE_URL', ['http', 'https'], originOf(settings.publicUrl)),
  adapterMtlsUrl: env.url('CONNECTOR_ADAPTER_MTLS_BASE_URL', ['http', 'https'], originOf(settings.certificateSecuredConnectorUrl)),
  logLevel: env.oneOf('LOG_LEVEL', ['error', 'warn', 'info', 'debug', 'silent'], 'info'),
  preStopDelayMs: env.int('PRE_STOP_DELAY_MS', { min: 0, max: 60_000 }, 5_000),
});
if ((config.caCertificate === undefined) !== (config.caKey === undefined)) env.problem('CONNECTOR_CA_CERTIFICATE_FILE and CONNECTOR_CA_KEY_FILE go together');
if (config.generateCa && config.caCertificate !== undefined) env.problem('CONNECTOR_CA_GENERATE and CONNECTOR_CA_CERTIFICATE_FILE exclude each other');
if (openForeign && (config.generateCa || config.caCertificate !== undefined))
  env.problem('CONNECTOR_ISSUER names an authority elsewhere: CONNECTOR_CA_GENERATE and CONNECTOR_CA_CERTIFICATE_FILE are for our own');

/** Where another address says nothing, its host is meant. What is wrong with that one is told elsewhere. */
function originOf(url: string): string {
  return URL.parse(url)?.origin ?? 'http://localhost';
}

function readServiceKey(): SigningKey | undefined {
  const file = env.optionalFile('CONNECTOR_SERVICE_KEY_FILE');
  try {
    return file && parseServiceKey(file);
  } catch (error) {
    env.problem(`CONNECTOR_SERVICE_KEY_FILE must hold a private JWK of curve P-256 with a kid (${(error as Error).message})`);
    return undefined;
  }
}

runService(
  async () => {
    const log = startLog({ service: 'connector', level: config.logLevel });
    const metrics = createMetrics('connector');
    const envelopeKeys = parseKeyFile(config.envelopeKeys);
    const envelope = createEnvelope(envelopeKeys);
    const registry = openRegistry({
      url: config.registryUrl,
      applicationName: 'connector',
      poolSize: config.poolSize,
      preparedStatements: config.preparedStatements,
    });
    const clock = startDatabaseClock(registry);
    const now = (): Date => new Date();
    const urls = pkiUrls(settings.publicUrl);
    const keyFiles =
      config.caCertificate !== undefined && config.caKey !== undefined ? { certificatePem: config.caCertificate, keyPem: config.caKey } : undefined;
    if (keyFiles) await adoptFiles(registry, { ...keyFiles, rootsPem: config.rootCertificates }, newUuidV7, now());
    const plan = { ...authority, envelope, newId: newUuidV7, subject: settings.subject, trustDomain: settings.trustDomain, urlsOf: urls.publishedBy };
    if (config.generateCa && (await initAuthority(registry, plan, now()))) log.info('a certificate authority was made');
    const foreign = openForeign && createForeignIssuer(registry, openForeign(settings.subject, now), newUuidV7);
    await foreign?.learn();
    const authorities = await openAuthorities({ registry, envelope, keyFiles, now });
    const lists = await keepRevocationLists({ registry, authorities, deltaUrlOf: urls.deltaCrl, lifeSeconds: settings.revocationListSeconds, now });
    const keys = createJwksSource(config.jwksUrl);
    const director =
      serviceKey &&
      createDirectorClient({
        url: config.internalDirectorUrl,
        headersFor: (tenant) => ({ authorization: `Bearer ${mintServiceToken(serviceKey, 'connector', clock.nowSeconds())}`, tenant }),
        timeoutMs: DIRECTOR_TIMEOUT_MS,
      });
    if (!director) log.info('without CONNECTOR_SERVICE_KEY_FILE the older REST API is not served');
    const connector = await startConnector({
      host: config.host,
      port: config.port,
      schemaFolder: config.schemaFolder,
      settings,
      registry,
      envelopeKeys,
      authorities,
      issuer: foreign ?? createBuiltInIssuer(authorities, settings.subject, urls.publishedBy),
      lists,
      verifier: createTokenVerifier({ keys, issuer: config.issuer, audience: 'connector', nowSeconds: clock.nowSeconds }),
      audit: createRegistryAudit(registry, newUuidV7),
      metrics,
      ...(director ? { legacy: { director, urls: { token: config.adapterUrl, certificate: config.adapterMtlsUrl } } } : {}),
      now,
    });
    const admin = await startAdminServer({
      host: config.host,
      port: config.adminPort,
      metrics,
      checks: {
        registry: registry.ping,
        issuer: () => Promise.resolve(void authorities.active()),
        'revocation lists': () => requireFreshLists(authorities, lists, now()),
      },
    });
    log.info({ port: connector.port }, 'connector is listening');
    return {
      startDraining() {
        admin.startDraining();
        connector.startDraining();
      },
      async stop() {
        await connector.close();
        await admin.close();
        lists.stop();
        authorities.stop();
        keys.close();
        clock.stop();
        await registry.close();
      },
    };
  },
  { env, preStopDelayMs: config.preStopDelayMs, drainLimitMs: 15_000 },
);
