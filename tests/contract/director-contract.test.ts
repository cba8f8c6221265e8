import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  buildASTSchema,
  concatAST,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  type IntrospectionQuery,
  introspectionFromSchema,
  type IntrospectionTypeRef,
  isInputObjectType,
  isObjectType,
  Kind,
  parse,
  validate,
} from 'graphql';

const FOLDER = path.resolve(import.meta.dirname, '../../schema/director');

interface Argument {
  readonly name: string;
  readonly type: string;
  readonly default?: string;
}
interface Field extends Argument {
  readonly args?: readonly Argument[];
}
interface Type {
  readonly kind: string;
  readonly fields?: readonly Field[];
  readonly interfaces?: readonly string[];
  readonly types?: readonly string[];
  readonly values?: readonly string[];
}
interface Contract {
  readonly types: Readonly<Record<string, Type>>;
  readonly directives: Readonly<Record<string, { readonly args: readonly Argument[]; readonly locations: readonly string[] }>>;
}

const contract = JSON.parse(readFileSync(path.join(import.meta.dirname, 'director.contract.json'), 'utf8')) as Contract;
const schema = buildASTSchema(concatAST(globSync('*.graphql', { cwd: FOLDER }).map((file) => parse(readFileSync(path.join(FOLDER, file), 'utf8')))));
const served = introspectionFromSchema(schema).__schema;
const scopes = JSON.parse(readFileSync(path.join(FOLDER, 'scopes.json'), 'utf8')) as Readonly<Record<string, readonly string[]>>;

const BUILT_IN = new Set(['String', 'Int', 'Float', 'Boolean', 'ID']);

function print(type: IntrospectionTypeRef): string {
  if (type.kind === 'NON_NULL') return `${print(type.ofType)}!`;
  return type.kind === 'LIST' ? `[${print(type.ofType)}]` : type.name;
}

/** The path that a field's `@hasScopes` or `@sanitize` names. */
function scopePath(node: FieldDefinitionNode | InputValueDefinitionNode | null | undefined): string | undefined {
  const directive = node?.directives?.find(({ name }) => name.value === 'hasScopes' || name.value === 'sanitize');
  const value = directive?.arguments?.find(({ name }) => name.value === 'path')?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

/** One line for each member, so that a difference is named. */
function linesOfContract(): readonly string[] {
  const argument = (owner: string, { name, type, default: value }: Argument): string => `${owner}(${name}: ${type}${value === undefined ? '' : ` = ${value}`})`;
  return Object.entries(contract.types).flatMap(([name, type]) => [
    `${type.kind} ${name}`,
    ...(type.interfaces ?? []).map((parent) => `${name} implements ${parent}`),
    ...(type.types ?? []).map((member) => `${name} = ${member}`),
    ...(type.values ?? []).map((value) => `${name}.${value}`),
    ...(type.fields ?? []).flatMap((field) => [
      `${name}.${field.name}: ${field.type}${type.kind === 'INPUT_OBJECT' && field.default !== undefined ? ` = ${field.default}` : ''}`,
      ...(field.args ?? []).map((given) => argument(`${name}.${field.name}`, given)),
    ]),
  ]);
}

function linesServed({ types }: IntrospectionQuery['__schema']): readonly string[] {
  const fallback = (value: string | null | undefined): string => (value === null || value === undefined ? '' : ` = ${value}`);
  return types
    .filter(({ name }) => !name.startsWith('__') && !BUILT_IN.has(name))
    .flatMap((type) => [
      `${type.kind} ${type.name}`,
      ...('interfaces' in type && type.interfaces ? type.interfaces.map((parent) => `${type.name} implements ${parent.name}`) : []),
      ...(type.kind === 'UNION' ? type.possibleTypes.map((member) => `${type.name} = ${member.name}`) : []),
      ...(type.kind === 'ENUM' ? type.enumValues.map((value) => `${type.name}.${value.name}`) : []),
      ...(type.kind === 'INPUT_OBJECT'
        ? type.inputFields.map((field) => `${type.name}.${field.name}: ${print(field.type)}${fallback(field.defaultValue)}`)
        : []),
      ...('fields' in type && type.fields
        ? type.fields.flatMap((field) => [
            `${type.name}.${field.name}: ${print(field.type)}`,
            ...field.args.map((given) => `${type.name}.${field.name}(${given.name}: ${print(given.type)}${fallback(given.defaultValue)})`),
          ])
        : []),
    ]);
}

describe('the published schema', () => {
  it('is the contract, member for member, in both directions', () => {
    expect([...linesServed(served)].sort()).toEqual([...linesOfContract()].sort());
  });

  it('has the size of the contract', () => {
    const count = (kind: string): number => served.types.filter((type) => type.kind === kind && !type.name.startsWith('__') && !BUILT_IN.has(type.name)).length;
    const fieldsOf = (name: string): number => served.types.flatMap((type) => (type.name === name && type.kind === 'OBJECT' ? type.fields : [])).length;
    expect({
      queries: fieldsOf('Query'),
      mutations: fieldsOf('Mutation'),
      objects: count('OBJECT') - 2,
      inputs: count('INPUT_OBJECT'),
      enums: count('ENUM'),
      scalars: count('SCALAR'),
      interfaces: count('INTERFACE'),
      unions: count('UNION'),
      directives: Object.keys(contract.directives).length,
    }).toEqual({ queries: 44, mutations: 94, objects: 78, inputs: 54, enums: 35, scalars: 11, interfaces: 3, unions: 2, directives: 6 });
  });

  it('declares the directives of the contract', () => {
    const builtIn = new Set(['include', 'skip', 'deprecated', 'specifiedBy', 'oneOf']);
    const ours = served.directives.filter(({ name }) => !builtIn.has(name));
    const shown = ours.map(({ name, args, locations }) => [
      name,
      { args: args.map((given) => ({ name: given.name, type: print(given.type) })), locations: [...locations] },
    ]);
    expect(Object.fromEntries(shown)).toEqual(contract.directives);
  });

  it('names a path in scopes.json for every root field but the viewer, and uses every entry', () => {
    const used = new Map<string, string>();
    const bare: string[] = [];
    for (const [kind, root] of [
      ['query', schema.getQueryType()],
      ['mutation', schema.getMutationType()],
    ] as const)
      for (const field of Object.values(root?.getFields() ?? {})) {
        const at = scopePath(field.astNode);
        if (at === undefined) bare.push(field.name);
        else used.set(at, `graphql.${kind}.${field.name}`);
      }
    for (const type of Object.values(schema.getTypeMap())) {
      if (type === schema.getQueryType() || type === schema.getMutationType()) continue;
      const kind = isInputObjectType(type) ? 'input' : 'field';
      if (isInputObjectType(type) || isObjectType(type))
        for (const field of Object.values(type.getFields())) {
          const at = scopePath(field.astNode);
          if (at !== undefined) used.set(at, `graphql.${kind}.${type.name}.${field.name}`);
        }
    }
    expect(bare).toEqual(['viewer']);
    expect([...used.keys()]).toEqual([...used.values()]);
    expect(Object.keys(scopes).sort()).toEqual([...used.keys()].sort());
    for (const [at, needed] of Object.entries(scopes)) expect({ at, needed: [...needed] }).toEqual({ at, needed: [...new Set(needed)].sort() });
    expect(Object.values(scopes).filter((needed) => needed.length === 0)).toEqual([]);
  });

  it('says of every root field, and of nothing else, which tier it is of and whether it needs a tenant', () => {
    const availability = JSON.parse(readFileSync(path.join(FOLDER, 'availability.json'), 'utf8')) as Readonly<Record<string, unknown>>;
    const roots = [schema.getQueryType(), schema.getMutationType()].flatMap((root) => Object.keys(root?.getFields() ?? {}));
    expect(Object.keys(availability).sort()).toEqual([...roots].sort());
    const odd = Object.entries(availability).filter(([, given]) => {
      const { tier, tenant, ...more } = given as Readonly<Record<string, unknown>>;
      return !(tier === 1 || tier === 2) || !['required', 'optional', 'none'].includes(String(tenant)) || Object.keys(more).length > 0;
    });
    expect(odd).toEqual([]);
  });

  it('describes every type, field, argument and value', () => {
    const bare: string[] = [];
    const look = (where: string, { description }: { readonly description?: string | null | undefined }): void => {
      if (!description?.trim()) bare.push(where);
    };
    for (const type of served.types) {
      if (type.name.startsWith('__') || BUILT_IN.has(type.name)) continue;
      look(type.name, type);
      if (type.kind === 'ENUM') for (const value of type.enumValues) look(`${type.name}.${value.name}`, value);
      if (type.kind === 'INPUT_OBJECT') for (const field of type.inputFields) look(`${type.name}.${field.name}`, field);
      if (!('fields' in type) || !type.fields) continue;
      for (const field of type.fields) {
        look(`${type.name}.${field.name}`, field);
        for (const argument of field.args) look(`${type.name}.${field.name}(${argument.name})`, argument);
      }
    }
    expect(bare).toEqual([]);
  });
});

describe('the examples', () => {
  const files = globSync('examples/*/*.graphql', { cwd: FOLDER });

  it.each(files)('%s begins with a comment that names the scopes it needs', (file) => {
    const text = readFileSync(path.join(FOLDER, file), 'utf8');
    const comment = /^# \S.*\.\n(?=[^#])/.exec(text)?.[0] ?? '';
    const needed = parse(text).definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION
        ? definition.selectionSet.selections.flatMap((root) =>
            root.kind === Kind.FIELD ? (scopes[`graphql.${definition.operation}.${root.name.value}`] ?? []) : [],
          )
        : [],
    );
    expect(comment).not.toBe('');
    expect(needed.filter((scope) => !comment.includes(scope))).toEqual([]);
  });

  it.each(files)('%s has its variables beside it when, and only when, it takes some', (file) => {
    const taken = parse(readFileSync(path.join(FOLDER, file), 'utf8')).definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? (definition.variableDefinitions ?? []).map(({ variable }) => variable.name.value) : [],
    );
    const beside = path.join(FOLDER, file.replace(/graphql$/, 'json'));
    const given = existsSync(beside) ? Object.keys(JSON.parse(readFileSync(beside, 'utf8')) as object) : undefined;
    expect(given ?? []).toEqual(taken);
    expect(given).not.toEqual([]);
  });

  it('are there', () => {
    expect(files.length).toBeGreaterThan(25);
    expect(files).toContain('examples/register-application/register-application.graphql');
  });

  it.each(files)('%s is valid', (file) => {
    expect(validate(schema, parse(readFileSync(path.join(FOLDER, file), 'utf8')))).toEqual([]);
  });
});
