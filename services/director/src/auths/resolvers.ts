import type { TenantWork } from '@binnacle/registry/work';
import { revokeCertificates } from '@binnacle/trust/certificates';
import type { IdentityKind } from '@binnacle/trust/system-auths';
import { type AnyMutation, type Answer, type Call, globalMutation, preparedTenantMutation, tenantMutation } from '../call.ts';
import type {
  MutationDeleteSystemAuthForApplicationArgs,
  MutationDeleteSystemAuthForIntegrationSystemArgs,
  MutationDeleteSystemAuthForRuntimeArgs,
  MutationInvalidateSystemAuthOneTimeTokenArgs,
  MutationRequestClientCredentialsForApplicationArgs,
  MutationRequestClientCredentialsForIntegrationSystemArgs,
  MutationRequestClientCredentialsForRuntimeArgs,
  MutationRequestOneTimeTokenForApplicationArgs,
  MutationRequestOneTimeTokenForRuntimeArgs,
  MutationUpdateSystemAuthArgs,
} from '../generated/graphql.ts';
import { integrationSystemsOf } from '../integration-systems/repository.ts';
import { requireOwner } from '../require-owner.ts';
import { pairingOf, tokenFromAdapter } from './pairing-adapter.ts';
import { globalSystemAuthsOf, systemAuthsOf } from './repository.ts';
import { requestClientCredentials } from './request-client-credentials.ts';
import { requestOneTimeToken } from './request-one-time-token.ts';
import { updateSystemAuth } from './update-system-auth.ts';

const INTERNAL = 'identities are resolved before their tenant is known';
const OF_NO_TENANT = 'integration systems belong to no tenant';
const TYPE_OF: Readonly<Record<IdentityKind, string>> = {
  Application: 'AppSystemAuth',
  Runtime: 'RuntimeSystemAuth',
  'Integration System': 'IntSysSystemAuth',
};

export const systemAuthMutations: Readonly<Record<string, AnyMutation>> = {
  requestOneTimeTokenForApplication: preparedTenantMutation<MutationRequestOneTimeTokenForApplicationArgs, string | undefined>(
    async (inTransaction, { id, systemAuthID }, call) => {
      const adapters = await call.trust.settings.pairingAdapters();
      if (Object.keys(adapters).length === 0 || systemAuthID) return undefined;
      const pairing = await inTransaction((work) => pairingOf(work, call, id, adapters));
      return pairing && tokenFromAdapter(pairing.url, pairing.request);
    },
    async (work, { id, systemAuthID }, call, fromAdapter) =>
      call.value(await requestOneTimeToken(work, call, { kind: 'Application', id, authId: systemAuthID ?? undefined }, fromAdapter)),
  ),

  requestOneTimeTokenForRuntime: tenantMutation<MutationRequestOneTimeTokenForRuntimeArgs>(async (work, { id, systemAuthID }, call) =>
    call.value(await requestOneTimeToken(work, call, { kind: 'Runtime', id, authId: systemAuthID ?? undefined })),
  ),

  requestClientCredentialsForApplication: tenantMutation<MutationRequestClientCredentialsForApplicationArgs>(async (work, { id }, call) => {
    await requireOwner(work, 'application', id);
    return clientOf(work, call, 'Application', id);
  }),

  requestClientCredentialsForRuntime: tenantMutation<MutationRequestClientCredentialsForRuntimeArgs>(async (work, { id }, call) => {
    await requireOwner(work, 'runtime', id);
    return clientOf(work, call, 'Runtime', id);
  }),

  requestClientCredentialsForIntegrationSystem: globalMutation<MutationRequestClientCredentialsForIntegrationSystemArgs>(
    OF_NO_TENANT,
    async (work, { id }, call) => {
      await integrationSystemsOf(work).require(id);
      const owner = { kind: 'Integration System', objectId: id } as const;
      const { authId, revealed } = await requestClientCredentials(work, call, owner, globalSystemAuthsOf(work).addSecret);
      return call.read(work, 'IntSysSystemAuth', authId, { revealed });
    },
  ),

  deleteSystemAuthForApplication: tenantMutation<MutationDeleteSystemAuthForApplicationArgs>((work, { authID }, call) =>
    endAuth(work, call, 'Application', authID),
  ),

  deleteSystemAuthForRuntime: tenantMutation<MutationDeleteSystemAuthForRuntimeArgs>((work, { authID }, call) => endAuth(work, call, 'Runtime', authID)),

  deleteSystemAuthForIntegrationSystem: globalMutation<MutationDeleteSystemAuthForIntegrationSystemArgs>(OF_NO_TENANT, async (work, { authID }, call) => {
    await globalSystemAuthsOf(work).require(authID, 'Integration System');
    const answer = await call.read(work, 'IntSysSystemAuth', authID);
    await globalSystemAuthsOf(work).remove(authID);
    return answer;
  }),

  updateSystemAuth: globalMutation<MutationUpdateSystemAuthArgs>(INTERNAL, async (work, { authID, in: input }, call) => {
    const { kind } = await updateSystemAuth(work, call, authID, { ...input });
    return call.read(work, TYPE_OF[kind], authID);
  }),

  invalidateSystemAuthOneTimeToken: globalMutation<MutationInvalidateSystemAuthOneTimeTokenArgs>(INTERNAL, async (work, { authID }, call) => {
    const { kind } = await globalSystemAuthsOf(work).require(authID);
    await globalSystemAuthsOf(work).spendToken(authID);
    return call.read(work, TYPE_OF[kind], authID);
  }),
};

async function clientOf(work: TenantWork, call: Call, kind: 'Application' | 'Runtime', objectId: string): Promise<Answer> {
  const { authId, revealed } = await requestClientCredentials(work, call, { kind, objectId }, systemAuthsOf(work).addSecret);
  return call.read(work, TYPE_OF[kind], authId, { revealed });
}

/** Its certificates, its OAuth client and its token stop working with the commit. */
async function endAuth(work: TenantWork, call: Call, kind: 'Application' | 'Runtime', authId: string): Promise<Answer> {
  await systemAuthsOf(work).requireOwned(authId, kind);
  const answer = await call.read(work, TYPE_OF[kind], authId);
  await revokeCertificates(work, { authId }, 'cessationOfOperation', call.caller.consumerId);
  await systemAuthsOf(work).remove(authId);
  return answer;
}
