import type { CallValues } from '@binnacle/read-compiler/argument-values';
import { Kind, type ValueNode } from 'graphql';

/** The value of a @skip or @include in this call. */
export function conditionOf(node: ValueNode, { variables }: CallValues): boolean {
  if (node.kind === Kind.BOOLEAN) return node.value;
  return node.kind === Kind.VARIABLE && variables[node.name.value] === true;
}
