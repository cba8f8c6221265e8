import type { TenantWork } from '@binnacle/registry/work';
import { addBundle, addWebhook, type ContentMaker, emptyContent, originOf } from '../bundles/content.ts';
import { refuseScenariosLabel } from '../labels/scenarios-label.ts';
import type { Call } from '../call.ts';
import { addDiscoveryWebhook, DISCOVERY } from '../webhooks/discovery.ts';
import { initialLabels } from './application.ts';
import { applicationsOf } from './repository.ts';

type Input = Readonly<Record<string, unknown>>;

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/**
 * Registers an Application owned by the work's tenant, with its bundles and webhooks: one statement.
 * @throws DomainError NotUniqueName when the tenant has one with this normalised name; NotFound for an unknown integration system;
 * InvalidData when the label `scenarios` is given
 */
export async function registerApplication(work: TenantWork, maker: ContentMaker & Pick<Call, 'discoveryPaths'>, input: Input): Promise<string> {
  const given = (input['labels'] ?? {}) as Input;
  refuseScenariosLabel(given, 'set');
  const content = emptyContent();
  const webhooks = (input['webhooks'] ?? []) as readonly Input[];
  for (const webhook of webhooks) addWebhook(content, maker, webhook);
  for (const bundle of (input['bundles'] ?? []) as readonly Input[]) addBundle(content, maker, bundle);
  const baseUrl = text(input['baseUrl']) ?? originOf(content.firstTargetUrl) ?? null;
  const hasOne = webhooks.some((webhook) => webhook['type'] === DISCOVERY);
  addDiscoveryWebhook(content, maker, maker.discoveryPaths, { type: given['applicationType'], baseUrl, hasOne });
  const id = maker.newId();
  const name = String(input['name']);
  const integrationSystemId = text(input['integrationSystemID']);
  await applicationsOf(work).add(
    {
      id,
      name,
      providerName: text(input['providerName']),
      description: text(input['description']),
      healthCheckUrl: text(input['healthCheckURL']),
      baseUrl,
      applicationNamespace: text(input['applicationNamespace']),
      integrationSystemId,
      localTenantId: text(input['localTenantID']),
      status: text(input['statusCondition']),
      labels: initialLabels(given, name, integrationSystemId),
    },
    content,
  );
  return id;
}
