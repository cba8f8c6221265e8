import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../run-tool.ts';
import type { StackAddresses } from './stack.ts';

/** Puts a small landscape into the two demo tenants, through the public door and with a real token. */
export async function seedDemo({ gateway, issuer }: StackAddresses, folder: string): Promise<void> {
  const token = execFileSync(process.execPath, ['-C', 'binnacle-src', 'services/identity/src/token-command.ts', '--user', 'admin', '--issuer', issuer], { cwd: ROOT, encoding: 'utf8' }).trim();
  const call = async (tenant: string | undefined, query: string, variables: object = {}): Promise<Record<string, { id: string }>> => {
    const response = await fetch(`${gateway}/director/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...(tenant ? { tenant } : {}) },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data?: Record<string, { id: string }>; errors?: readonly { message: string }[] };
    if (!data || errors) throw new Error(`the demo landscape was refused: ${errors?.map(({ message }) => message).join('; ') ?? `HTTP ${response.status}`}`);
    return data;
  };
  await call(undefined, WRITE_TENANTS, { in: DEMO_TENANTS });
  for (const { tenant, formation, applications, runtimes } of DEMO_LANDSCAPE) {
    await call(tenant, 'mutation ($in: FormationInput!) { createFormation(formation: $in) { id } }', { in: { name: formation } });
    for (const application of applications) {
      const { registerApplication } = await call(tenant, 'mutation ($in: ApplicationRegisterInput!) { registerApplication(in: $in) { id } }', { in: application });
      await call(tenant, ASSIGN, { id: registerApplication?.id, type: 'APPLICATION', formation: { name: formation } });
    }
    for (const runtime of runtimes) {
      const { registerRuntime } = await call(tenant, 'mutation ($in: RuntimeRegisterInput!) { registerRuntime(in: $in) { id } }', { in: runtime });
      await call(tenant, ASSIGN, { id: registerRuntime?.id, type: 'RUNTIME', formation: { name: formation } });
    }
  }
}

const WRITE_TENANTS = 'mutation ($in: [BusinessTenantMappingInput!]) { writeTenants(in: $in) }';
const ASSIGN = 'mutation ($id: ID!, $type: FormationObjectType!, $formation: FormationInput!) { assignFormation(objectID: $id, objectType: $type, formation: $formation) { id } }';

const DEMO_TENANTS = [
  { name: 'Acme Corporation', externalTenant: 'acme', type: 'account', provider: 'demo' },
  { name: 'Acme Labs', externalTenant: 'acme-labs', type: 'subaccount', parents: ['acme'], provider: 'demo', region: 'eu-1', subdomain: 'acme-labs' },
  { name: 'Globex', externalTenant: 'globex', type: 'account', provider: 'demo' },
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
      apiDefinitions: [{ name: 'orders', targetURL: `https://${name}.example.com/orders`, version: { value: '1.2.0' }, spec: { type: 'OPEN_API', format: 'JSON', data: OPEN_API } }],
      eventDefinitions: [{ name: 'order-events', version: { value: '1.0.0' }, spec: { type: 'ASYNC_API', format: 'YAML', data: ASYNC_API } }],
      documents: [{ title: 'Getting started', displayName: 'Getting started', description: 'First steps', format: 'MARKDOWN', data: '# Getting started\n' }],
    },
  ],
});

const OPEN_API = JSON.stringify({ openapi: '3.1.0', info: { title: 'Orders', version: '1.2.0' }, paths: { '/orders': { get: { responses: { 200: { description: 'All orders' } } } } } });
const ASYNC_API = 'asyncapi: 3.0.0\ninfo:\n  title: Order events\n  version: 1.0.0\n';

const DEMO_LANDSCAPE = [
  {
    tenant: 'acme',
    formation: 'order-to-cash',
    applications: [
      application('webshop', 'SAP Commerce Cloud', 'Takes the orders'),
      application('field-service', 'SAP Field Service Management', 'Sends the technicians'),
    ],
    runtimes: [{ name: 'extensions-eu', description: 'Runs the extensions', labels: { runtimeType: 'kyma', region: 'eu-1' } }],
  },
  {
    tenant: 'globex',
    formation: 'customer-care',
    applications: [application('service-desk', 'SAP Cloud for Customer', 'Answers the customers')],
    runtimes: [{ name: 'globex-runtime', description: 'Runs the extensions of Globex', labels: { runtimeType: 'kyma', region: 'eu-2' } }],
  },
];
