import type { Caller } from '@binnacle/internal-token/caller';
import type { CallValues } from '@binnacle/read-compiler/argument-values';
import type { SelectedField } from '@binnacle/read-compiler/selection';
import type { GraphQLField } from 'graphql';
import type { PreparedDocument } from './prepared-documents.ts';
import type { RequestHints } from './request-hints.ts';

/** One mutation field of a document that is being run. */
export interface MutationCall {
  readonly prepared: PreparedDocument;
  /** The document as it was sent: the prepared one may hold the literals of another call. */
  readonly text: string;
  readonly caller: Caller;
  readonly hints: RequestHints;
  readonly values: CallValues;
  readonly field: SelectedField;
  readonly declared: GraphQLField<unknown, unknown>;
  readonly requestId: string;
}
