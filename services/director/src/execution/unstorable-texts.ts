import { DomainError } from '@binnacle/errors/domain-error';

const MAX_LIST_ITEMS = 1_000;

/** Whether a database column can hold a value, with all that is in it. */
export function isStorable(value: unknown): boolean {
  try {
    refuseUnstorableTexts(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * Refuses texts and numbers that no database column can hold, and lists that are too long, wherever in the arguments they stand.
 * @throws DomainError InvalidData that names the field
 */
export function refuseUnstorableTexts(value: unknown, field = ''): void {
  if (typeof value === 'string') {
    if (value.includes('\u0000')) throw new DomainError('InvalidData', { [field]: 'must not contain the NUL character' });
    if (!value.isWellFormed()) throw new DomainError('InvalidData', { [field]: 'must be well-formed Unicode' });
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new DomainError('InvalidData', { [field]: 'must be a number that JSON can hold' });
  } else if (Array.isArray(value)) {
    if (value.length > MAX_LIST_ITEMS) throw new DomainError('InvalidData', { [field]: `must have no more than ${MAX_LIST_ITEMS} items` });
    for (const item of value) refuseUnstorableTexts(item, field);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      refuseUnstorableTexts(name, field);
      refuseUnstorableTexts(member, name);
    }
  }
}
