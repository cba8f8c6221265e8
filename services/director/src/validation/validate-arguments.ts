import type { Arguments } from '@binnacle/read-compiler/declaration';
import { getNamedType, type GraphQLArgument, type GraphQLField } from 'graphql';
import { validators } from './validators.ts';

const validated = new WeakMap<GraphQLField<unknown, unknown>, readonly { readonly name: string; readonly type: string }[]>();

/**
 * Validates the arguments that the schema marks `@validate`, whole, before anything else looks at them.
 * @throws DomainError InvalidData with the input type and every wrong field
 */
export function validateArguments(field: GraphQLField<unknown, unknown>, args: Arguments): void {
  let marked = validated.get(field);
  if (!marked) {
    marked = field.args.filter(isMarked).map((argument) => ({ name: argument.name, type: getNamedType(argument.type).name }));
    validated.set(field, marked);
  }
  for (const { name, type } of marked) {
    const value = args[name];
    if (value !== null && value !== undefined) validators[type]?.(value as Readonly<Record<string, unknown>>);
  }
}

function isMarked({ astNode }: GraphQLArgument): boolean {
  return astNode?.directives?.some(({ name }) => name.value === 'validate') ?? false;
}
