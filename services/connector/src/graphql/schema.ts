import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';
import type { ConnectorContext, Resolvers } from './resolvers.ts';

/** Reads the SDL of a folder and joins it with the resolvers; a resolver for what the SDL does not have is an error. */
export function loadSchema(folder: string, resolvers: Resolvers): GraphQLSchema {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.graphql'))
    .sort();
  return makeExecutableSchema<ConnectorContext>({
    typeDefs: files.map((file) => readFileSync(path.join(folder, file), 'utf8')),
    resolvers: { ...resolvers },
    resolverValidationOptions: { requireResolversToMatchSchema: 'error' },
  });
}
