import { appendAudit } from '@binnacle/audit/append-audit';
import type { Caller } from '@binnacle/internal-token/caller';
import { DomainError } from '@binnacle/errors/domain-error';
import { answerError } from '@binnacle/graphql/format-error';
import type { ScannedDocument } from '@binnacle/graphql/scan-document';
import type { CallValues } from '@binnacle/read-compiler/argument-values';
import type { Arguments } from '@binnacle/read-compiler/declaration';
import { NeedsExecutor } from '@binnacle/read-compiler/plan';
import { type SelectedField, selectedFields, subsets } from '@binnacle/read-compiler/selection';
import { shape } from '@binnacle/read-compiler/shape';
import { RegistryUnavailable } from '@binnacle/registry/registry-error';
import { tenantId } from '@binnacle/registry/tenant-id';
import type { GlobalWork, TenantWork } from '@binnacle/registry/work';
import { type GraphQLField, getVariableValues, GraphQLError, isNonNullType } from 'graphql';
import { type AuditedMutation, mutationEvent } from '../audit/mutation-event.ts';
import type { AnyMutation, Answer } from '../call.ts';
import { values as plainValues } from '../values.ts';
import { conditionOf } from './condition.ts';
import { createCall } from './create-call.ts';
import { judge } from './judge.ts';
import type { MutationCall } from './mutation-call.ts';
import type { RequestHints } from './request-hints.ts';
import { DocumentRefused, literalValue, withoutSuggestion, type PreparedDocument, type PreparedDocuments } from './prepared-documents.ts';
import { runRoot } from './run-root.ts';
import type { DirectorServices } from './services.ts';

/** One operation to run. */
export interface OperationRequest {
  readonly scanned: ScannedDocument;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  readonly hints: RequestHints;
  /** False for GET. */
  readonly mayChange: boolean;
  readonly requestId: string;
}

/** The body to send, or that graphql-js itself is to answer. */
export type OperationResult = { readonly kind: 'text'; readonly text: string; readonly operation: 'query' | 'mutation' } | { readonly kind: 'standard' };

/** A mutation came by GET: HTTP 405. */
export class MutationByGet extends Error {
  override readonly name = 'MutationByGet';
}

/** What one root field answered: JSON text, or an error. */
type FieldAnswer = { readonly key: string; readonly nullable: boolean; readonly text: string | undefined; readonly errors: readonly object[] };

const REFUSALS: ReadonlySet<string> = new Set(['InsufficientScopes', 'Unauthorized']);

const NOT_AVAILABLE = (operation: string): DomainError => new DomainError('InvalidOperation', { reason: `${operation} is not available in this version` });

/** Runs an operation. @throws DocumentRefused, MutationByGet, RegistryUnavailable */
export async function runOperation(services: DirectorServices, documents: PreparedDocuments, request: OperationRequest): Promise<OperationResult> {
  const prepared = documents.prepare(request.scanned, request.operationName);
  const { operation } = prepared;
  if (operation.operation === 'subscription') throw new DocumentRefused('GRAPHQL_VALIDATION_FAILED', [new GraphQLError('subscriptions are not served here')]);
  if (operation.operation === 'mutation' && !request.mayChange) throw new MutationByGet();
  const values = valuesOf(services, prepared, request);
  const root = operation.operation === 'query' ? services.schema.getQueryType() : services.schema.getMutationType();
  if (!root) throw new Error(`the schema has no ${operation.operation} type`);
  const fields = prepared.rootFields ?? selectedFields(prepared.document, root.name, [operation.selectionSet], (node) => conditionOf(node, values));
  if (operation.operation === 'query' && fields.some(({ name }) => name === '__schema' || name === '__type')) return { kind: 'standard' };
  const answers: FieldAnswer[] = [];
  const answer = async (field: SelectedField): Promise<FieldAnswer> => {
    if (field.name === '__typename') return { key: field.key, nullable: false, text: `"${root.name}"`, errors: [] };
    const declared = root.getFields()[field.name];
    if (!declared) throw new Error(`validation let ${field.name} pass`);
    return answerField(services, prepared, request, values, field, declared, operation.operation === 'mutation');
  };
  try {
    // Queries may run side by side; mutations one after the other (GraphQL specification, 6.2.2).
    if (operation.operation === 'query' && fields.length > 1) answers.push(...(await Promise.all(fields.map(answer))));
    else for (const field of fields) answers.push(await answer(field));
  } catch (error) {
    if (error instanceof NeedsExecutor && operation.operation === 'query') return { kind: 'standard' };
    throw error;
  }
  return { kind: 'text', text: bodyOf(answers), operation: operation.operation };
}

function valuesOf({ schema }: DirectorServices, prepared: PreparedDocument, { scanned, variables }: OperationRequest): CallValues {
  const literals = prepared.liftsLiterals ? scanned.literals.map(literalValue) : [];
  const { variableDefinitions = [] } = prepared.operation;
  if (variableDefinitions.length === 0) return { variables: {}, literals };
  const { errors, coerced } = getVariableValues(schema, variableDefinitions, variables, { maxErrors: 20 });
  if (errors) throw new DocumentRefused('GRAPHQL_VALIDATION_FAILED', errors.map(withoutSuggestion));
  return { variables: coerced, literals };
}

async function answerField(
  services: DirectorServices,
  prepared: PreparedDocument,
  { caller, hints, scanned, requestId }: OperationRequest,
  values: CallValues,
  field: SelectedField,
  declared: GraphQLField<unknown, unknown>,
  isMutation: boolean,
): Promise<FieldAnswer> {
  const nullable = !isNonNullType(declared.type);
  const readArguments = prepared.argumentsOf(field.nodes[0], declared.args);
  let args: Arguments = {};
  try {
    args = argumentsOrRefuse(readArguments, values);
    judge(services, declared, args, caller);
    const result = isMutation
      ? await runMutation(services, { prepared, text: scanned.text, caller, hints, values, field, declared, requestId }, args)
      : await runQuery(services, prepared, caller, values, field, declared, args, readArguments);
    return { key: field.key, nullable, text: result.text, errors: result.errors };
  } catch (error) {
    if (error instanceof NeedsExecutor || error instanceof RegistryUnavailable || error instanceof DocumentRefused) throw error;
    if (isMutation && error instanceof DomainError && REFUSALS.has(error.kind)) await noteRefusal(services, { caller, name: declared.name, args, requestId });
    return { key: field.key, nullable, text: undefined, errors: [answerError(error, [field.key])] };
  }
}

/** Somebody tried what they have no right to: the change did not happen, that it was tried is kept. */
async function noteRefusal(services: DirectorServices, refused: Pick<AuditedMutation, 'caller' | 'name' | 'args' | 'requestId'>): Promise<void> {
  const event = mutationEvent({ ...refused, id: services.newId(), result: 'refused' });
  await services.registry.asGlobal('refusals of the audit log', (work) => appendAudit(work, event));
}

function argumentsOrRefuse(read: (values: CallValues) => Arguments, values: CallValues): Arguments {
  try {
    return read(values);
  } catch (error) {
    throw error instanceof GraphQLError ? new DocumentRefused('GRAPHQL_VALIDATION_FAILED', [error]) : error;
  }
}

interface Answered {
  readonly text: string | undefined;
  readonly errors: readonly object[];
}

async function runQuery(
  services: DirectorServices,
  prepared: PreparedDocument,
  caller: Caller,
  values: CallValues,
  field: SelectedField,
  declared: GraphQLField<unknown, unknown>,
  args: Arguments,
  readArguments: (values: CallValues) => Arguments,
): Promise<Answered> {
  const plain = plainValues[declared.name];
  if (plain) {
    const shaped = shape(prepared.document, services.shapeRules, (node) => conditionOf(node, values), declared.type, plain(caller, args), subsets(field));
    return { text: JSON.stringify(shaped), errors: [] };
  }
  if (!services.declarations.roots[declared.name]) throw NOT_AVAILABLE(declared.name);
  const text = await runRoot(services, { prepared, caller, values, field, declared, args, readArguments });
  return { text, errors: [] };
}

async function runMutation(services: DirectorServices, mutationCall: MutationCall, args: Arguments): Promise<Answered> {
  const { caller, declared, requestId } = mutationCall;
  const mutation: AnyMutation | undefined = services.mutations[declared.name];
  if (!mutation) throw NOT_AVAILABLE(declared.name);
  const call = createCall(services, mutationCall);
  const audited = async (work: TenantWork | GlobalWork, run: () => Promise<Answer>): Promise<Answer> => {
    const done = await run();
    const event = mutationEvent({ id: services.newId(), caller, name: declared.name, args, result: 'success', requestId, answered: call.answered() });
    await appendAudit(work, event);
    return done;
  };
  const given = args as never; // arguments were coerced by the schema
  let answer: Answer;
  if (mutation.kind === 'global') answer = await services.registry.asGlobal(mutation.reason, (work) => audited(work, () => mutation.run(work, given, call)));
  else {
    const tenant = tenantId(caller.tenant ?? '');
    const prepared = await mutation.prepare?.((body) => services.registry.asTenant(tenant, body), given, call);
    answer = await services.registry.asTenant(tenant, (work) => audited(work, () => mutation.run(work, given, call, prepared)));
  }
  return answer.kind === 'text' ? { text: answer.text, errors: [] } : answer;
}

function bodyOf(answers: readonly FieldAnswer[]): string {
  const [only] = answers;
  if (answers.length === 1 && only?.text !== undefined && only.errors.length === 0) return `{"data":{"${only.key}":${only.text}}}`;
  const errors = answers.flatMap((answer) => answer.errors);
  const failed = answers.some(({ text, nullable }) => text === undefined && !nullable);
  const data = failed ? 'null' : `{${answers.map(({ key, text }) => `"${key}":${text ?? 'null'}`).join(',')}}`;
  return errors.length === 0 ? `{"data":${data}}` : `{"errors":${JSON.stringify(errors)},"data":${data}}`;
}
