import {
  type DocumentNode,
  type FieldNode,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type NamedTypeNode,
  type NameNode,
  parse,
  type SelectionSetNode,
  type TypeNode,
  type ValueNode,
} from 'graphql';

/** A document, and the variables that go with it. */
export interface NamedRequest {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Whether a document may use the names of the older API; its literals must have been taken out. */
export const mayHaveOldNames = (key: string): boolean => /package/i.test(key);

const OLD = /package/i;

/** The word that came in the place of the old one. */
export function currentName(name: string): string {
  return name.replaceAll('package', 'bundle').replaceAll('Package', 'Bundle').replaceAll('PACKAGE', 'BUNDLE');
}

interface Edit {
  readonly at: number;
  readonly length: number;
  readonly text: string;
}

/**
 * Clients of an older API say package where this one says bundle. Puts the current names into a document wherever the schema knows only
 * those; a field without an alias keeps its old name as the response key. What is data, in the document or beside it, is never touched.
 * A document that cannot be parsed is answered as it is.
 */
export function withCurrentNames(schema: GraphQLSchema, request: NamedRequest): NamedRequest {
  let ast: DocumentNode;
  try {
    ast = parse(request.text);
  } catch {
    return request;
  }
  const edits: Edit[] = [];
  const variables: Record<string, unknown> = { ...request.variables };

  const rename = (name: NameNode, prefix = ''): string => {
    const current = currentName(name.value);
    edits.push({ at: name.loc?.start ?? 0, length: name.value.length, text: prefix + current });
    return current;
  };

  const namedType = (node: NamedTypeNode): GraphQLNamedType | undefined => {
    const known = schema.getType(node.name.value);
    if (known || !OLD.test(node.name.value)) return known;
    const current = schema.getType(currentName(node.name.value));
    if (current) rename(node.name);
    return current;
  };

  const selections = (parent: GraphQLNamedType | undefined, set: SelectionSetNode): void => {
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) field(parent, node);
      else if (node.kind === Kind.INLINE_FRAGMENT) selections(node.typeCondition ? namedType(node.typeCondition) : parent, node.selectionSet);
    }
  };

  const field = (parent: GraphQLNamedType | undefined, node: FieldNode): void => {
    const fields = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {};
    let declared = fields[node.name.value];
    if (!declared && OLD.test(node.name.value)) {
      declared = fields[currentName(node.name.value)];
      if (declared) rename(node.name, node.alias ? '' : `${node.name.value}: `);
    }
    for (const { name, value: given } of node.arguments ?? []) {
      let argument = declared?.args.find((candidate) => candidate.name === name.value);
      if (!argument && OLD.test(name.value)) {
        argument = declared?.args.find((candidate) => candidate.name === currentName(name.value));
        if (argument) rename(name);
      }
      if (argument) value(argument.type, given);
    }
    if (node.selectionSet) selections(declared ? getNamedType(declared.type) : undefined, node.selectionSet);
  };

  const value = (type: GraphQLInputType, node: ValueNode): void => {
    const inner = isNonNullType(type) ? type.ofType : type;
    if (node.kind === Kind.LIST) for (const item of node.values) value(isListType(inner) ? inner.ofType : inner, item);
    else if (isListType(inner)) value(inner.ofType, node);
    else if (node.kind === Kind.OBJECT && isInputObjectType(inner)) {
      for (const member of node.fields) {
        let declared = inner.getFields()[member.name.value];
        if (!declared && OLD.test(member.name.value)) {
          declared = inner.getFields()[currentName(member.name.value)];
          if (declared) rename(member.name);
        }
        if (declared) value(declared.type, member.value);
      }
    } else if (node.kind === Kind.ENUM && isEnumType(inner) && !inner.getValue(node.value) && inner.getValue(currentName(node.value))) {
      edits.push({ at: node.loc?.start ?? 0, length: node.value.length, text: currentName(node.value) });
    }
  };

  for (const definition of ast.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      for (const { variable, type } of definition.variableDefinitions ?? []) {
        const named = namedType(innermost(type));
        const name = variable.name.value;
        if (named && name in variables) variables[name] = currentValue(named, variables[name]);
      }
      selections(schema.getRootType(definition.operation) ?? undefined, definition.selectionSet);
    } else if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      selections(namedType(definition.typeCondition), definition.selectionSet);
    }
  }
  return { text: applied(request.text, edits), variables };
}

function innermost(type: TypeNode): NamedTypeNode {
  return type.kind === Kind.NAMED_TYPE ? type : innermost(type.type);
}

/** The value of a variable with current names, as far down as input objects and enums go. */
function currentValue(type: GraphQLNamedType, given: unknown): unknown {
  if (Array.isArray(given)) return given.map((item) => currentValue(type, item));
  if (isEnumType(type)) return typeof given === 'string' && !type.getValue(given) && type.getValue(currentName(given)) ? currentName(given) : given;
  if (!isInputObjectType(type) || typeof given !== 'object' || given === null) return given;
  const fields = type.getFields();
  return Object.fromEntries(
    Object.entries(given).map(([name, member]) => {
      const current = fields[name] || !fields[currentName(name)] ? name : currentName(name);
      const declared = fields[current];
      return [current, declared ? currentValue(getNamedType(declared.type), member) : member];
    }),
  );
}

function applied(text: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let copied = 0;
  for (const { at, length, text: name } of [...edits].sort((a, b) => a.at - b.at)) {
    parts.push(text.slice(copied, at), name);
    copied = at + length;
  }
  return parts.join('') + text.slice(copied);
}
