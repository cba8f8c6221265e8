import { EnvReader } from '@binnacle/config/env-reader';
import { createMetrics, startAdminServer } from '@binnacle/http/admin-server';
import { runService } from '@binnacle/http/run-service';
import { startLog } from '@binnacle/log/log';
import { loadKeys } from './keys.ts';
import { createProvider } from './provider.ts';
import { startIdentity } from './server.ts';

const env = new EnvReader(process.env);
const config = Object.freeze({
  host: env.string('IDENTITY_HOST', {}, '127.0.0.1'),
  port: env.int('IDENTITY_PORT', { min: 1, max: 65_535 }, 8082),
  adminPort: env.int('IDENTITY_ADMIN_PORT', { min: 1, max: 65_535 }, 9095),
  issuer: env.url('IDENTITY_ISSUER', ['http', 'https'], 'http://localhost:8082'),
  gatewayUrl: env.url('IDENTITY_GATEWAY_URL', ['http', 'https'], 'http://localhost:8080'),
  folder: env.string('IDENTITY_DATA'),
  logLevel: env.oneOf('LOG_LEVEL', ['error', 'warn', 'info', 'debug', 'silent'], 'info'),
});
const allowProduction = env.bool('IDENTITY_ALLOW_PRODUCTION', false);
if (process.env['NODE_ENV'] === 'production' && !allowProduction) {
  env.problem('NODE_ENV is production: this provider knows users without passwords and is for machines of developers only');
}

runService(
  async () => {
    const log = startLog({ service: 'identity', level: config.logLevel });
    const server = await startIdentity(createProvider({ issuer: config.issuer, gatewayUrl: config.gatewayUrl, keys: loadKeys(config.folder) }), config);
    const admin = await startAdminServer({ host: config.host, port: config.adminPort, metrics: createMetrics('identity'), checks: {} });
    log.info({ port: config.port }, 'identity is listening');
    return {
      startDraining: admin.startDraining,
      async stop() {
        await new Promise((resolve) => {
          server.close(resolve);
          server.closeIdleConnections();
        });
        await admin.close();
      },
    };
  },
  { env, preStopDelayMs: 0, drainLimitMs: 5_000 },
);
