import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { unwrapResolverError } from '@apollo/server/errors';
import { DomainError } from '@binnacle/errors/domain-error';
import { answerError } from '@binnacle/graphql/format-error';
import type { Caller } from '@binnacle/internal-token/caller';
import type { Arguments } from '@binnacle/read-compiler/declaration';
import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLResolveInfo } from 'graphql';
import { RegistryUnavailable } from '@binnacle/registry/registry-error';
import type { Statement } from '@binnacle/registry/statement';
import { values } from '../values.ts';
import { judge } from './judge.ts';
import { naiveResolver } from './naive.ts';
import { readContextOf } from './read-context.ts';
import { contextOf, tenantOf } from './run-root.ts';
import type { DirectorServices } from './services.ts';

export interface StandardContext {
  readonly caller: Caller;
  /** Name of each root field by its response key; filled while the call is answered. */
  readonly roots: Map<string | number, string>;
  /** Filled when the registry was away for a part of the call: then the whole call is to be tried again. (Apollo copies the context, not this list.) */
  readonly away: RegistryUnavailable[];
}

type ResponsePath = GraphQLResolveInfo['path'];

/** Apollo Server over the same declarations, for what is not compiled: introspection, and documents of which a nested field must fail. */
export async function startApollo(services: DirectorServices): Promise<ApolloServer<StandardContext>> {
  const fieldResolver: GraphQLFieldResolver<unknown, StandardContext> = (source, args, context, info) => {
    const { caller } = context;
    const declared = info.parentType === info.schema.getQueryType() ? info.parentType.getFields()[info.fieldName] : undefined;
    if (declared) {
      judge(services, declared, args as Arguments, caller);
      context.roots.set(info.path.key, info.fieldName);
    }
    // Whose rows are read is decided by the root field, also for what is nested below it.
    const tenant = tenantOf(context.roots.get(rootKeyOf(info.path)) ?? '', caller);
    const read = (statement: Statement): Promise<readonly unknown[][]> =>
      services.registry.read(statement, tenant).catch((error: unknown) => {
        if (error instanceof RegistryUnavailable) context.away.push(error);
        throw error;
      });
    return naiveResolver(
      services,
      readContextOf(caller, declared ? contextOf(services, info.fieldName, args as Arguments) : {}),
      read,
      otherwise(services, caller),
    )(source, args, context, info);
  };
  const apollo = new ApolloServer<StandardContext>({
    // It would send the signal on a second time, and a second signal ends the process at once.
    stopOnTerminationSignals: false,
    schema: services.schema,
    fieldResolver: fieldResolver as GraphQLFieldResolver<unknown, unknown>,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: true,
    // Cache control would give every field of the shared schema a resolver of its own, in the way of ours for mutations.
    plugins: [ApolloServerPluginLandingPageDisabled(), ApolloServerPluginCacheControlDisabled()],
    formatError: (formatted, thrown) => {
      const cause = unwrapResolverError(thrown);
      // Never sent: the call as a whole is refused.
      if (cause instanceof RegistryUnavailable) return formatted;
      return cause instanceof Error && cause !== thrown ? { ...formatted, ...answerError(cause, formatted.path) } : formatted;
    },
  });
  await apollo.start();
  return apollo as unknown as ApolloServer<StandardContext>;
}

function rootKeyOf(path: ResponsePath): string | number {
  let at = path;
  while (at.prev) at = at.prev;
  return at.key;
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
