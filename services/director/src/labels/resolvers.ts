import { DomainError } from '@binnacle/errors/domain-error';
import { type AnyMutation, tenantMutation } from '../call.ts';
import { formationsOf } from '../formations/repository.ts';
import type { MutationCreateLabelDefinitionArgs, MutationUpdateLabelDefinitionArgs } from '../generated/graphql.ts';
import { scenarioNames } from './scenario-schema.ts';

export const labelDefinitionMutations: Readonly<Record<string, AnyMutation>> = {
  /** The definition mirrors the formations: defining names makes them. */
  createLabelDefinition: tenantMutation<MutationCreateLabelDefinitionArgs>(async (work, { in: input }, call) => {
    const formations = formationsOf(work);
    if (await formations.definition()) throw new DomainError('NotUnique', { object: 'labelDefinition' });
    await formations.addAll(withIds(scenarioNames(input.schema ?? ''), call));
    return call.read(work, 'LabelDefinition', work.tenant);
  }),

  updateLabelDefinition: tenantMutation<MutationUpdateLabelDefinitionArgs>(async (work, { in: input }, call) => {
    const formations = formationsOf(work);
    const known = await formations.definition();
    if (!known) throw new DomainError('NotFound', { object: 'labelDefinition' });
    const names = scenarioNames(input.schema ?? '');
    const removed = [...known].filter(([name]) => !names.includes(name));
    for (const [, { id, isEmpty }] of removed) {
      if (!isEmpty) throw new DomainError('InvalidOperation', { reason: `cannot delete formation with ID "${id}", because it is not empty` });
    }
    await formations.removeAll(removed.map(([, { id }]) => id));
    await formations.addAll(
      withIds(
        names.filter((name) => !known.has(name)),
        call,
      ),
    );
    return call.read(work, 'LabelDefinition', work.tenant);
  }),
};

/** Ids in the order of the names: the definition lists formations by id. */
const withIds = (names: readonly string[], { newId }: { readonly newId: () => string }) => names.map((name) => ({ id: newId(), name }));
