import { type FieldNode, type FragmentDefinitionNode, type GraphQLSchema, isAbstractType, Kind, type SelectionSetNode, type ValueNode } from 'graphql';

/** The parsed document around a selection. */
export interface Document {
  readonly schema: GraphQLSchema;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
}

/** Nodes of one response key; several when the document asks for it in several places. */
export interface SelectedField {
  readonly key: string;
  readonly name: string;
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
}

/** Answers the value of a directive's argument, a boolean once coerced. */
export type Condition = (node: ValueNode) => boolean;

/** The fields that apply to an object of `typeName`, in the order of the answer (GraphQL specification, 6.3.2). */
export function selectedFields(document: Document, typeName: string, sets: readonly SelectionSetNode[], condition: Condition): readonly SelectedField[] {
  const found = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  for (const set of sets) collect(set);
  return [...found].map(([key, nodes]) => ({ key, name: nodes[0]?.name.value ?? '', nodes: nodes as [FieldNode, ...FieldNode[]] })); // a key is only made with its first node

  function collect(set: SelectionSetNode): void {
    for (const selection of set.selections) {
      if (!included(selection.directives ?? [])) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const nodes = found.get(key);
        if (nodes) nodes.push(selection);
        else found.set(key, [selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (applies(selection.typeCondition?.name.value)) collect(selection.selectionSet);
      } else if (!visited.has(selection.name.value)) {
        visited.add(selection.name.value);
        const fragment = document.fragments[selection.name.value];
        if (fragment && applies(fragment.typeCondition.name.value)) collect(fragment.selectionSet);
      }
    }
  }

  function included(
    directives: readonly { readonly name: { readonly value: string }; readonly arguments?: readonly { readonly value: ValueNode }[] | undefined }[],
  ): boolean {
    for (const { name, arguments: args } of directives) {
      const value = args?.[0]?.value;
      if (!value) continue;
      if (name.value === 'skip' && condition(value)) return false;
      if (name.value === 'include' && !condition(value)) return false;
    }
    return true;
  }

  function applies(condition_: string | undefined): boolean {
    if (condition_ === undefined || condition_ === typeName) return true;
    const wanted = document.schema.getType(condition_);
    const actual = document.schema.getType(typeName);
    return isAbstractType(wanted) && actual !== undefined && 'getInterfaces' in actual && document.schema.isSubType(wanted, actual);
  }
}

/** The selection sets under the nodes of one response key. */
export function subsets(field: SelectedField): readonly SelectionSetNode[] {
  return field.nodes.flatMap((node) => (node.selectionSet ? [node.selectionSet] : []));
}
