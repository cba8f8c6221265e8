/** What one document may hold. Counted on tokens, before anything is parsed. */
export interface DocumentLimits {
  readonly tokens: number;
  /** Nested selection sets, fragments followed; also nested lists and objects in values. */
  readonly depth: number;
  /** Fragments followed, as for fields. */
  readonly aliases: number;
  readonly rootFields: number;
  readonly fields: number;
  /** Equal response keys in one selection set: the check for conflicts between them is quadratic. */
  readonly duplicates: number;
  readonly directives: number;
  readonly definitions: number;
}

/** More than ten times what known clients send; the standard introspection query passes. */
export const DEFAULT_LIMITS: DocumentLimits = {
  tokens: 15_000,
  depth: 20,
  aliases: 30,
  rootFields: 20,
  fields: 2_500,
  duplicates: 100,
  directives: 50,
  definitions: 50,
};
