import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mintInternalToken } from '@binnacle/internal-token/mint';
import { openRegistry } from '@binnacle/registry/registry';
import { createEnvelope, parseKeyFile } from '@binnacle/secrets/envelope';
import { loadSigningKeys } from '../../services/gateway/src/signing-keys/signing-key-store.ts';
import { ROOT } from '../run-tool.ts';
import type { StackAddresses } from './stack.ts';

/** Where the stack that is to be seeded is, and what its runtimes need. */
export interface SeedTarget extends StackAddresses {
  readonly director: string;
  readonly registryUrl: string;
  readonly keyFile: string;
}

type Call = (tenant: string | undefined, query: string, variables?: object) => Promise<Record<string, { readonly id: string; readonly internalID?: string }>>;

/**
 * Puts a small landscape into the demo tenants: through the public door and with a real token, but for the runtimes. These are registered as by
 * an integration system, since only such a caller's runtimes get a type, without which no formation takes them; integration systems log in
 * with client credentials, which come with a later version.
 */
export async function seedDemo(target: SeedTarget): Promise<void> {
  const token = execFileSync(process.execPath, ['-C', 'binnacle-src', 'services/identity/src/token-command.ts', '--user', 'admin', '--issuer', target.issuer], {
    cwd: ROOT,
    encoding: 'utf8',
  }).trim();
  const call: Call = (tenant, query, variables = {}) => send(`${target.gateway}/director/graphql`, token, query, variables, tenant);
  await call(undefined, WRITE_TENANTS, { in: DEMO_TENANTS });
  for (const { tenant, formation, applications, runtimes } of DEMO_LANDSCAPE) {
    await call(tenant, 'mutation ($in: FormationInput!) { createFormation(formation: $in) { id } }', { in: { name: formation } });
    for (const application of applications) {
      const { registerApplication } = await call(tenant, 'mutation ($in: ApplicationRegisterInput!) { registerApplication(in: $in) { id } }', {
        in: application,
      });
      await call(tenant, ASSIGN, { id: registerApplication?.id, type: 'APPLICATION', formation: { name: formation } });
    }
    const { tenantByExternalID } = await call(undefined, 'query ($id: ID!) { tenantByExternalID(id: $id) { id internalID } }', { id: tenant });
    const inside = await integrationSystemToken(target, tenantByExternalID?.internalID ?? '', tenant);
    for (const runtime of runtimes) {
      const { registerRuntime } = await send(
        `${target.director}/graphql`,
        inside,
        'mutation ($in: RuntimeRegisterInput!) { registerRuntime(in: $in) { id } }',
        { in: runtime },
      );
      await call(tenant, ASSIGN, { id: registerRuntime?.id, type: 'RUNTIME', formation: { name: formation } });
    }
  }
}

async function send(url: string, token: string, query: string, variables: object, tenant?: string): ReturnType<Call> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...(tenant ? { tenant } : {}) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: Awaited<ReturnType<Call>>; errors?: readonly { message: string }[] };
  if (!data || errors) throw new Error(`the demo landscape was refused: ${errors?.map(({ message }) => message).join('; ') ?? `HTTP ${response.status}`}`);
  return data;
}

async function integrationSystemToken({ registryUrl, keyFile }: SeedTarget, tenant: string, externalTenant: string): Promise<string> {
  const registry = openRegistry({ url: registryUrl, applicationName: 'seed', poolSize: 1 });
  const { current } = await loadSigningKeys(registry, createEnvelope(parseKeyFile(readFileSync(keyFile))));
  await registry.close();
  const caller = {
    consumerId: randomUUID(),
    consumerType: 'Integration System',
    flow: 'OAuth2',
    scopes: new Set(['runtime:read', 'runtime:write']),
    tenant,
    externalTenant,
    onBehalfOf: '',
    region: '',
    subject: 'demo',
  } as const;
  return mintInternalToken(current, caller, 'binnacle-gateway', 'director', Math.floor(Date.now() / 1000));
}

const WRITE_TENANTS = 'mutation ($in: [BusinessTenantMappingInput!]) { writeTenants(in: $in) }';
const ASSIGN =
  'mutation ($id: ID!, $type: FormationObjectType!, $formation: FormationInput!) { assignFormation(objectID: $id, objectType: $type, formation: $formation) { id } }';

const DEMO_TENANTS = [
  { name: 'Acme Corporation', externalTenant: 'acme', type: 'account', provider: 'demo', region: 'eu-1' },
  { name: 'Acme Labs', externalTenant: 'acme-labs', type: 'subaccount', parents: ['acme'], provider: 'demo', region: 'eu-1', subdomain: 'acme-labs' },
  { name: 'Globex', externalTenant: 'globex', type: 'account', provider: 'demo', region: 'eu-2' },
];

const application = (name: string, applicationType: string, description: string) => ({
  name,
  description,
  providerName: 'Demo',
  healthCheckURL: `https://${name}.example.com/health`,
  labels: { applicationType, stage: ['demo'] },
  bundles: [
    {
      name: `${name}-bundle`,
      description: `What ${name} offers`,
      apiDefinitions: [
        {
          name: 'orders',
          targetURL: `https://${name}.example.com/orders`,
          version: { value: '1.2.0' },
          spec: { type: 'OPEN_API', format: 'JSON', data: OPEN_API },
        },
      ],
      eventDefinitions: [{ name: 'order-events', version: { value: '1.0.0' }, spec: { type: 'ASYNC_API', format: 'YAML', data: ASYNC_API } }],
      documents: [{ title: 'Getting started', displayName: 'Getting started', description: 'First steps', format: 'MARKDOWN', data: '# Getting started\n' }],
    },
  ],
});

const OPEN_API = JSON.stringify({
  openapi: '3.1.0',
  info: { title: 'Orders', version: '1.2.0' },
  paths: { '/orders': { get: { responses: { 200: { description: 'All orders' } } } } },
});
const ASYNC_API = 'asyncapi: 3.0.0\ninfo:\n  title: Order events\n  version: 1.0.0\n';

const DEMO_LANDSCAPE = [
  {
    tenant: 'acme',
    formation: 'order-to-cash',
    applications: [
      application('webshop', 'SAP Commerce Cloud', 'Takes the orders'),
      application('field-service', 'SAP Field Service Management', 'Sends the technicians'),
    ],
    runtimes: [{ name: 'extensions-eu', description: 'Runs the extensions' }],
  },
  {
    tenant: 'globex',
    formation: 'customer-care',
    applications: [application('service-desk', 'SAP Cloud for Customer', 'Answers the customers')],
    runtimes: [{ name: 'globex-runtime', description: 'Runs the extensions of Globex' }],
  },
];
