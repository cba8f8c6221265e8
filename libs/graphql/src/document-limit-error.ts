/** Names that clients see in `extensions.code`. */
export type DocumentLimitCode =
  | 'MAX_TOKENS_LIMIT'
  | 'MAX_DEPTH_LIMIT'
  | 'MAX_ALIASES_LIMIT'
  | 'MAX_ROOT_FIELDS_LIMIT'
  | 'MAX_FIELDS_LIMIT'
  | 'MAX_DUPLICATE_FIELDS_LIMIT'
  | 'MAX_DIRECTIVES_LIMIT'
  | 'MAX_DEFINITIONS_LIMIT';

/** A document costs more than may be asked for at once: HTTP 400. */
export class DocumentLimitError extends Error {
  override readonly name = 'DocumentLimitError';
  readonly code: DocumentLimitCode;

  constructor(code: DocumentLimitCode, what: string, limit: number) {
    super(`the document has more than ${limit} ${what}: ask for less at once`);
    this.code = code;
  }
}
