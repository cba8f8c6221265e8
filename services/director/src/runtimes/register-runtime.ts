import { DomainError } from '@binnacle/errors/domain-error';
import type { TenantWork } from '@binnacle/registry/work';
import { addWebhook, emptyContent } from '../bundles/content.ts';
import type { Call } from '../call.ts';
import { refuseScenariosLabel } from '../labels/scenarios-label.ts';
import { acceptedLabels } from './runtime.ts';
import { runtimesOf } from './repository.ts';

type Input = Readonly<Record<string, unknown>>;

const SUBACCOUNT_KEY = 'global_subaccount_id';

/**
 * Registers a Runtime, in the subaccount that its label names or else in the work's tenant.
 * @throws DomainError NotFound for an unknown subaccount; InvalidOperation when it is no child of the tenant
 */
export async function registerRuntime(work: TenantWork, call: Call, input: Input): Promise<string> {
  const given = (input['labels'] ?? {}) as Input;
  refuseScenariosLabel(given, 'set');
  const isIntegrationSystem = call.caller.consumerType === 'Integration System';
  const content = emptyContent();
  for (const webhook of (input['webhooks'] ?? []) as readonly Input[]) addWebhook(content, call, webhook);
  if (isIntegrationSystem) addWebhook(content, call, INTEGRATION_SYSTEM_WEBHOOK);
  const text = (name: string): string | null => (typeof input[name] === 'string' ? input[name] : null);
  const owner = await ownerOf(work, given[SUBACCOUNT_KEY]);
  const labels = { ...acceptedLabels(given), ...(isIntegrationSystem ? { runtimeType: 'kyma', region: owner.region } : {}) };
  const id = call.newId();
  await runtimesOf(work).add(
    {
      id,
      owner: owner.id,
      name: String(input['name']),
      description: text('description'),
      applicationNamespace: isIntegrationSystem ? 'sap.kyma' : text('applicationNamespace'),
      status: text('statusCondition'),
      labels,
    },
    content,
  );
  return id;
}

/** Runtimes of integration systems are told of changes by a webhook; its templates are filled in by whoever delivers. */
const INTEGRATION_SYSTEM_WEBHOOK: Input = {
  type: 'CONFIGURATION_CHANGED',
  mode: 'SYNC',
  urlTemplate: "'{}'",
  inputTemplate: "'{}'",
  headerTemplate: "'{}'",
  outputTemplate: "'{}'",
  auth: { accessStrategy: 'sap:cmp-mtls:v1' },
};

async function ownerOf(work: TenantWork, subaccount: unknown): Promise<{ readonly id: string; readonly region: string }> {
  const named = typeof subaccount === 'string' ? subaccount : undefined;
  const found = await runtimesOf(work).owner(named);
  if (!found) throw new DomainError('NotFound', { object: 'tenant' });
  if (!found.isChild) throw new DomainError('InvalidOperation', { reason: `the tenant with id ${named ?? ''} is not a child of the calling tenant` });
  return found;
}
