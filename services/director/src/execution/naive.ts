import { DomainError } from '@binnacle/errors/domain-error';
import { answerError } from '@binnacle/graphql/format-error';
import type { CallValues } from '@binnacle/read-compiler/argument-values';
import type { ReadContext } from '@binnacle/read-compiler/declaration';
import { createNaiveResolver, Row, type RunSql } from '@binnacle/read-compiler/naive-executor';
import { selectedFields } from '@binnacle/read-compiler/selection';
import { RegistryUnavailable } from '@binnacle/registry/registry-error';
import type { Statement } from '@binnacle/registry/statement';
import { type DocumentNode, defaultFieldResolver, execute, getOperationAST, type GraphQLFieldResolver, type GraphQLSchema, Kind, parse } from 'graphql';
import type { Answer } from '../call.ts';
import type { MutationCall } from './mutation-call.ts';
import { fragmentsOf } from './prepared-documents.ts';
import { conditionOf } from './condition.ts';
import { cursorError, pageSizeError } from './page-errors.ts';
import type { DirectorServices } from './services.ts';
import { namesNothing } from './strange-ids.ts';

/** A resolver over the declarations for one call. */
export function naiveResolver(
  services: DirectorServices,
  call: ReadContext,
  read: (statement: Statement) => Promise<readonly unknown[][]>,
  otherwise: GraphQLFieldResolver<unknown, unknown>,
  revealed: object = {},
): GraphQLFieldResolver<unknown, unknown> {
  const run: RunSql = (text, params) => read({ name: 'naive', text, values: params });
  return createNaiveResolver({
    declarations: services.declarations,
    call,
    run,
    async open(secretId) {
      const [found] = await run('select key_id, ciphertext from secret where id = $1::uuid', [secretId]);
      if (!found) return null;
      return { ...(JSON.parse(services.envelope.open({ keyId: String(found[0]), ciphertext: found[1] as Buffer }, secretId)) as object), ...revealed };
    },
    errors: {
      pageSize: pageSizeError,
      cursor: cursorError,
      scope: (scope) => new DomainError('InsufficientScopes', { actual: [...call.scopes].join(';'), required: scope }),
    },
    namesNothing,
    otherwise,
  });
}

/** Answers one row for a mutation field of which a nested field must fail. */
export async function answerRowNaively(
  services: DirectorServices,
  { prepared, text, values, field }: MutationCall,
  context: ReadContext,
  { type, id, revealed = {} }: { readonly type: string; readonly id: string; readonly revealed: object | undefined },
  read: (statement: Statement) => Promise<readonly unknown[][]>,
): Promise<Answer> {
  const computed: GraphQLFieldResolver<unknown, unknown> = (source, args, ctx, info) => {
    const compute = services.shapeRules.computed[`${info.parentType.name}.${info.fieldName}`];
    return compute ? compute(source as Record<string, unknown>) : defaultFieldResolver(source, args, ctx, info);
  };
  const inner = naiveResolver(services, context, read, computed, revealed);
  const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (source, args, ctx, info) =>
    info.parentType === info.schema.getMutationType() ? new Row(type, id) : inner(source, args, ctx, info);
  const { document, operationName } = alone(services.schema, text, prepared.operation.name?.value, field.key, values);
  const { data, errors } = await execute({
    schema: services.schema,
    document,
    operationName,
    variableValues: values.variables,
    fieldResolver,
  });
  const answer = data?.[field.key];
  for (const { originalError } of errors ?? []) if (originalError instanceof RegistryUnavailable) throw originalError;
  if (!errors) return { kind: 'text', text: JSON.stringify(answer ?? null) };
  return {
    kind: 'failed',
    text: answer === null || answer === undefined ? undefined : JSON.stringify(answer),
    errors: errors.map((error) => answerError(error.originalError ?? error, error.path)),
  };
}

/** The document with one of its root fields alone. */
function alone(
  schema: GraphQLSchema,
  text: string,
  operationName: string | undefined,
  key: string,
  values: CallValues,
): { readonly document: DocumentNode; readonly operationName: string | undefined } {
  const ast = parse(text);
  const operation = getOperationAST(ast, operationName);
  if (!operation) throw new Error(`the document that was run has no operation ${operationName ?? ''}`);
  const fields = selectedFields({ schema, fragments: fragmentsOf(ast) }, schema.getMutationType()?.name ?? '', [operation.selectionSet], (node) =>
    conditionOf(node, values),
  );
  const selections = fields.find((field) => field.key === key)?.nodes ?? [];
  const definitions = ast.definitions.map((definition) =>
    definition === operation ? { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections } as const } : definition,
  );
  return { document: { ...ast, definitions }, operationName };
}
