import {
  type DocumentNode,
  type FragmentDefinitionNode,
  getOperationAST,
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
import type { Literal, ScannedDocument } from '@binnacle/graphql/scan-document';
import type { Plan } from '@binnacle/read-compiler/plan';
import type { Document } from '@binnacle/read-compiler/selection';

/** A document that was parsed and validated once, for every call of the same key. */
export interface PreparedDocument {
  readonly operation: OperationDefinitionNode;
  readonly document: Document;
  /** Number of the literal at an offset; always undefined where the literals are part of the key. */
  readonly literalIndex: (offset: number) => number | undefined;
  readonly liftsLiterals: boolean;
  /** Plans by response key of the root field. */
  readonly plans: Map<string, Plan[]>;
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
  /** @throws DocumentRefused */
  prepare(scanned: ScannedDocument, operationName: string | undefined): PreparedDocument;
}

/**
 * Keeps documents by what remains of them without their literals: clients write every value into the document, so hardly any text
 * comes twice, but few keys do not. Documents with variables are kept by their whole text.
 */
export function createPreparedDocuments(schema: GraphQLSchema): PreparedDocuments {
  const kept = new Map<string, PreparedDocument>();
  return {
    prepare(scanned, operationName) {
      const lift = !scanned.key.includes('$');
      const suffix = `\u0000${operationName ?? ''}`;
      const liftedKey = `l${scanned.key}${suffix}`;
      const textKey = `t${scanned.text}${suffix}`;
      const known = (lift ? kept.get(liftedKey) : undefined) ?? kept.get(textKey);
      if (known) return known;
      const ast = parseDocument(scanned.text);
      const errors = validate(schema, ast, undefined, { maxErrors: MAX_ERRORS });
      if (errors.length > 0) throw new DocumentRefused('GRAPHQL_VALIDATION_FAILED', errors.map(withoutSuggestion).slice(0, MAX_ERRORS));
      const canLift = lift && !literalsDecideValidity(ast);
      const prepared = preparedFrom(schema, ast, operationName, canLift ? scanned.literals : undefined);
      if (kept.size >= MAX_DOCUMENTS) {
        const [oldest] = kept.keys();
        if (oldest !== undefined) kept.delete(oldest);
      }
      kept.set(canLift ? liftedKey : textKey, prepared);
      return prepared;
    },
  };
}

function parseDocument(text: string): DocumentNode {
  try {
    return parse(text);
  } catch (error) {
    throw new DocumentRefused('GRAPHQL_PARSE_FAILED', [error instanceof GraphQLError ? error : new GraphQLError('the document cannot be parsed')]);
  }
}

/** Suggestions tell a stranger what the schema holds. */
function withoutSuggestion(error: GraphQLError): GraphQLError {
  const message = error.message.replace(/ Did you mean .*\?$/s, '');
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
  return {
    operation,
    document: { schema, fragments },
    literalIndex: (offset) => offsets.get(offset),
    liftsLiterals: literals !== undefined,
    plans: new Map(),
  };
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
