import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import { loadRequirements, needsTenant } from './authorization/requirements.ts';
import { declarations } from './declarations.ts';
import { mutations } from './mutations.ts';
import { loadSchema } from './schema.ts';
import { type DirectorUnderTest, startDirectorUnderTest } from './testing/director-under-test.ts';
import { values } from './values.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../../schema/director');
const LISTED = JSON.parse(readFileSync(path.join(import.meta.dirname, 'generated/unavailable-operations.json'), 'utf8')) as readonly string[];
const SAMPLES: Readonly<Record<string, unknown>> = {
  ID: '00000000-0000-7000-8000-00000000dead',
  String: 'sample',
  Int: 1,
  Boolean: true,
  Any: 'x',
  JSON: '{}',
  Labels: {},
  CLOB: 'x',
};
/** Members that the rules of an input ask for beside those that the schema requires. */
const WANTED: Readonly<Record<string, object>> = { BundleInstanceAuthSetInput: { status: { condition: 'FAILED', message: 'm', reason: 'r' } } };

/** A value of a type that passes its rules: required members only. */
function sample(type: GraphQLInputType): unknown {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (isListType(inner)) return [sample(inner.ofType)];
  if (isEnumType(inner)) return inner.getValues()[0]?.name;
  if (!isInputObjectType(inner)) return SAMPLES[inner.toString()];
  const required = Object.values(inner.getFields()).filter(isRequiredInputField);
  return { ...Object.fromEntries(required.map((field) => [field.name, sample(field.type)])), ...WANTED[inner.name] };
}

describe('operations that are not in this version', () => {
  let director: DirectorUnderTest;
  const tenants: Record<string, string> = {};
  const schema = loadSchema(FOLDER);
  const requirements = loadRequirements(schema, FOLDER);
  const roots = { query: schema.getQueryType()?.getFields() ?? {}, mutation: schema.getMutationType()?.getFields() ?? {} };
  const isBuilt = (name: string): boolean => name in declarations.roots || name in values || name in mutations;
  const missing = (['query', 'mutation'] as const).flatMap((kind) =>
    Object.values(roots[kind])
      .filter(({ name }) => !isBuilt(name))
      .map((field) => [field.name, kind, field] as const),
  );
  beforeAll(async () => {
    director = await startDirectorUnderTest();
    tenants['parent'] = await director.tenant('parent', { type: 'customer' });
    tenants['own'] = await director.tenant('own', { parents: ['parent'] });
    tenants['foreign'] = await director.tenant('foreign');
  });
  afterAll(() => director.stop());

  const ask = (
    kind: string,
    { name, args, type }: GraphQLField<unknown, unknown>,
    caller: { readonly tenant?: string | undefined; readonly scopes?: readonly string[] },
  ) => {
    const required = args.filter(isRequiredArgument);
    const declared = required.length === 0 ? '' : `(${required.map((argument) => `$${argument.name}: ${String(argument.type)}`).join(', ')})`;
    const given = required.length === 0 ? '' : `(${required.map((argument) => `${argument.name}: $${argument.name}`).join(', ')})`;
    const document = `${kind} ${declared} { ${name}${given}${isLeafType(getNamedType(type)) ? '' : ' { __typename }'} }`;
    return director.call(caller, document, Object.fromEntries(required.map((argument) => [argument.name, sample(argument.type)])));
  };

  it('are those of the generated list', () => {
    expect([...LISTED].sort()).toEqual(missing.map(([name]) => name).sort());
  });

  if (missing.length > 0)
    it.each(missing)('%s says so to whoever may call it, and nothing else to anybody', async (name, kind, field) => {
      for (const relation of ['own', 'parent', 'foreign']) {
        const { status, errors } = await ask(kind, field, { tenant: tenants[relation] });
        expect({ status, errors }).toEqual({
          status: 200,
          errors: [
            {
              message: `The operation is not allowed [reason=${name} is not available in this version]`,
              path: [name],
              extensions: { error_code: 27, error: 'InvalidOperation' },
            },
          ],
        });
      }
      for (const scope of requirements.scopesOf(field)) {
        const { errors } = await ask(kind, field, { tenant: tenants['own'], scopes: director.allScopes.filter((held) => held !== scope) });
        expect(errors[0].extensions.error_code).toBe(23);
      }
      const { errors } = await ask(kind, field, {});
      expect(errors[0].extensions.error_code).toBe(needsTenant(name) ? 24 : 27);
    });
});
