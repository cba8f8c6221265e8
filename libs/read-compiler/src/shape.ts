import { isAbstractType, isListType, isNonNullType, isObjectType, type GraphQLOutputType, type SelectionSetNode } from 'graphql';
import { type Condition, type Document, selectedFields, subsets } from './selection.ts';

/** What of a plain value is not simply its member of the same name. */
export interface ShapeRules {
  /** By `Type.field`: the value of a computed field. */
  readonly computed: Readonly<Record<string, (source: Readonly<Record<string, unknown>>) => unknown>>;
  /** Name of the concrete type of a value of an abstract type. */
  readonly typeOf: (abstractType: string, value: Readonly<Record<string, unknown>>) => string;
}

/** Cuts a plain value to a selection, as the executor would, for values that are no rows. Absent members are null. */
export function shape(
  document: Document,
  rules: ShapeRules,
  condition: Condition,
  type: GraphQLOutputType,
  value: unknown,
  sets: readonly SelectionSetNode[],
): unknown {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (value === null || value === undefined) return null;
  if (isListType(inner)) return (value as readonly unknown[]).map((item) => shape(document, rules, condition, inner.ofType as GraphQLOutputType, item, sets)); // output lists hold output types
  if (!isObjectType(inner) && !isAbstractType(inner)) return value;
  const source = value as Readonly<Record<string, unknown>>;
  const name = isAbstractType(inner) ? rules.typeOf(inner.name, source) : inner.name;
  const concrete = document.schema.getType(name);
  if (!isObjectType(concrete)) throw new Error(`${name} is no object type`);
  const result: Record<string, unknown> = {};
  for (const field of selectedFields(document, name, sets, condition)) {
    const declared = concrete.getFields()[field.name];
    if (field.name === '__typename') result[field.key] = name;
    else if (declared) {
      const compute = rules.computed[`${name}.${field.name}`];
      result[field.key] = shape(document, rules, condition, declared.type, compute ? compute(source) : source[field.name], subsets(field));
    }
  }
  return result;
}
