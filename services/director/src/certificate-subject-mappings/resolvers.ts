import { type AnyMutation, globalMutation } from '../call.ts';
import type {
  CertificateSubjectMappingInput,
  MutationCreateCertificateSubjectMappingArgs,
  MutationDeleteCertificateSubjectMappingArgs,
  MutationUpdateCertificateSubjectMappingArgs,
} from '../generated/graphql.ts';
import { type CertificateSubjectMapping, certificateSubjectMappingsOf } from './repository.ts';
import { sortedSubject } from './subject.ts';

const REASON = 'certificates of other authorities belong to no tenant';

export const certificateSubjectMappingMutations: Readonly<Record<string, AnyMutation>> = {
  createCertificateSubjectMapping: globalMutation<MutationCreateCertificateSubjectMappingArgs>(REASON, async (work, { in: input }, call) => {
    const id = call.newId();
    await certificateSubjectMappingsOf(work).add(id, mappingFrom(input));
    return call.read(work, 'CertificateSubjectMapping', id);
  }),

  updateCertificateSubjectMapping: globalMutation<MutationUpdateCertificateSubjectMappingArgs>(REASON, async (work, { id, in: input }, call) => {
    await certificateSubjectMappingsOf(work).require(id);
    await certificateSubjectMappingsOf(work).update(id, mappingFrom(input));
    return call.read(work, 'CertificateSubjectMapping', id);
  }),

  deleteCertificateSubjectMapping: globalMutation<MutationDeleteCertificateSubjectMappingArgs>(REASON, async (work, { id }, call) => {
    await certificateSubjectMappingsOf(work).require(id);
    const answer = await call.read(work, 'CertificateSubjectMapping', id);
    await certificateSubjectMappingsOf(work).remove(id);
    return answer;
  }),
};

function mappingFrom(input: CertificateSubjectMappingInput): CertificateSubjectMapping {
  return {
    subject: sortedSubject(input.subject),
    consumerType: input.consumerType,
    internalConsumerId: input.internalConsumerID ?? null,
    tenantAccessLevels: input.tenantAccessLevels,
  };
}
