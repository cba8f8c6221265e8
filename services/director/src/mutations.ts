import { applicationMutations } from './applications/resolvers.ts';
import { systemAuthMutations } from './auths/resolvers.ts';
import { bundleMutations } from './bundles/resolvers.ts';
import type { AnyMutation } from './call.ts';
import { certificateSubjectMappingMutations } from './certificate-subject-mappings/resolvers.ts';
import { definitionMutations } from './definitions/resolvers.ts';
import { formationMutations } from './formations/resolvers.ts';
import { integrationSystemMutations } from './integration-systems/resolvers.ts';
import { labelDefinitionMutations } from './labels/resolvers.ts';
import { runtimeMutations } from './runtimes/resolvers.ts';
import { tenantMutations } from './tenants/resolvers.ts';
import { webhookMutations } from './webhooks/resolvers.ts';

/** Every mutation of this version, by its name in the schema. */
export const mutations: Readonly<Record<string, AnyMutation>> = {
  ...applicationMutations,
  ...bundleMutations,
  ...certificateSubjectMappingMutations,
  ...definitionMutations,
  ...formationMutations,
  ...integrationSystemMutations,
  ...labelDefinitionMutations,
  ...runtimeMutations,
  ...systemAuthMutations,
  ...tenantMutations,
  ...webhookMutations,
};
