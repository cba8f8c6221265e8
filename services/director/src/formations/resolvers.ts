import { DomainError } from '@binnacle/errors/domain-error';
import { type AnyMutation, tenantMutation } from '../call.ts';
import type {
  MutationAssignFormationArgs,
  MutationCreateFormationArgs,
  MutationDeleteFormationArgs,
  MutationUnassignFormationArgs,
} from '../generated/graphql.ts';
import { refuseUnavailable } from '../not-available.ts';
import { assignFormation, unassignFormation } from './assign-formation.ts';
import { isDraft, requireFormationName } from './formation.ts';
import { formationsOf } from './repository.ts';

export const formationMutations: Readonly<Record<string, AnyMutation>> = {
  createFormation: tenantMutation<MutationCreateFormationArgs>(async (work, { formation }, call) => {
    requireFormationName(formation.name);
    const id = call.newId();
    await formationsOf(work).add({ id, name: formation.name, template: formation.templateName ?? undefined, isDraft: isDraft(formation.state) });
    return call.read(work, 'Formation', id);
  }),

  deleteFormation: tenantMutation<MutationDeleteFormationArgs>(async (work, { formation }, call) => {
    const { id, isEmpty } = await formationsOf(work).lock(formation.name);
    if (!isEmpty) throw new DomainError('InvalidOperation', { reason: `cannot delete formation with ID "${id}", because it is not empty` });
    const answer = await call.read(work, 'Formation', id);
    await formationsOf(work).remove(id);
    return answer;
  }),

  assignFormation: tenantMutation<MutationAssignFormationArgs>(async (work, { objectID, objectType, formation, initialConfigurations }, call) => {
    refuseUnavailable(initialConfigurations, 'initialConfigurations');
    return call.read(work, 'Formation', await assignFormation(work, objectID, objectType, formation.name));
  }),

  unassignFormation: tenantMutation<MutationUnassignFormationArgs>(async (work, { objectID, objectType, formation }, call) =>
    call.read(work, 'Formation', await unassignFormation(work, objectID, objectType, formation.name)),
  ),
};
