import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { unwrapResolverError } from '@apollo/server/errors';
import { DomainError } from '@binnacle/errors/domain-error';
import { answerError } from '@binnacle/graphql/format-error';
import type { Caller } from '@binnacle/internal-token/caller';
import { tenantId } from '@binnacle/registry/tenant-id';
import { defaultFieldResolver, type GraphQLFieldResolver } from 'graphql';
import { requireScopes, needsTenant } from '../authorization/requirements.ts';
import { values } from '../values.ts';
import { naiveResolver } from './naive.ts';
import { readContextOf } from './read-context.ts';
import type { DirectorServices } from './services.ts';

export interface StandardContext {
  readonly caller: Caller;
}

/** Apollo Server over the same declarations, for what is not compiled: introspection, and documents of which a nested field must fail. */
export async function startApollo(services: DirectorServices): Promise<ApolloServer<StandardContext>> {
  const fieldResolver: GraphQLFieldResolver<unknown, StandardContext> = (source, args, context, info) => {
    const { caller } = context;
    const isRoot = info.parentType === info.schema.getQueryType();
    if (isRoot) judgeRoot(services, caller, info.parentType.getFields()[info.fieldName]);
    const tenant = caller.tenant === undefined ? undefined : tenantId(caller.tenant);
    return naiveResolver(services, readContextOf(caller), (statement) => services.registry.read(statement, tenant), otherwise(services, caller))(
      source,
      args,
      context,
      info,
    );
  };
  const apollo = new ApolloServer<StandardContext>({
    schema: services.schema,
    fieldResolver: fieldResolver as GraphQLFieldResolver<unknown, unknown>,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: true,
    plugins: [ApolloServerPluginLandingPageDisabled()],
    formatError: (formatted, thrown) => {
      const cause = unwrapResolverError(thrown);
      return cause instanceof Error && cause !== thrown ? { ...formatted, ...answerError(cause, formatted.path) } : formatted;
    },
  });
  await apollo.start();
  return apollo as unknown as ApolloServer<StandardContext>;
}

function judgeRoot(services: DirectorServices, caller: Caller, field: Parameters<DirectorServices['requirements']['scopesOf']>[0] | undefined): void {
  if (!field) return;
  requireScopes(caller.scopes, services.requirements.scopesOf(field));
  if (needsTenant(field.name) && caller.tenant === undefined) throw new DomainError('TenantRequired');
}

function otherwise(services: DirectorServices, caller: Caller): GraphQLFieldResolver<unknown, unknown> {
  return (source, args, context, info) => {
    if (info.parentType === info.schema.getQueryType()) {
      const plain = values[info.fieldName];
      if (plain) return plain(caller, args as Record<string, unknown>);
      throw new DomainError('InvalidOperation', { reason: `${info.fieldName} is not available in this version` });
    }
    const compute = services.shapeRules.computed[`${info.parentType.name}.${info.fieldName}`];
    return compute ? compute(source as Record<string, unknown>) : defaultFieldResolver(source, args, context, info);
  };
}
