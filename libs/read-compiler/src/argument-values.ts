import {
  type ArgumentNode,
  coerceInputValue,
  type FieldNode,
  type GraphQLArgument,
  GraphQLError,
  type GraphQLInputType,
  isListType,
  isNonNullType,
  Kind,
  type ValueNode,
} from 'graphql';

/** Values of one call: variables as they were coerced, literals as they were lifted out of the text. */
export interface CallValues {
  readonly variables: Readonly<Record<string, unknown>>;
  /** In the order in which they stand in the document; used where the plan was made from another document of the same key. */
  readonly literals: readonly unknown[];
}

export type ValueOf = (values: CallValues) => unknown;

const ABSENT = Symbol('absent');

/**
 * Answers how a value is found in any call of the same key: a literal by its number, a variable by its name.
 * @param literalIndex number of the literal that begins at an offset, or undefined where literals are part of the key
 */
function valueOf(node: ValueNode, literalIndex: (offset: number) => number | undefined): (values: CallValues) => unknown {
  switch (node.kind) {
    case Kind.VARIABLE: {
      const name = node.name.value;
      return ({ variables }) => (name in variables ? variables[name] : ABSENT);
    }
    case Kind.LIST: {
      const items = node.values.map((item) => valueOf(item, literalIndex));
      return (values) => items.map((item) => item(values)).map((item) => (item === ABSENT ? null : item));
    }
    case Kind.OBJECT: {
      const members = node.fields.map((field) => [field.name.value, valueOf(field.value, literalIndex)] as const);
      return (values) => {
        // Not a plain object: `__proto__` is data like any other name.
        const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
        for (const [name, member] of members) {
          const value = member(values);
          if (value !== ABSENT) object[name] = value;
        }
        return object;
      };
    }
    default: {
      const constant = constantOf(node);
      const index = node.loc ? literalIndex(node.loc.start) : undefined;
      return index === undefined ? () => constant : ({ literals }) => literals[index];
    }
  }
}

function constantOf(node: ValueNode): unknown {
  if (node.kind === Kind.NULL) return null;
  if (node.kind === Kind.INT || node.kind === Kind.FLOAT) return Number(node.value);
  return (node as { value: unknown }).value; // strings, booleans and enum values
}

/**
 * How a field's arguments are found and coerced, argument by argument; asked again for the same call, it answers the same object.
 * The result throws GraphQLError when a value does not fit its type.
 */
export function argumentsOf(
  field: FieldNode,
  declared: readonly GraphQLArgument[],
  literalIndex: (offset: number) => number | undefined,
): (values: CallValues) => Record<string, unknown> {
  const given = new Map<string, ArgumentNode>((field.arguments ?? []).map((argument) => [argument.name.value, argument]));
  const readers = declared.map((argument) => {
    const node = given.get(argument.name);
    return { argument, read: node ? valueOf(node.value, literalIndex) : () => ABSENT, isVariable: node?.value.kind === Kind.VARIABLE };
  });
  return rememberLast((values) => {
    const result: Record<string, unknown> = {};
    for (const { argument, read, isVariable } of readers) {
      const value = read(values);
      if (value === ABSENT) {
        if (argument.defaultValue !== undefined) result[argument.name] = argument.defaultValue;
        else if (isNonNullType(argument.type))
          throw new GraphQLError(`Argument "${argument.name}" of required type "${String(argument.type)}" was not provided.`, { nodes: field });
        continue;
      }
      // A variable was coerced to a type that fits here; all that may still be wrong is a null (GraphQL specification, 6.4.1).
      result[argument.name] = isVariable && value !== null ? value : coerce(value, argument.type, `${field.name.value}.${argument.name}`, field);
    }
    return result;
  });
}

/** Every decision and every parameter of a plan asks for the same arguments of the same call. */
function rememberLast<T>(compute: (values: CallValues) => T): (values: CallValues) => T {
  let last: { readonly values: CallValues; readonly result: T } | undefined;
  return (values) => {
    if (last?.values !== values) last = { values, result: compute(values) };
    return last.result;
  };
}

function coerce(value: unknown, type: GraphQLInputType, where: string, node: FieldNode): unknown {
  const inner = isNonNullType(type) ? type.ofType : type;
  // A single value stands for a list of one (GraphQL specification, 3.11).
  const listed = isListType(inner) && value !== null && !Array.isArray(value) ? [value] : value;
  return coerceInputValue(listed, type, (path, _invalid, error) => {
    throw new GraphQLError(`${where}${path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')}: ${error.message}`, { nodes: node });
  });
}
