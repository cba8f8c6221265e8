import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLError, type GraphQLScalarType, type GraphQLSchema, isScalarType, valueFromASTUntyped } from 'graphql';

/** Reads the SDL of one or more folders, and gives its scalars their rules. */
export function loadSchema(...folders: readonly string[]): GraphQLSchema {
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.graphql'))
      .sort()
      .map((file) => path.join(folder, file)),
  );
  const schema = makeExecutableSchema({ typeDefs: files.map((file) => readFileSync(file, 'utf8')) });
  for (const [name, check] of Object.entries(SCALARS)) {
    const scalar = schema.getType(name);
    if (!isScalarType(scalar)) throw new Error(`the schema has no scalar ${name}`);
    giveRules(scalar, check);
  }
  return schema;
}

type Check = (value: unknown) => unknown;

function giveRules(scalar: GraphQLScalarType, check: Check): void {
  scalar.parseValue = check;
  scalar.parseLiteral = (node, variables) => check(valueFromASTUntyped(node, variables));
  scalar.serialize = (value) => value;
}

const text =
  (what: string): Check =>
  (value) => {
    if (typeof value !== 'string') throw new GraphQLError(`must be ${what}, sent as a text`);
    return value;
  };

const json =
  (what: string): Check =>
  (value) => {
    const given = text(what)(value) as string;
    try {
      JSON.parse(given);
    } catch {
      throw new GraphQLError(`must be ${what}: the text is not JSON`);
    }
    return given;
  };

const object =
  (what: string): Check =>
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new GraphQLError(`must be ${what}`);
    return value;
  };

const lists =
  (what: string): Check =>
  (value) => {
    const map = object(what)(value) as Record<string, unknown>;
    for (const items of Object.values(map))
      if (!Array.isArray(items) || items.some((item) => typeof item !== 'string')) throw new GraphQLError(`must be ${what}`);
    return map;
  };

const serialisedLists =
  (what: string): Check =>
  (value) => {
    lists(what)(JSON.parse(json(what)(value) as string));
    return value;
  };

const SCALARS: Readonly<Record<string, Check>> = {
  Any: (value) => value,
  CLOB: text('a text'),
  HttpHeaders: lists('an object of lists of texts'),
  HttpHeadersSerialized: serialisedLists('a JSON object of lists of texts'),
  JSON: json('JSON'),
  JSONSchema: json('a JSON Schema'),
  Labels: object('an object of label keys and values'),
  PageCursor: text('a cursor'),
  QueryParams: lists('an object of lists of texts'),
  QueryParamsSerialized: serialisedLists('a JSON object of lists of texts'),
  Timestamp: (value) => {
    const given = text('a time such as 2026-01-31T12:00:00Z')(value) as string;
    if (Number.isNaN(Date.parse(given))) throw new GraphQLError('must be a time such as 2026-01-31T12:00:00Z');
    return given;
  },
};
