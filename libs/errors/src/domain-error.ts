/** Numbers that clients branch on (`extensions.error_code`); the names are `extensions.error`. */
export const ERROR_CODES = {
  InternalError: 10,
  UnknownError: 11,
  NotFound: 20,
  NotUnique: 21,
  InvalidData: 22,
  InsufficientScopes: 23,
  TenantRequired: 24,
  TenantNotFound: 25,
  Unauthorized: 26,
  InvalidOperation: 27,
  OperationTimeout: 28,
  EmptyData: 29,
  InconsistentData: 30,
  NotUniqueName: 31,
  ConcurrentOperation: 32,
  InvalidStatusCondition: 33,
  CannotUpdateObjectInManyBundles: 34,
  ConcurrentUpdate: 35,
  EmptyParentID: 36,
  NoScheduledOperations: 37,
  OperationInProgress: 38,
  BadRequest: 400,
  Conflict: 409,
} as const;

export type ErrorKind = keyof typeof ERROR_CODES;

const TEXTS: Readonly<Record<ErrorKind, string>> = {
  InternalError: 'Internal Server Error',
  UnknownError: 'Unknown error',
  NotFound: 'Object not found',
  NotUnique: 'Object is not unique',
  InvalidData: 'Invalid data',
  InsufficientScopes: 'insufficient scopes provided',
  TenantRequired: 'Tenant is required',
  TenantNotFound: 'Tenant not found',
  Unauthorized: 'Unauthorized',
  InvalidOperation: 'The operation is not allowed',
  OperationTimeout: 'Operation has timed out',
  EmptyData: 'Some required data was left out',
  InconsistentData: 'Inconsistent or out-of-range data',
  NotUniqueName: 'Object name is not unique',
  ConcurrentOperation: 'Concurrent operation',
  InvalidStatusCondition: 'Invalid status condition',
  CannotUpdateObjectInManyBundles: 'Cannot update object that is part of more than one bundle',
  ConcurrentUpdate: 'Could not update object due to concurrent update',
  EmptyParentID: 'Parent ID cannot be empty',
  NoScheduledOperations: 'No scheduled operations',
  OperationInProgress: 'Operation is in progress',
  BadRequest: 'Bad request',
  Conflict: 'Conflict',
};

/** What a `DomainError` may carry beside its kind. */
export interface DomainErrorOptions extends ErrorOptions {
  /** Words between the fixed text and the details, such as the input type in `Invalid data RuntimeRegisterInput [name=…]`. */
  readonly subject?: string;
  /** True where the same call may succeed a moment later (a dependency was away): clients read `extensions.retryable`. */
  readonly retryable?: boolean;
}

/**
 * An error the caller may read. Everything else that is thrown is a bug and reaches the caller only as an id.
 * The message is the fixed text of the kind, the subject, then the details sorted by key: `Object not found [ID=42; object=application]`.
 */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly kind: ErrorKind;
  readonly details: Readonly<Record<string, string>>;
  readonly retryable: boolean;

  constructor(kind: ErrorKind, details: Readonly<Record<string, string>> = {}, options: DomainErrorOptions = {}) {
    super(messageOf(kind, details, options.subject), options);
    this.kind = kind;
    this.details = details;
    this.retryable = options.retryable ?? false;
  }

  get code(): number {
    return ERROR_CODES[this.kind];
  }
}

function messageOf(kind: ErrorKind, details: Readonly<Record<string, string>>, subject: string | undefined): string {
  const pairs = Object.keys(details)
    .sort()
    .map((key) => `${key}=${details[key]}`);
  const head = subject === undefined ? TEXTS[kind] : `${TEXTS[kind]} ${subject}`;
  return pairs.length === 0 ? head : `${head} [${pairs.join('; ')}]`;
}
