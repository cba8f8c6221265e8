import { DomainError } from '@binnacle/errors/domain-error';
import { revokeCertificates } from '@binnacle/trust/certificates';
import { requestOneTimeToken } from '../auths/request-one-time-token.ts';
import { systemAuthsOf } from '../auths/repository.ts';
import { type AnyMutation, tenantMutation } from '../call.ts';
import type {
  MutationApproveEnrolmentArgs,
  MutationDecideRecoveryArgs,
  MutationRenewClientCertificatesArgs,
  MutationRequestBoundOneTimeTokenArgs,
  MutationRevokeClientCertificatesArgs,
  MutationSetTrustPolicyArgs,
} from '../generated/graphql.ts';
import { requireId } from '../require-owner.ts';
import { trustOf } from './repository.ts';
import { thumbprintFrom } from './thumbprint.ts';

export const credentialMutations: Readonly<Record<string, AnyMutation>> = {
  revokeClientCertificates: tenantMutation<MutationRevokeClientCertificatesArgs>(async (work, { authID, reason }, call) => {
    await systemAuthsOf(work).requireOwned(authID, undefined);
    return call.value(await revokeCertificates(work, { authId: authID }, reason ?? 'unspecified', call.caller.consumerId));
  }),

  requestBoundOneTimeToken: tenantMutation<MutationRequestBoundOneTimeTokenArgs>(async (work, { id, type, publicKeyThumbprint }, call) => {
    const boundSpkiSha256 = thumbprintFrom(publicKeyThumbprint);
    return call.value(await requestOneTimeToken(work, call, { kind: type, id, authId: undefined, boundSpkiSha256 }));
  }),

  approveEnrolment: tenantMutation<MutationApproveEnrolmentArgs>(async (work, { authID }, call) => {
    const { kind } = await systemAuthsOf(work).requireOwned(authID, undefined);
    await trustOf(work).approve(authID, call.caller.consumerId);
    return call.read(work, kind === 'Application' ? 'AppSystemAuth' : 'RuntimeSystemAuth', authID);
  }),

  decideRecovery: tenantMutation<MutationDecideRecoveryArgs>(async (work, { id, approve }, call) => {
    requireId(id, 'id');
    const decided = await trustOf(work).decideRecovery(id, approve, call.caller.consumerId);
    if (!decided) throw new DomainError('NotFound', { object: 'recovery', ID: id, reason: 'none with this id waits for a decision' });
    return call.read(work, 'Recovery', id);
  }),

  renewClientCertificates: tenantMutation<MutationRenewClientCertificatesArgs>(async (work, { authID }, call) => {
    await systemAuthsOf(work).requireOwned(authID, undefined);
    return call.value(await trustOf(work).askForRenewal(authID));
  }),

  setTrustPolicy: tenantMutation<MutationSetTrustPolicyArgs>(async (work, { in: input }, call) => {
    const recoveriesPerDay = input.recoveriesPerDay ?? null;
    if (recoveriesPerDay !== null && recoveriesPerDay < 0) throw new DomainError('InvalidData', { recoveriesPerDay: 'must be no less than 0' });
    return call.value(
      await trustOf(work).setPolicy({ enrolmentApproval: input.enrolmentApproval ?? null, recoveryApproval: input.recoveryApproval ?? null, recoveriesPerDay }),
    );
  }),
};
