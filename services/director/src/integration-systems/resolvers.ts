import { type AnyMutation, globalMutation } from '../call.ts';
import type {
  MutationRegisterIntegrationSystemArgs,
  MutationUnregisterIntegrationSystemArgs,
  MutationUpdateIntegrationSystemArgs,
} from '../generated/graphql.ts';
import { integrationSystemsOf } from './repository.ts';

const REASON = 'integration systems belong to no tenant';

export const integrationSystemMutations: Readonly<Record<string, AnyMutation>> = {
  registerIntegrationSystem: globalMutation<MutationRegisterIntegrationSystemArgs>(REASON, async (work, { in: input }, call) => {
    const id = call.newId();
    await integrationSystemsOf(work).add(id, input.name, input.description ?? null);
    return call.read(work, 'IntegrationSystem', id);
  }),

  updateIntegrationSystem: globalMutation<MutationUpdateIntegrationSystemArgs>(REASON, async (work, { id, in: input }, call) => {
    await integrationSystemsOf(work).require(id);
    await integrationSystemsOf(work).update(id, input.name, input.description ?? null);
    return call.read(work, 'IntegrationSystem', id);
  }),

  unregisterIntegrationSystem: globalMutation<MutationUnregisterIntegrationSystemArgs>(REASON, async (work, { id }, call) => {
    await integrationSystemsOf(work).require(id);
    const answer = await call.read(work, 'IntegrationSystem', id);
    await integrationSystemsOf(work).remove(id);
    return answer;
  }),
};
