import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createMetrics } from '@binnacle/http/admin-server';
import type { Caller, ConsumerType, Flow } from '@binnacle/internal-token/caller';
import { generateSigningKey, mintInternalToken } from '@binnacle/internal-token/mint';
import { createTokenVerifier, staticKeys } from '@binnacle/internal-token/verify';
import { openRegistry, type Registry } from '@binnacle/registry/registry';
import { createEnvelope } from '@binnacle/secrets/envelope';
import { asAdmin, createTestDatabase, type TestDatabase } from '@binnacle/testkit/test-database';
import type { TrustSettings } from '../auths/trust-services.ts';
import { loadRequirements } from '../authorization/requirements.ts';
import { loadSchema } from '../schema.ts';
import { startLog } from '@binnacle/log/log';
import { type DirectorOptions, startDirector } from '../server.ts';
import { testTrust } from './test-trust.ts';

const SCHEMA_FOLDER = path.resolve(import.meta.dirname, '../../../../schema/director');
const EXTENSIONS_FOLDER = path.resolve(SCHEMA_FOLDER, '../extensions');
const ISSUER = 'test-gateway';

// oxlint-disable-next-line typescript/no-explicit-any -- answers are as varied as the documents of the tests
type Json = any;

export interface Answer {
  readonly status: number;
  readonly data: Json;
  readonly errors: Json;
  readonly headers: Headers;
}

/** Who calls in a test; every scope of the schema unless said otherwise. */
export interface TestCaller {
  readonly tenant?: string | undefined;
  readonly externalTenant?: string;
  readonly scopes?: readonly string[];
  readonly consumerType?: ConsumerType;
  readonly consumerId?: string;
  readonly flow?: Flow;
}

/** A Director on a database of its own, under the role on which row-level security is in force. */
export interface DirectorUnderTest {
  readonly url: string;
  readonly registry: Registry;
  readonly database: TestDatabase;
  readonly envelopeKey: Buffer;
  /** All scopes that anything asks for. */
  readonly allScopes: readonly string[];
  call(caller: TestCaller, query: string, variables?: object, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** The same at the extension endpoint. */
  extended(caller: TestCaller, query: string, variables?: object): Promise<Answer>;
  token(caller: TestCaller): string;
  /** Makes a tenant below its parents and answers its internal id. */
  tenant(externalId: string, options?: { readonly type?: string; readonly parents?: readonly string[]; readonly region?: string }): Promise<string>;
  stop(): Promise<void>;
}

export async function startDirectorUnderTest({
  discoveryPaths,
  ...settings
}: Partial<TrustSettings> & Pick<DirectorOptions, 'discoveryPaths'> = {}): Promise<DirectorUnderTest> {
  // What reaches the log at this level is a fault; the test that caused it shows it.
  startLog({ service: 'director', level: 'error' });
  const database = await createTestDatabase();
  const registry = openRegistry({ url: database.guardedUrl, guarded: true, applicationName: 'director under test', poolSize: 5 });
  const envelopeKey = randomBytes(32);
  const key = generateSigningKey();
  const nowSeconds = (): number => Math.floor(Date.now() / 1000);
  const verifier = createTokenVerifier({ keys: staticKeys([key.publicJwk]), issuer: ISSUER, audience: 'director', nowSeconds });
  const director = await startDirector({
    host: '127.0.0.1',
    port: 0,
    schemaFolder: SCHEMA_FOLDER,
    extensionsFolder: EXTENSIONS_FOLDER,
    registry,
    envelope: createEnvelope([envelopeKey]),
    trust: testTrust(envelopeKey, settings),
    verifier,
    metrics: createMetrics('director'),
    ...(discoveryPaths ? { discoveryPaths } : {}),
  });
  const url = `http://127.0.0.1:${director.port}/graphql`;
  const allScopes = scopesOfSchema();
  const token = ({ tenant, externalTenant, scopes, consumerType = 'Static User', consumerId = 'tester', flow = 'JWT' }: TestCaller): string => {
    const caller: Caller = {
      consumerId,
      consumerType,
      flow,
      scopes: new Set(scopes ?? allScopes),
      tenant,
      externalTenant,
      onBehalfOf: '',
      region: '',
      subject: '',
    };
    return mintInternalToken(key, caller, ISSUER, 'director', nowSeconds());
  };
  async function post(to: string, caller: TestCaller, query: string, variables?: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const response = await fetch(to, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token(caller)}`, ...headers },
      body: JSON.stringify({ query, ...(variables ? { variables } : {}) }),
    });
    const { data, errors } = JSON.parse(await response.text()) as { data: Json; errors: Json };
    return { status: response.status, data, errors, headers: response.headers };
  }
  const under: DirectorUnderTest = {
    url,
    registry,
    database,
    envelopeKey,
    allScopes,
    token,
    call: (caller, query, variables, headers) => post(url, caller, query, variables, headers),
    extended: (caller, query, variables) => post(url.replace('/graphql', '/ext/graphql'), caller, query, variables),
    async tenant(externalId, { type = 'account', parents = [], region } = {}) {
      const input = { name: externalId, externalTenant: externalId, type, parents, provider: 'test', ...(region ? { region } : {}) };
      const { data, errors } = await under.call({}, 'mutation ($in: BusinessTenantMappingInput!) { writeTenant(in: $in) }', { in: input });
      if (errors) throw new Error(JSON.stringify(errors));
      return data.writeTenant as string;
    },
    async stop() {
      await director.close();
      await registry.close();
      await database.drop();
    },
  };
  return under;
}

function scopesOfSchema(): readonly string[] {
  const schema = loadSchema(SCHEMA_FOLDER, EXTENSIONS_FOLDER);
  const requirements = loadRequirements(schema, SCHEMA_FOLDER, EXTENSIONS_FOLDER);
  const found = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!('getFields' in type)) continue;
    for (const field of Object.values(type.getFields())) {
      for (const scope of requirements.scopesOf(field as never)) found.add(scope);
      const { sanitize, needed } = requirements.fieldScopes(type.name, field.name);
      for (const scope of [sanitize, needed]) if (scope) found.add(scope);
    }
  }
  return [...found, 'application.local_tenant_id:write', 'formation.state:write'];
}

/** Runs SQL behind the scenes. */
export const behindTheScenes = (under: DirectorUnderTest, sql: string, values: readonly unknown[] = []): Promise<readonly Json[]> =>
  asAdmin(under.database.adminUrl, async (client) => (await client.query(sql, [...values])).rows as Json[]);
