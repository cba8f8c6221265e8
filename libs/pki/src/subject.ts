import type { DistinguishedName } from './distinguished-name.ts';

/** The parts of the subject that every certificate of ours shares. */
export interface SubjectSettings {
  readonly country: string;
  readonly organization: string;
  readonly organizationalUnit: string;
  readonly locality: string;
  readonly province: string;
}

/** Attribute type, setting and word of the messages, in the order in which a request is judged. */
export const SUBJECT_PARTS = [
  { type: 'C', key: 'country', word: 'country' },
  { type: 'O', key: 'organization', word: 'organization' },
  { type: 'OU', key: 'organizationalUnit', word: 'organizational unit' },
  { type: 'L', key: 'locality', word: 'locality' },
  { type: 'ST', key: 'province', word: 'province' },
] as const;

/**
 * Why the settings cannot be used, one sentence each; empty when they can.
 * Clients split the printed subject at `,` and `=`, so no value may hold either.
 */
export function faultsOfSubject(settings: SubjectSettings): readonly string[] {
  return SUBJECT_PARTS.flatMap(({ key, word }) => {
    const value = settings[key];
    if (value.trim() !== value || value === '') return [`${word} of the subject must be a text without blanks at its ends`];
    if (/[,=\p{Cc}]/u.test(value) || value.length > 64)
      return [`${word} of the subject must have at most 64 characters and none of "," "=" and control characters`];
    return key === 'country' && !/^[A-Za-z]{2}$/.test(value) ? ['country of the subject must be two letters'] : [];
  });
}

/** The subject as clients are told it: fixed order, nothing escaped. */
export function subjectText(settings: SubjectSettings, clientId: string): string {
  const { organization, organizationalUnit, locality, province, country } = settings;
  return `O=${organization},OU=${organizationalUnit},L=${locality},ST=${province},C=${country},CN=${clientId}`;
}

/** The subject as it is written into a certificate. */
export function subjectName(settings: SubjectSettings, clientId: string): DistinguishedName {
  return [
    [{ type: 'C', value: settings.country }],
    [{ type: 'ST', value: settings.province }],
    [{ type: 'L', value: settings.locality }],
    [{ type: 'O', value: settings.organization }],
    [{ type: 'OU', value: settings.organizationalUnit }],
    [{ type: 'CN', value: clientId }],
  ];
}
