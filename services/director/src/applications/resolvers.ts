import { DomainError } from '@binnacle/errors/domain-error';
import type { TenantWork } from '@binnacle/registry/work';
import { emptyContent } from '../bundles/content.ts';
import { type AnyMutation, type Call, tenantMutation } from '../call.ts';
import { checkLabel } from '../labels/label-rules.ts';
import { refuseScenariosLabel } from '../labels/scenarios-label.ts';
import { refuseUnavailable } from '../not-available.ts';
import { requireOwner } from '../require-owner.ts';
import type {
  MutationDeleteApplicationLabelArgs,
  MutationRegisterApplicationArgs,
  MutationSetApplicationLabelArgs,
  MutationUnpairApplicationArgs,
  MutationUnregisterApplicationArgs,
  MutationUpdateApplicationArgs,
} from '../generated/graphql.ts';
import { addDiscoveryWebhook } from '../webhooks/discovery.ts';
import { webhooksOf } from '../webhooks/repository.ts';
import { registerApplication } from './register-application.ts';
import { applicationsOf } from './repository.ts';
import { unpairApplication, unregisterApplication } from './unregister-application.ts';

const refuseAsync = (mode: string | null | undefined): void => refuseUnavailable(mode === 'ASYNC' ? mode : undefined, 'mode ASYNC');

/** A base URL may be what a webhook for discovery has been waiting for. */
async function discoverAt(work: TenantWork, id: string, call: Call): Promise<void> {
  const content = emptyContent();
  const candidate = await applicationsOf(work).discoveryCandidate(id);
  if (addDiscoveryWebhook(content, call, call.discoveryPaths, candidate)) await webhooksOf(work).add('application', id, content);
}

export const applicationMutations: Readonly<Record<string, AnyMutation>> = {
  registerApplication: tenantMutation<MutationRegisterApplicationArgs>(async (work, { in: input, mode }, call) => {
    refuseAsync(mode);
    return call.read(work, 'Application', await registerApplication(work, call, { ...input }));
  }),

  updateApplication: tenantMutation<MutationUpdateApplicationArgs>(async (work, { id, in: input }, call) => {
    await requireOwner(work, 'application', id);
    await applicationsOf(work).update(id, {
      provider_name: input.providerName ?? undefined,
      description: input.description ?? undefined,
      healthcheck_url: input.healthCheckURL ?? undefined,
      base_url: input.baseUrl ?? undefined,
      app_namespace: input.applicationNamespace ?? undefined,
      integration_system_id: input.integrationSystemID ?? undefined,
      local_tenant_id: input.localTenantID ?? undefined,
      status: input.statusCondition ?? undefined,
    });
    if (input.baseUrl) await discoverAt(work, id, call);
    return call.read(work, 'Application', id);
  }),

  unregisterApplication: tenantMutation<MutationUnregisterApplicationArgs>((work, { id, mode }, call) => {
    refuseAsync(mode);
    return unregisterApplication(work, id, call);
  }),

  unpairApplication: tenantMutation<MutationUnpairApplicationArgs>(async (work, { id, mode }, call) => {
    refuseAsync(mode);
    await unpairApplication(work, id);
    return call.read(work, 'Application', id);
  }),

  setApplicationLabel: tenantMutation<MutationSetApplicationLabelArgs>(async (work, { applicationID, key, value }, call) => {
    checkLabel(key, value);
    refuseScenariosLabel({ [key]: value }, 'set');
    await requireOwner(work, 'application', applicationID, 'applicationID');
    await applicationsOf(work).setLabel(applicationID, key, value);
    return call.value({ key, value });
  }),

  deleteApplicationLabel: tenantMutation<MutationDeleteApplicationLabelArgs>(async (work, { applicationID, key }, call) => {
    refuseScenariosLabel({ [key]: true }, 'deleted');
    await requireOwner(work, 'application', applicationID, 'applicationID');
    const value = await applicationsOf(work).deleteLabel(applicationID, key);
    if (value === undefined) throw new DomainError('NotFound', { object: 'applicationLabel' });
    return call.value({ key, value });
  }),
};
