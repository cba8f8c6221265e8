import { ApolloServer } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { answerError } from '@binnacle/graphql/format-error';
import { RegistryUnavailable } from '@binnacle/registry/registry-error';
import { log } from '@binnacle/log/log';
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import { ConnectorError } from '../connector-error.ts';
import type { ConnectorContext } from './resolvers.ts';

/** Apollo Server without HTTP of its own: parsing, validation, execution, introspection. */
export async function startApollo(schema: GraphQLSchema, introspection: boolean): Promise<ApolloServer<ConnectorContext>> {
  const apollo = new ApolloServer<ConnectorContext>({
    // It would send the signal on a second time, and a second signal ends the process at once.
    stopOnTerminationSignals: false,
    schema,
    introspection,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: true,
    // Clients write the certificate request into the document: no text comes twice, so keeping parsed documents only costs memory.
    documentStore: null,
    plugins: [ApolloServerPluginLandingPageDisabled(), ApolloServerPluginCacheControlDisabled()],
    formatError: (formatted, thrown) => formatError(formatted, unwrapResolverError(thrown)),
  });
  await apollo.start();
  return apollo;
}

function formatError(formatted: GraphQLFormattedError, cause: unknown): GraphQLFormattedError {
  const { message, path, locations, extensions } = formatted;
  if (cause instanceof ConnectorError) return { message: cause.message, ...(path ? { path } : {}), extensions: { code: cause.code } };
  if (cause instanceof RegistryUnavailable) {
    log().warn({ err: cause }, 'registry is away');
    return { message: 'The registry is not available: try again', ...(path ? { path } : {}), extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true } };
  }
  // Without a path nothing was run: the document or its variables are at fault, in words of GraphQL's own.
  if (!path) {
    const code = extensions?.['code'] === 'GRAPHQL_PARSE_FAILED' ? 'GRAPHQL_PARSE_FAILED' : 'GRAPHQL_VALIDATION_FAILED';
    return { message, ...(locations ? { locations } : {}), extensions: { code } };
  }
  return answerError(cause, path);
}
