import { DomainError } from '@binnacle/errors/domain-error';

/** For members of inputs that come with a later version. @throws DomainError InvalidOperation when the member is given */
export function refuseUnavailable(given: unknown, member: string): void {
  if (given !== undefined && given !== null) throw new DomainError('InvalidOperation', { reason: `${member} is not available in this version` });
}
