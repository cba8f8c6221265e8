import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  buildASTSchema,
  concatAST,
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  parse,
} from 'graphql';

/** Everything that the pages show. */
export interface Model {
  readonly schema: GraphQLSchema;
  readonly sdl: string;
  readonly scopes: Readonly<Record<string, readonly string[]>>;
  /** Root fields that this version answers with InvalidOperation. */
  readonly unavailable: ReadonlySet<string>;
  /** Root fields by the file of the schema they are declared in. */
  readonly concepts: ReadonlyMap<string, readonly Operation[]>;
  /** By operation, in lower case: folders are named with dashes. */
  readonly examples: ReadonlyMap<string, readonly Example[]>;
  /** Where a type is used: `Type.field` and root fields, by type name. */
  readonly usedBy: ReadonlyMap<string, readonly string[]>;
}

export interface Example {
  readonly name: string;
  readonly query: string;
  /** JSON text; empty where the operation needs none. */
  readonly variables: string;
}

export interface Operation {
  readonly kind: 'query' | 'mutation';
  readonly field: GraphQLField<unknown, unknown>;
}

/** Reads the schema folder; `unavailableFile` is a JSON list of operations, and may be absent. */
export function readModel(folder: string, unavailableFile: string): Model {
  const files = globSync('*.graphql', { cwd: folder }).sort();
  const texts = files.map((file) => readFileSync(path.join(folder, file), 'utf8'));
  const schema = buildASTSchema(concatAST(texts.map((text) => parse(text))));
  const concepts = new Map(
    files
      .map((file, index): [string, readonly Operation[]] => [file.replace('.graphql', ''), operationsIn(schema, texts[index] ?? '')])
      .filter(([, operations]) => operations.length > 0),
  );
  return {
    schema,
    sdl: texts.join('\n'),
    scopes: JSON.parse(readFileSync(path.join(folder, 'scopes.json'), 'utf8')) as Record<string, readonly string[]>,
    unavailable: new Set(existsSync(unavailableFile) ? (JSON.parse(readFileSync(unavailableFile, 'utf8')) as string[]) : []),
    concepts,
    examples: examplesIn(path.join(folder, 'examples')),
    usedBy: usesIn(schema),
  };
}

function operationsIn(schema: GraphQLSchema, text: string): readonly Operation[] {
  return parse(text).definitions.flatMap((definition) => {
    if (definition.kind !== 'ObjectTypeExtension') return [];
    const kind = definition.name.value === 'Query' ? 'query' : 'mutation';
    const root = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
    return (definition.fields ?? []).flatMap(({ name }) => {
      const field = root?.getFields()[name.value];
      return field ? [{ kind, field } as const] : [];
    });
  });
}

function examplesIn(folder: string): Model['examples'] {
  const found = new Map<string, readonly Example[]>();
  for (const file of existsSync(folder) ? globSync('*/*.graphql', { cwd: folder }).sort() : []) {
    const query = readFileSync(path.join(folder, file), 'utf8');
    const variablesFile = path.join(folder, file.replace(/\.graphql$/, '.json'));
    const variables = existsSync(variablesFile) ? readFileSync(variablesFile, 'utf8') : '';
    const operation = path.dirname(file).replaceAll('-', '');
    found.set(operation, [...(found.get(operation) ?? []), { name: path.basename(file, '.graphql'), query, variables }]);
  }
  return found;
}

/** Types that readers look up: not the roots, not introspection. */
export function publishedTypes(schema: GraphQLSchema): readonly GraphQLNamedType[] {
  const builtIn = new Set(['Query', 'Mutation', 'String', 'Int', 'Float', 'Boolean', 'ID']);
  return Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith('__') && !builtIn.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function usesIn(schema: GraphQLSchema): Model['usedBy'] {
  const uses = new Map<string, Set<string>>();
  const note = (type: GraphQLNamedType, user: string): void => void uses.set(type.name, (uses.get(type.name) ?? new Set()).add(user));
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isUnionType(type)) for (const member of type.getTypes()) note(member, type.name);
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
    const isRoot = type.name === 'Query' || type.name === 'Mutation';
    for (const field of Object.values(type.getFields()) as { name: string; type: GraphQLArgument['type']; args?: readonly GraphQLArgument[] }[]) {
      const user = isRoot ? field.name : `${type.name}.${field.name}`;
      note(getNamedType(field.type), user);
      for (const argument of field.args ?? []) note(getNamedType(argument.type), user);
    }
  }
  return new Map([...uses].map(([name, users]) => [name, [...users].sort()]));
}
