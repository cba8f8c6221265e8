import { DomainError } from '@binnacle/errors/domain-error';
import { checkLabel } from '../labels/label-rules.ts';
import { type AnyMutation, tenantMutation } from '../call.ts';
import type {
  MutationDeleteRuntimeLabelArgs,
  MutationRegisterRuntimeArgs,
  MutationSetRuntimeLabelArgs,
  MutationUnregisterRuntimeArgs,
  MutationUpdateRuntimeArgs,
} from '../generated/graphql.ts';
import { refuseScenariosLabel } from '../labels/scenarios-label.ts';
import { requireOwner } from '../require-owner.ts';
import { registerRuntime } from './register-runtime.ts';
import { runtimesOf } from './repository.ts';
import { acceptedLabels, isUnmodifiable } from './runtime.ts';

function refuseUnmodifiable(key: string, verb: 'set' | 'delete'): void {
  if (isUnmodifiable(key)) throw new DomainError('InvalidData', { reason: `could not ${verb} unmodifiable label with key ${key}` });
}

export const runtimeMutations: Readonly<Record<string, AnyMutation>> = {
  registerRuntime: tenantMutation<MutationRegisterRuntimeArgs>(async (work, { in: input }, call) =>
    call.read(work, 'Runtime', await registerRuntime(work, call, { ...input })),
  ),

  updateRuntime: tenantMutation<MutationUpdateRuntimeArgs>(async (work, { id, in: input }, call) => {
    refuseScenariosLabel(input.labels ?? {}, 'set');
    await requireOwner(work, 'runtime', id);
    await runtimesOf(work).update(id, {
      name: input.name,
      description: input.description ?? null,
      status: input.statusCondition ?? null,
      applicationNamespace: input.applicationNamespace ?? null,
      labels: acceptedLabels(input.labels ?? {}),
    });
    return call.read(work, 'Runtime', id);
  }),

  unregisterRuntime: tenantMutation<MutationUnregisterRuntimeArgs>(async (work, { id }, call) => {
    await requireOwner(work, 'runtime', id);
    const answer = await call.read(work, 'Runtime', id, { deleted: true });
    await runtimesOf(work).remove(id);
    return answer;
  }),

  setRuntimeLabel: tenantMutation<MutationSetRuntimeLabelArgs>(async (work, { runtimeID, key, value }, call) => {
    checkLabel(key, value);
    refuseScenariosLabel({ [key]: value }, 'set');
    refuseUnmodifiable(key, 'set');
    await requireOwner(work, 'runtime', runtimeID, 'runtimeID');
    await runtimesOf(work).setLabel(runtimeID, key, value);
    return call.value({ key, value });
  }),

  deleteRuntimeLabel: tenantMutation<MutationDeleteRuntimeLabelArgs>(async (work, { runtimeID, key }, call) => {
    refuseScenariosLabel({ [key]: true }, 'deleted');
    refuseUnmodifiable(key, 'delete');
    await requireOwner(work, 'runtime', runtimeID, 'runtimeID');
    const value = await runtimesOf(work).deleteLabel(runtimeID, key);
    if (value === undefined) throw new DomainError('NotFound', { object: 'runtimeLabel' });
    return call.value({ key, value });
  }),
};
