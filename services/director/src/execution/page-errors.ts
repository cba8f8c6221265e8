import { DomainError } from '@binnacle/errors/domain-error';
import { AnswerTooLarge } from '@binnacle/read-compiler/run-plan';

export function pageSizeError(max: number | undefined): DomainError {
  return new DomainError('InvalidData', { reason: max === undefined ? 'page size must be 1 or more' : `page size must be between 1 and ${max}` });
}

export function cursorError(): DomainError {
  return new DomainError('InvalidData', { reason: 'cursor is not correct' });
}

/** @throws DomainError InvalidData when the answer is too large to be sent */
export function finishOrRefuse<T>(finish: () => T): T {
  try {
    return finish();
  } catch (error) {
    if (error instanceof AnswerTooLarge) throw new DomainError('InvalidData', { reason: 'the answer is larger than 50 MiB: narrow the query' });
    throw error;
  }
}
