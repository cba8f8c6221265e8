import { faultsOfSubject, type SubjectSettings } from './subject.ts';

/** What reads the settings of a process: `EnvReader` of `libs/config`. */
interface SettingsReader {
  string(name: string, options: object, fallback: string): string;
  problem(text: string): void;
}

/** The shared parts of the subject as they are set in every service that signs or judges certificates; faults are noted at the reader. */
export function readSubjectSettings(env: SettingsReader): SubjectSettings {
  const subject = {
    country: env.string('CSR_SUBJECT_COUNTRY', {}, 'PL'),
    organization: env.string('CSR_SUBJECT_ORGANIZATION', {}, 'Org'),
    organizationalUnit: env.string('CSR_SUBJECT_ORGANIZATIONAL_UNIT', {}, 'OrgUnit'),
    locality: env.string('CSR_SUBJECT_LOCALITY', {}, 'Locality'),
    province: env.string('CSR_SUBJECT_PROVINCE', {}, 'State'),
  };
  for (const fault of faultsOfSubject(subject)) env.problem(`CSR_SUBJECT_…: ${fault}`);
  return subject;
}
