import { types } from 'node:util';
import { DomainError } from '@binnacle/errors/domain-error';
import pg from 'pg';

/**
 * Postgres could not be asked: HTTP 503, worth another try.
 * `outcome` is `unknown` when the connection was lost while a commit was under way.
 */
export class RegistryUnavailable extends Error {
  override readonly name = 'RegistryUnavailable';
  readonly outcome: 'none' | 'unknown';

  constructor(outcome: 'none' | 'unknown', options?: ErrorOptions) {
    super('the registry is not available', options);
    this.outcome = outcome;
  }
}

/** A statement ran longer than it may. */
export class StatementTimeout extends Error {
  override readonly name = 'StatementTimeout';
}

/** A violated unique key, foreign key or check, with the constraint's name, so that a repository can say what it means. */
export class ConstraintViolation extends DomainError {
  readonly constraint: string;

  constructor(error: pg.DatabaseError) {
    super(...violationOf(error));
    this.constraint = error.constraint ?? '';
  }
}

const UNAVAILABLE_CODES = new Set([
  '57P01',
  '57P02',
  '57P03',
  '53100',
  '53300',
  '25006',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const LOST_CONNECTION =
  /connection terminated|timeout exceeded when trying to connect|connection ended|client has encountered a connection error|not queryable|query read timeout/i;
const CONSTRAINT_CODES = new Set(['23502', '23503', '23505', '23514']);

/** True for errors after which the whole unit of work may be done again. */
export function isRepeatable(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '40001' || error.code === '40P01');
}

/** What a caller of the Registry sees of an error of Postgres; errors of other kinds pass unchanged. */
export function translateError(error: unknown, duringCommit = false): unknown {
  // Not instanceof Error: an error of Node's own may come from another realm (worker threads, test runners).
  if (!types.isNativeError(error) || error instanceof DomainError) return error;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') {
    if (UNAVAILABLE_CODES.has(code) || code.startsWith('08')) return new RegistryUnavailable(duringCommit ? 'unknown' : 'none', { cause: error });
    if (code === '57014') return new StatementTimeout('a statement took too long', { cause: error });
    if (code === '40001' || code === '40P01')
      return new DomainError('ConcurrentOperation', { reason: 'another operation is in progress' }, { cause: error, retryable: true });
    if (code === '22021' || code === '22P05') return new DomainError('InvalidData', { reason: 'a text must not contain the NUL character' }, { cause: error });
    if (CONSTRAINT_CODES.has(code) && error instanceof pg.DatabaseError) return new ConstraintViolation(error);
  }
  if (LOST_CONNECTION.test(error.message)) return new RegistryUnavailable(duringCommit ? 'unknown' : 'none', { cause: error });
  return error;
}

function violationOf(error: pg.DatabaseError): ConstructorParameters<typeof DomainError> {
  const object = camelCase(error.table ?? '');
  switch (error.code) {
    case '23502':
      return ['EmptyData', { object }, { cause: error }];
    case '23503':
      // Postgres words a refused delete "… is still referenced from table …"; the code is the same for both directions.
      return [
        'InvalidOperation',
        {
          object,
          reason: /still referenced/.test(error.detail ?? '')
            ? 'The record cannot be deleted because another record refers to it'
            : 'The referenced entity does not exists',
        },
        { cause: error },
      ];
    case '23505':
      return ['NotUnique', { object }, { cause: error }];
    default:
      return ['InconsistentData', { object }, { cause: error }];
  }
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
