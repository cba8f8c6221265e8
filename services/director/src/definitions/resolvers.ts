import { DomainError } from '@binnacle/errors/domain-error';
import type { TenantWork } from '@binnacle/registry/work';
import { addApi, addEvent, definitionColumns, emptyContent, specRow } from '../bundles/content.ts';
import { contentOf } from '../bundles/repository.ts';
import { type AnyMutation, type Answer, type Call, tenantMutation } from '../call.ts';
import type {
  ApiDefinitionInput,
  EventDefinitionInput,
  MutationAddApiDefinitionToApplicationArgs,
  MutationAddApiDefinitionToBundleArgs,
  MutationAddEventDefinitionToApplicationArgs,
  MutationAddEventDefinitionToBundleArgs,
  MutationDeleteApiDefinitionArgs,
  MutationDeleteEventDefinitionArgs,
  MutationUpdateApiDefinitionArgs,
  MutationUpdateApiDefinitionForApplicationArgs,
  MutationUpdateEventDefinitionArgs,
  MutationUpdateEventDefinitionForApplicationArgs,
} from '../generated/graphql.ts';
import { requireId, requireOwner } from '../require-owner.ts';

type Kind = 'api' | 'event';
type Input = ApiDefinitionInput | EventDefinitionInput;

const TYPE = { api: 'APIDefinition', event: 'EventDefinition' } as const;
const TABLE = { api: 'api_definition', event: 'event_definition' } as const;
const ADD = { api: addApi, event: addEvent } as const;

async function addToApplication(kind: Kind, work: TenantWork, applicationId: string, input: Input, call: Call): Promise<Answer> {
  await requireOwner(work, 'application', applicationId, 'appID');
  return add(kind, work, applicationId, undefined, input, call);
}

async function addToBundle(kind: Kind, work: TenantWork, bundleId: string, input: Input, call: Call): Promise<Answer> {
  requireId(bundleId, 'bundleID');
  const { applicationId } = await contentOf(work).requireOwned('bundle', bundleId);
  return add(kind, work, applicationId, bundleId, input, call);
}

async function add(kind: Kind, work: TenantWork, applicationId: string, bundleId: string | undefined, input: Input, call: Call): Promise<Answer> {
  const content = emptyContent();
  const id = ADD[kind](content, call, { ...input }, bundleId);
  await contentOf(work).add(applicationId, content);
  return call.read(work, TYPE[kind], id);
}

/** @throws DomainError CannotUpdateObjectInManyBundles: the change would show in bundles that were not meant */
async function update(kind: Kind, work: TenantWork, id: string, input: Input, call: Call): Promise<Answer> {
  requireId(id, 'id');
  const { bundles } = await contentOf(work).requireOwned(TABLE[kind], id);
  if (bundles > 1) throw new DomainError('CannotUpdateObjectInManyBundles');
  const target = 'targetURL' in input ? { target_url: input.targetURL } : {};
  await contentOf(work).updateDefinition(
    TABLE[kind],
    id,
    { ...definitionColumns({ ...input }), ...target },
    specRow(call, input.spec, kind === 'api' ? 1 : 2, id),
  );
  return call.read(work, TYPE[kind], id);
}

async function remove(kind: Kind, work: TenantWork, id: string, call: Call): Promise<Answer> {
  requireId(id, 'id');
  await contentOf(work).requireOwned(TABLE[kind], id);
  const answer = await call.read(work, TYPE[kind], id);
  await contentOf(work).remove(TABLE[kind], id);
  return answer;
}

export const definitionMutations: Readonly<Record<string, AnyMutation>> = {
  addAPIDefinitionToApplication: tenantMutation<MutationAddApiDefinitionToApplicationArgs>((work, { appID, in: input }, call) =>
    addToApplication('api', work, appID, input, call),
  ),
  addAPIDefinitionToBundle: tenantMutation<MutationAddApiDefinitionToBundleArgs>((work, { bundleID, in: input }, call) =>
    addToBundle('api', work, bundleID, input, call),
  ),
  updateAPIDefinition: tenantMutation<MutationUpdateApiDefinitionArgs>((work, { id, in: input }, call) => update('api', work, id, input, call)),
  updateAPIDefinitionForApplication: tenantMutation<MutationUpdateApiDefinitionForApplicationArgs>((work, { id, in: input }, call) =>
    update('api', work, id, input, call),
  ),
  deleteAPIDefinition: tenantMutation<MutationDeleteApiDefinitionArgs>((work, { id }, call) => remove('api', work, id, call)),
  addEventDefinitionToApplication: tenantMutation<MutationAddEventDefinitionToApplicationArgs>((work, { appID, in: input }, call) =>
    addToApplication('event', work, appID, input, call),
  ),
  addEventDefinitionToBundle: tenantMutation<MutationAddEventDefinitionToBundleArgs>((work, { bundleID, in: input }, call) =>
    addToBundle('event', work, bundleID, input, call),
  ),
  updateEventDefinition: tenantMutation<MutationUpdateEventDefinitionArgs>((work, { id, in: input }, call) => update('event', work, id, input, call)),
  updateEventDefinitionForApplication: tenantMutation<MutationUpdateEventDefinitionForApplicationArgs>((work, { id, in: input }, call) =>
    update('event', work, id, input, call),
  ),
  deleteEventDefinition: tenantMutation<MutationDeleteEventDefinitionArgs>((work, { id }, call) => remove('event', work, id, call)),
};
