import { DomainError } from '@binnacle/errors/domain-error';

const NAME = /^[A-Za-z0-9]([-_A-Za-z0-9\s]*[A-Za-z0-9])?$/;
const MAX_NAME = 128;

/** @throws DomainError InvalidData for a name that no scenario may have */
export function requireFormationName(name: string): void {
  const fault =
    name === ''
      ? 'cannot be blank'
      : [...name].length > MAX_NAME
        ? `the length must be no more than ${MAX_NAME}`
        : NAME.test(name)
          ? undefined
          : 'must be in a valid format';
  if (fault !== undefined) throw new DomainError('InvalidData', { name: fault }, { subject: 'FormationInput' });
}

/** Whether a new formation is a draft. @throws DomainError InconsistentData for a state that a caller cannot ask for */
export function isDraft(state: string | null | undefined): boolean {
  if (state === null || state === undefined || state === '') return false;
  if (state !== 'DRAFT') throw new DomainError('InconsistentData', { object: 'formations' });
  return true;
}

const quoted = (names: readonly string[]): string => `[${names.map((name) => JSON.stringify(name)).join(' ')}]`;

/**
 * Whether a template takes objects of a type.
 * @throws DomainError NotFound when the object has no label of its type; InvalidOperation when the template does not take it
 */
export function requireType(
  kind: 'application' | 'runtime',
  type: string | null,
  formation: { readonly name: string; readonly template: string },
  allowed: readonly string[] | null,
): void {
  if (allowed === null || allowed.length === 0) {
    throw new DomainError('InvalidOperation', {
      reason: `Formation "${formation.name}" of type "${formation.template}" does not support resources of type "${kind.toUpperCase()}"`,
    });
  }
  if (type === null) throw new DomainError('NotFound', { object: `${kind}Label` });
  if (!allowed.includes(type)) {
    throw new DomainError('InvalidOperation', {
      reason: `unsupported ${kind}Type "${type}" for formation template "${formation.template}", allowing only ${quoted(allowed)}`,
    });
  }
}
