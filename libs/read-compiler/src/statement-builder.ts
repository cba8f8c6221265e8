import { type FieldNode, type GraphQLObjectType, getNamedType, Kind, type ValueNode } from 'graphql';
import { argumentsOf, type CallValues } from './argument-values.ts';
import type { Arguments, Making, TypeDeclaration } from './declaration.ts';
import type { Answer, CompileInput, Param, Plan, Question, Slot } from './plan.ts';

/** The parts of one statement while it is made. */
export interface StatementBuilder {
  readonly input: CompileInput;
  /** Adds a common table expression under a new name with this letter. */
  cte(letter: string, body: (name: string) => string): string;
  /** Adds a parameter and answers its typed placeholder. */
  param(value: Param, type: string): string;
  ask<T extends Answer>(question: (call: Parameters<Question>[0], values: CallValues) => T): T;
  /** Binding and deciding with a field's own arguments. */
  making(args: (values: CallValues) => Arguments): Making;
  argumentsOf(type: string, node: FieldNode): (values: CallValues) => Arguments;
  /** The value of a @skip or @include. */
  condition(node: ValueNode): boolean;
  /** Expression of a slot for the secret with this id; `beside` has a key of the row and plain members to go with what is sealed. */
  slot(slot: Slot, id: string, rows: string, beside?: { readonly key: string; readonly sql: string }): string;
  typeOf(name: string): TypeDeclaration;
  keyOf(type: string): string;
  /** Name of the type behind a field, list and non-null marks aside. */
  targetOf(type: string, field: string): string;
  finish(json: string, from: string, outcome?: string): Plan;
}

/** Answers are cut off here: narrower queries are asked for instead. */
const MAX_ANSWER_BYTES = 50 * 1024 * 1024;

export function createStatementBuilder(input: CompileInput): StatementBuilder {
  const { document, declarations, literalIndex, call, values } = input;
  const ctes: string[] = [];
  const params: Param[] = [];
  const decisions: { question: Question; answer: Answer }[] = [];
  const slots: Slot[] = [];
  const secretIds: string[] = [];
  const besides: string[] = [];
  const shared = new Map<unknown, string>();
  let names = 0;
  let nonceParam = 0;

  const objectType = (name: string): GraphQLObjectType => document.schema.getType(name) as GraphQLObjectType; // declarations were checked against the schema
  const builder: StatementBuilder = {
    input,
    cte(letter, body) {
      const name = `${letter}${(names += 1)}`;
      // Materialized: inlined, an aggregate would be computed again for each row it is joined to.
      ctes.push(`${name} as materialized (${body(name)})`);
      return name;
    },
    param: (value, type) => `$${params.push(value)}::${type}`,
    ask(question) {
      const answer = question(call, values);
      decisions.push({ question, answer });
      return answer;
    },
    making: (args) => ({
      bind: (value, type) => {
        // What depends on the call alone and comes from one function is one parameter, wherever it is asked for.
        if (value.length > 1) return builder.param((c, v) => value(c, args(v)), type);
        const known = shared.get(value);
        if (known !== undefined) return known;
        const placeholder = builder.param((c) => value(c, {}), type);
        shared.set(value, placeholder);
        return placeholder;
      },
      decide: (question) => builder.ask((c, v) => question(c, args(v))),
    }),
    argumentsOf: (type, node) => argumentsOf(node, objectType(type).getFields()[node.name.value]?.args ?? [], literalIndex),
    condition(node) {
      if (node.kind === Kind.BOOLEAN) return node.value;
      const name = node.kind === Kind.VARIABLE ? node.name.value : '';
      return builder.ask((_, { variables }) => variables[name] === true);
    },
    slot(slot, id, rows, beside) {
      if (nonceParam === 0) nonceParam = params.push(() => undefined);
      const number = slots.push(slot) - 1;
      if (beside) {
        besides.push(`select ${beside.key} as key_, ${id} as secret_, ${beside.sql} as beside_ from ${rows}`);
        return `$${nonceParam}::text || ':${number}:' || ${beside.key}`;
      }
      secretIds.push(`select ${id} from ${rows}`);
      return `case when ${id} is not null then $${nonceParam}::text || ':${number}:' || ${id} end`;
    },
    typeOf(name) {
      const declared = declarations.types[name];
      if (!declared) throw new Error(`there is no declaration of type ${name}`);
      return declared;
    },
    keyOf(type) {
      const { table } = builder.typeOf(type);
      if (!table) throw new Error(`type ${type} has no table`);
      return table.key;
    },
    targetOf(type, field) {
      const target = objectType(type).getFields()[field]?.type;
      if (!target) throw new Error(`there is no field ${type}.${field}`);
      return getNamedType(target).name;
    },
    finish(json, from, outcome) {
      const sealed = `json_build_array(s.id, s.key_id, encode(s.ciphertext, 'base64'))`;
      const lists = [
        ...(secretIds.length > 0
          ? [`(select json_agg(json_build_array(s.id, ${sealed}, null)) from ${declarations.secretTable} s where s.id in (${secretIds.join(' union ')}))`]
          : []),
        ...(besides.length > 0
          ? [
              `(select json_agg(json_build_array(w.key_, case when s.id is not null then ${sealed} end, w.beside_)) from (${besides.join(' union ')}) w left join ${declarations.secretTable} s on s.id = w.secret_)`,
            ]
          : []),
      ];
      const secrets = lists.length === 0 ? 'null' : `json_build_array(${lists.join(', ')})::text`;
      ctes.push(`answer_ as (select (${json})::text as j from ${from})`);
      return {
        text: `with ${ctes.join(',\n')}\nselect case when octet_length(j) <= ${MAX_ANSWER_BYTES} then j end, ${secrets}${outcome === undefined ? '' : `, ${outcome}`} from ${outcome === undefined ? 'answer_' : '(select true) one_ left join answer_ on true'}`,
        params,
        slots,
        nonceParam,
        decisions,
      };
    },
  };
  return builder;
}
