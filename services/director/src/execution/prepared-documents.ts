import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getOperationAST,
  type GraphQLArgument,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  parseValue,
  type StringValueNode,
  validate,
  visit,
} from 'graphql';
import { type Literal, scanDocument, type ScannedDocument } from '@binnacle/graphql/scan-document';
import { argumentsOf, type CallValues } from '@binnacle/read-compiler/argument-values';
import type { Arguments } from '@binnacle/read-compiler/declaration';
import type { Plan } from '@binnacle/read-compiler/plan';
import { type Document, type SelectedField, selectedFields } from '@binnacle/read-compiler/selection';

/** A document that was parsed and validated once, for every call of the same key. */
export interface PreparedDocument {
  readonly operation: OperationDefinitionNode;
  readonly document: Document;
  /** Number of the literal at an offset; always undefined where the literals are part of the key. */
  readonly literalIndex: (offset: number) => number | undefined;
  readonly liftsLiterals: boolean;
  /** The fields of the operation, where no directive decides which of them are asked for. */
  readonly rootFields: readonly SelectedField[] | undefined;
  /** Plans by response key of the root field. */
  readonly plans: Map<string, Plan[]>;
  /** How the arguments of a field of this document are read. */
  readonly argumentsOf: (field: FieldNode, declared: readonly GraphQLArgument[]) => (values: CallValues) => Arguments;
}

/** The document cannot be run: HTTP 422. */
export class DocumentRefused extends Error {
  override readonly name = 'DocumentRefused';
  readonly code: 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED';
  readonly errors: readonly GraphQLError[];
  constructor(code: DocumentRefused['code'], errors: readonly GraphQLError[]) {
    super(errors[0]?.message ?? code);
    this.code = code;
    this.errors = errors;
  }
}

const MAX_DOCUMENTS = 1_000;
const MAX_ERRORS = 20;

export interface PreparedDocuments {
  /** @throws DocumentLimitError */
  scan(text: string): ScannedDocument;
  /** @throws DocumentRefused */
  prepare(scanned: ScannedDocument, operationName: string | undefined): PreparedDocument;
}

/**
 * Keeps documents by what remains of them without their literals: clients write every value into the document, so hardly any text
 * comes twice, but few keys do not. Documents with variables are kept by their whole text.
 */
export function createPreparedDocuments(schema: GraphQLSchema): PreparedDocuments {
  const kept = new Map<string, PreparedDocument>();
  /** Documents without literals come again as they are, so they need not be scanned again. */
  const known = new Map<string, ScannedDocument>();
  return {
    scan(text) {
      const found = known.get(text);
      if (found) return found;
      const scanned = scanDocument(text);
      if (scanned.literals.length === 0) keep(known, text, scanned);
      return scanned;
    },
    prepare(scanned, operationName) {
      const lift = !scanned.key.includes('$');
      const suffix = `\u0000${operationName ?? ''}`;
      const liftedKey = `l${scanned.key}${suffix}`;
      const textKey = `t${scanned.text}${suffix}`;
      const found = (lift ? kept.get(liftedKey) : undefined) ?? kept.get(textKey);
      if (found) return found;
      const ast = parseDocument(scanned.text);
      const errors = validate(schema, ast, undefined, { maxErrors: MAX_ERRORS });
      if (errors.length > 0) throw new DocumentRefused('GRAPHQL_VALIDATION_FAILED', errors.map(withoutSuggestion).slice(0, MAX_ERRORS));
      const canLift = lift && !literalsDecideValidity(ast);
      const prepared = preparedFrom(schema, ast, operationName, canLift ? scanned.literals : undefined);
      keep(kept, canLift ? liftedKey : textKey, prepared);
      return prepared;
    },
  };
}

function keep<T>(kept: Map<string, T>, key: string, value: T): void {
  if (kept.size >= MAX_DOCUMENTS) {
    const [oldest] = kept.keys();
    if (oldest !== undefined) kept.delete(oldest);
  }
  kept.set(key, value);
}

function parseDocument(text: string): DocumentNode {
  try {
    return parse(text);
  } catch (error) {
    throw new DocumentRefused('GRAPHQL_PARSE_FAILED', [error instanceof GraphQLError ? error : new GraphQLError('the document cannot be parsed')]);
  }
}

/** Suggestions tell a stranger what the schema holds. */
export function withoutSuggestion(error: GraphQLError): GraphQLError {
  const message = error.message.replace(/ Did you mean .*?\?$/s, '');
  return message === error.message ? error : new GraphQLError(message, error.nodes ? { nodes: error.nodes } : {});
}

/**
 * Two fields of one response key must have equal arguments, so where a key with literal arguments stands twice the literals decide
 * whether the document is valid.
 */
function literalsDecideValidity(ast: DocumentNode): boolean {
  const keys = new Set<string>();
  let twice = false;
  visit(ast, {
    Field(field) {
      if (!field.arguments?.length) return;
      const key = field.alias?.value ?? field.name.value;
      if (keys.has(key)) twice = true;
      keys.add(key);
    },
  });
  return twice;
}

function preparedFrom(schema: GraphQLSchema, ast: DocumentNode, operationName: string | undefined, literals: readonly Literal[] | undefined): PreparedDocument {
  const operation = getOperationAST(ast, operationName);
  if (!operation) throw new DocumentRefused('GRAPHQL_VALIDATION_FAILED', [new GraphQLError(`operation ${operationName ?? ''} not found`)]);
  const fragments = fragmentsOf(ast);
  const offsets = new Map(literals?.map(({ start }, index) => [start, index]));
  const document = { schema, fragments };
  const literalIndex = (offset: number): number | undefined => offsets.get(offset);
  const readers = new Map<FieldNode, (values: CallValues) => Arguments>();
  return {
    operation,
    document,
    literalIndex,
    argumentsOf(field, declared) {
      let reader = readers.get(field);
      if (!reader) readers.set(field, (reader = argumentsOf(field, declared, literalIndex)));
      return reader;
    },
    liftsLiterals: literals !== undefined,
    rootFields: rootFieldsOf(document, operation),
    plans: new Map(),
  };
}

function rootFieldsOf(document: Document, operation: OperationDefinitionNode): readonly SelectedField[] | undefined {
  const root = document.schema.getRootType(operation.operation);
  let isConditional = false;
  const fields = selectedFields(document, root?.name ?? '', [operation.selectionSet], () => (isConditional = true));
  return isConditional ? undefined : fields;
}

export function fragmentsOf(ast: DocumentNode): Readonly<Record<string, FragmentDefinitionNode>> {
  return Object.fromEntries(
    ast.definitions.filter((node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION).map((node) => [node.name.value, node]),
  );
}

/** The value of a literal as it was written. */
export function literalValue({ kind, raw }: Literal): unknown {
  if (kind === 'number') return Number(raw);
  if (!raw.startsWith('"""') && !raw.includes('\\')) return raw.slice(1, -1);
  return (parseValue(raw) as StringValueNode).value; // the scan found a string here
}
