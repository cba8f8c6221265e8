import { randomUUID } from 'node:crypto';
import { DomainError } from '@binnacle/errors/domain-error';
import { log } from '@binnacle/log/log';

/** An error as clients read it. */
export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

/**
 * The one place where a thrown value becomes what a client reads: a DomainError with its number and name; anything else is a fault of
 * ours, of which the client gets an id and our log the reason.
 */
export function answerError(thrown: unknown, path?: readonly (string | number)[]): AnswerError {
  const where = path ? { path } : {};
  if (thrown instanceof DomainError) {
    const retry = thrown.retryable ? { retryable: true } : {};
    return { message: thrown.message, ...where, extensions: { error_code: thrown.code, error: thrown.kind, ...retry } };
  }
  const errorID = randomUUID();
  log().error({ err: thrown, errorID }, 'unexpected error in an operation');
  return { message: `Internal Server Error [errorID=${errorID}]`, ...where, extensions: { error_code: 10, error: 'InternalError' } };
}
