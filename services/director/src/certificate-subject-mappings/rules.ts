import { CONSUMER_TYPES } from '@binnacle/internal-token/caller';
import { length, oneOf, required, type Rules } from '../validation/rules.ts';
import { MAX_SUBJECT_LENGTH, subjectFault } from './subject.ts';

/** Types of tenants that a certificate may be good for; `global` stands for calls without one. */
const ACCESS_LEVELS = ['customer', 'account', 'subaccount', 'organization', 'folder', 'resource-group', 'cost-object', 'global'];

/** Rules of a `CertificateSubjectMappingInput`. */
export const certificateSubjectMapping: Rules = {
  subject: [required, length(1, MAX_SUBJECT_LENGTH), (value) => subjectFault(String(value))],
  consumerType: [required, oneOf(...CONSUMER_TYPES)],
  internalConsumerID: [length(0, 256)],
  tenantAccessLevels: [
    required,
    (value) => ((value as readonly string[]).every((level) => ACCESS_LEVELS.includes(level)) ? undefined : 'must be a valid value'),
  ],
};
