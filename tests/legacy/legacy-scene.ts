import path from 'node:path';
import { createMetrics } from '@binnacle/http/admin-server';
import { generateSigningKey, mintInternalToken } from '@binnacle/internal-token/mint';
import { createTokenVerifier, staticKeys } from '@binnacle/internal-token/verify';
import { openRegistry } from '@binnacle/registry/registry';
import { createEnvelope } from '@binnacle/secrets/envelope';
import type { Landscape } from '@binnacle/testkit/landscape';
import { createDirectorClient } from '../../services/connector/src/legacy/director-client.ts';
import {
  type CallOptions,
  type ConnectorUnderTest,
  type Credential,
  credentialOf,
  startConnectorUnderTest,
} from '../../services/connector/src/testing/connector-under-test.ts';
import { newRequest, type OpenSsl, subjectOf } from '../../services/connector/src/testing/openssl.ts';
import { startDirector } from '../../services/director/src/server.ts';
import { testTrust } from '../../services/director/src/testing/test-trust.ts';
import { INTERNAL_COMPONENT } from '../../services/gateway/src/authentication/scopes.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const ISSUER = 'test-gateway';

// oxlint-disable-next-line typescript/no-explicit-any -- answers are as varied as the paths
type Json = any;

export interface LegacyAnswer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  readonly json: Json;
}

export const APPLICATION_SCOPES = ['application:read', 'application:write'];

/** A Connector with the older REST API and the Director behind it, on one database. */
export interface LegacyScene {
  readonly connector: ConnectorUnderTest;
  /** Path of the metadata services of the scene's application. */
  readonly services: string;
  call(method: string, path: string, credential: Credential | undefined, body?: unknown, options?: CallOptions): Promise<LegacyAnswer>;
  /** At the Director, with all that a service of ours may do there. */
  director(query: string, variables?: object): Promise<Json>;
  /** A certificate of the application, by openssl. */
  enrol(ssl: OpenSsl): Promise<{ readonly authId: string; readonly credential: Credential }>;
  stop(): Promise<void>;
}

export async function startLegacyScene(): Promise<LegacyScene> {
  let stopDirector: () => Promise<void> = () => Promise.resolve();
  let url = '';
  const key = generateSigningKey();
  const nowSeconds = (): number => Math.floor(Date.now() / 1000);
  const headersFor = (tenant: string): Readonly<Record<string, string>> => {
    const service = {
      consumerId: 'connector',
      consumerType: 'Internal Component',
      flow: 'Internal',
      onBehalfOf: '',
      region: '',
      subject: 'connector',
    } as const;
    const caller = { ...service, scopes: INTERNAL_COMPONENT, tenant, externalTenant: undefined };
    return { authorization: `Bearer ${mintInternalToken(key, caller, ISSUER, 'director', nowSeconds())}` };
  };

  async function openDirector(scene: Landscape): Promise<void> {
    const registry = openRegistry({ url: scene.database.directorUrl, applicationName: 'director', poolSize: 10 });
    const director = await startDirector({
      host: '127.0.0.1',
      port: 0,
      schemaFolder: path.join(ROOT, 'schema/director'),
      extensionsFolder: path.join(ROOT, 'schema/extensions'),
      registry,
      envelope: createEnvelope([scene.key]),
      trust: testTrust(scene.key),
      verifier: createTokenVerifier({ keys: staticKeys([key.publicJwk]), issuer: ISSUER, audience: 'director', nowSeconds }),
      metrics: createMetrics('director'),
    });
    url = `http://127.0.0.1:${director.port}/graphql`;
    stopDirector = async () => {
      await director.close();
      await registry.close();
    };
  }

  const connector = await startConnectorUnderTest({}, async (scene) => {
    await openDirector(scene);
    return {
      urls: { token: 'https://adapter.test', certificate: 'https://adapter-mtls.test' },
      director: createDirectorClient({ url, headersFor, timeoutMs: 10_000 }),
    };
  });
  await connector.scene.sql(`update application set labels = '{"name": "mp-shop"}' where id = $1`, [connector.scene.application]);
  return {
    connector,
    services: '/mp-shop/v1/metadata/services',
    async call(method, at, credential, body, options = {}) {
      const authorization = credential ? { authorization: `Bearer ${connector.internalToken(credential, { scopes: APPLICATION_SCOPES, ...options })}` } : {};
      const response = await fetch(`${connector.url}${at}`, {
        method,
        headers: { ...authorization, ...options.headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const type = response.headers.get('content-type');
      return { status: response.status, type, text, json: type?.startsWith('application/json') && text !== '' ? JSON.parse(text) : undefined };
    },
    async director(query, variables = {}) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headersFor(connector.scene.tenant) },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as { data: Json; errors?: Json };
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    },
    async enrol(ssl) {
      const authId = await connector.identity();
      const { data } = await connector.sign(await connector.spentToken(authId), await newRequest(ssl, subjectOf(authId)));
      return { authId, credential: credentialOf(data.result.clientCertificate as string, authId) };
    },
    async stop() {
      await stopDirector();
      await connector.stop();
    },
  };
}
