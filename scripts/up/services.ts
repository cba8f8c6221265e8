import path from 'node:path';
import { ROOT } from '../run-tool.ts';
import type { StackDatabase } from './database.ts';
import type { LocalTls } from './tls.ts';
import type { ServiceProcess } from './processes.ts';
import { serviceKeyFiles } from './service-keys.ts';
import { type StackPorts, stackAddresses } from './stack.ts';

interface StackSettings {
  readonly ports: StackPorts;
  readonly folder: string;
  readonly keyFile: string;
  readonly database: Pick<StackDatabase, 'urlOf'>;
  /** Left out: connections in clear only. */
  readonly tls?: LocalTls;
}

/** The services of the local stack with the settings that differ from their defaults. */
export function serviceProcesses({ ports, folder, keyFile, database, tls }: StackSettings): readonly ServiceProcess[] {
  const { gateway, gatewayMtls, issuer } = stackAddresses(ports);
  const serviceKeys = serviceKeyFiles(folder);
  const admin = (port: number): string => `http://127.0.0.1:${port}/readyz`;
  return [
    {
      name: 'identity',
      main: 'services/identity/src/main.ts',
      readyUrl: admin(ports.identityAdmin),
      env: {
        IDENTITY_PORT: String(ports.identity),
        IDENTITY_ADMIN_PORT: String(ports.identityAdmin),
        IDENTITY_ISSUER: issuer,
        IDENTITY_DATA: path.join(folder, 'identity'),
        IDENTITY_GATEWAY_URL: gateway,
      },
    },
    {
      name: 'director',
      main: 'services/director/src/main.ts',
      readyUrl: admin(ports.directorAdmin),
      env: {
        DIRECTOR_PORT: String(ports.director),
        DIRECTOR_ADMIN_PORT: String(ports.directorAdmin),
        PRE_STOP_DELAY_MS: '0',
        REGISTRY_URL: database.urlOf('binnacle_director'),
        ENVELOPE_KEY_FILE: keyFile,
        INTERNAL_JWKS_URL: `http://127.0.0.1:${ports.gatewayInternal}/internal/jwks.json`,
        PUBLIC_CONNECTOR_URL: `${gateway}/connector/graphql`,
        PUBLIC_LEGACY_CONNECTOR_URL: `${gateway}/v1/applications/signingRequests/info`,
        PUBLIC_TOKEN_ENDPOINT_URL: `${gateway}/oauth2/token`,
      },
    },
    {
      name: 'connector',
      main: 'services/connector/src/main.ts',
      readyUrl: admin(ports.connectorAdmin),
      env: {
        CONNECTOR_PORT: String(ports.connector),
        CONNECTOR_ADMIN_PORT: String(ports.connectorAdmin),
        PRE_STOP_DELAY_MS: '0',
        REGISTRY_URL: database.urlOf('binnacle_connector'),
        ENVELOPE_KEY_FILE: keyFile,
        INTERNAL_JWKS_URL: `http://127.0.0.1:${ports.gatewayInternal}/internal/jwks.json`,
        CONNECTOR_DIRECTOR_URL: `${gatewayMtls}/director/graphql`,
        CONNECTOR_CERTIFICATE_SECURED_URL: `${gatewayMtls}/connector/graphql`,
        CONNECTOR_PUBLIC_URL: gateway,
        CONNECTOR_CA_GENERATE: 'true',
        CONNECTOR_SERVICE_KEY_FILE: serviceKeys.connector,
        CONNECTOR_INTERNAL_DIRECTOR_URL: `http://127.0.0.1:${ports.gatewayInternal}/director/graphql`,
      },
    },
    {
      name: 'gateway',
      main: 'services/gateway/src/main.ts',
      readyUrl: admin(ports.gatewayAdmin),
      env: {
        GATEWAY_PORT: String(ports.gateway),
        GATEWAY_INTERNAL_PORT: String(ports.gatewayInternal),
        GATEWAY_ADMIN_PORT: String(ports.gatewayAdmin),
        PRE_STOP_DELAY_MS: '0',
        REGISTRY_URL: database.urlOf('binnacle_gateway'),
        ENVELOPE_KEY_FILE: keyFile,
        INTERNAL_CLIENTS_FILE: serviceKeys.clients,
        OIDC_ISSUER: issuer,
        OIDC_AUDIENCE: 'binnacle',
        GATEWAY_TLS_PORT: String(ports.gatewayTls),
        GATEWAY_MTLS_PORT: String(ports.gatewayMtls),
        ...(tls ? { GATEWAY_TLS_CERTIFICATE_FILE: tls.certificate, GATEWAY_TLS_KEY_FILE: tls.key } : {}),
        GATEWAY_DOMAIN: 'localhost',
        GATEWAY_HOST_NAMES: 'localhost,127.0.0.1,[::1]',
        GATEWAY_HTTP_HOSTS: 'any',
        GATEWAY_OAUTH_ISSUER: gateway,
        GATEWAY_GROUPS_TENANT_ADMIN: 'tenantAdmin',
        APP_DIRECTOR_ORIGIN: `http://127.0.0.1:${ports.director}`,
        APP_CONNECTOR_ORIGIN: `http://127.0.0.1:${ports.connector}`,
        GATEWAY_PLAYGROUND_FOLDER: path.join(ROOT, 'dist/playground'),
        GATEWAY_SPECIFICATION_FOLDER: path.join(ROOT, 'dist/specification'),
        GATEWAY_EXAMPLES_FOLDER: path.join(ROOT, 'schema/director/examples'),
      },
    },
  ];
}
