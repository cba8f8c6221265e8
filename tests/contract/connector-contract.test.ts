import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { buildSchema, type GraphQLField, isNonNullType, isObjectType } from 'graphql';

const schema = buildSchema(readFileSync(path.resolve(import.meta.dirname, '../../schema/connector/connector.graphql'), 'utf8'));
const contract = JSON.parse(readFileSync(path.join(import.meta.dirname, 'connector.contract.json'), 'utf8')) as Readonly<
  Record<string, Readonly<Record<string, string>>>
>;

const signatureOf = ({ name, args }: GraphQLField<unknown, unknown>): string =>
  args.length === 0 ? name : `${name}(${args.map((arg) => `${arg.name}: ${String(arg.type)}`).join(', ')})`;

function fieldsOf(type: string): readonly GraphQLField<unknown, unknown>[] {
  const declared = schema.getType(type);
  return isObjectType(declared) ? Object.values(declared.getFields()) : [];
}

describe('the SDL of the Connector', () => {
  it.each(Object.keys(contract))('holds every member of %s that existing clients know, with its type', (type) => {
    const declared = Object.fromEntries(fieldsOf(type).map((field) => [signatureOf(field), String(field.type)]));
    expect(declared).toMatchObject(contract[type] ?? {});
  });

  it('adds nothing that a client must send or that must be there', () => {
    const added = Object.keys(contract).flatMap((type) => fieldsOf(type).filter((field) => !(signatureOf(field) in (contract[type] ?? {}))));
    expect(added.map(({ name }) => name).sort()).toEqual(['expiresAt', 'keyAlgorithms', 'renewAfter', 'renewAfter']);
    expect(added.every((field) => field.args.length === 0 && !isNonNullType(field.type))).toBe(true);
  });

  it('has no directives of its own and no subscriptions', () => {
    expect(schema.getSubscriptionType()).toBeUndefined();
    expect(
      schema
        .getDirectives()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['deprecated', 'include', 'oneOf', 'skip', 'specifiedBy']);
  });
});
