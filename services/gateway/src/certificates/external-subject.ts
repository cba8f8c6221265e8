import { type DistinguishedName, onlyValueOf, valuesOf } from '@binnacle/pki/distinguished-name';

/** How subjects of an external certificate service look. */
export interface ExternalSubjectRule {
  readonly country: string;
  readonly organization: string;
  /** Words of units that name no client. */
  readonly unitWords: readonly string[];
}

/** The client that a certificate of the external service is for: its one unit that is none of the service's own. Undefined: it is not of that service. */
export function externalClientId(subject: DistinguishedName, { country, organization, unitWords }: ExternalSubjectRule): string | undefined {
  if (onlyValueOf(subject, 'C') !== country || onlyValueOf(subject, 'O') !== organization) return undefined;
  const [unit, second] = valuesOf(subject, 'OU').filter((value) => !unitWords.some((words) => hasWords(value, words)));
  return second === undefined && unit !== '' ? unit : undefined;
}

/** Whether `words` stand in the text and neither end in the middle of a word. */
function hasWords(text: string, words: string): boolean {
  if (words === '') return false;
  const isLetter = (character: string | undefined): boolean => character !== undefined && /\w/.test(character);
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    const [before, after] = [text[at - 1], text[at + words.length]];
    if (!(isLetter(before) && isLetter(words[0])) && !(isLetter(after) && isLetter(words.at(-1)))) return true;
  }
  return false;
}
