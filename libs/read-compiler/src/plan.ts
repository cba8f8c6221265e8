import type { GraphQLSchema, SelectionSetNode } from 'graphql';
import type { CallValues } from './argument-values.ts';
import type { Declarations, ReadContext } from './declaration.ts';
import type { Document } from './selection.ts';

export type Param = (call: ReadContext, values: CallValues) => unknown;
export type Answer = string | number | boolean;
export type Question = (call: ReadContext, values: CallValues) => Answer;

/** Where an opened secret goes, and what of it is asked for. */
export interface Slot {
  readonly type: string;
  readonly sets: readonly SelectionSetNode[];
}

/**
 * A statement and how to fill it, for every call that gives the same answers to its questions.
 * It answers one row at most: the JSON text (null when it is over the limit) and the ciphertexts of its slots.
 */
export interface Plan {
  readonly text: string;
  readonly params: readonly Param[];
  readonly slots: readonly Slot[];
  /** Number of the parameter that holds the request's nonce; 0 without slots. */
  readonly nonceParam: number;
  readonly decisions: readonly { readonly question: Question; readonly answer: Answer }[];
}

/** A nested field must fail: graphql-js answers instead, so that paths and nulls are its own. */
export class NeedsExecutor extends Error {
  override readonly name = 'NeedsExecutor';
}

/** What a compilation works on. */
export interface CompileInput {
  readonly schema: GraphQLSchema;
  readonly document: Document;
  readonly declarations: Declarations;
  /** Number of the literal at an offset of the document; undefined where literals are part of the plan's key. */
  readonly literalIndex: (offset: number) => number | undefined;
  readonly call: ReadContext;
  readonly values: CallValues;
}

/** Whether a plan fits this call. */
export function fits(plan: Plan, call: ReadContext, values: CallValues): boolean {
  return plan.decisions.every(({ question, answer }) => question(call, values) === answer);
}
