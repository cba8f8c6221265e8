import { compileById } from '@binnacle/read-compiler/compile';
import { fits, NeedsExecutor, type Plan } from '@binnacle/read-compiler/plan';
import type { ReadContext, Tenancy } from '@binnacle/read-compiler/declaration';
import { bindPlan, finishPlan } from '@binnacle/read-compiler/run-plan';
import { subsets } from '@binnacle/read-compiler/selection';
import { shape } from '@binnacle/read-compiler/shape';
import type { StatementBuilder } from '@binnacle/read-compiler/statement-builder';
import type { Answer, Call } from '../call.ts';
import { conditionOf } from './condition.ts';
import type { MutationCall } from './mutation-call.ts';
import { answerRowNaively } from './naive.ts';
import { openSlot } from './open-slot.ts';
import { finishOrRefuse } from './page-errors.ts';
import { readContextOf } from './read-context.ts';
import type { DirectorServices } from './services.ts';

/** The object that a mutation answered with. */
interface Answered {
  readonly type: string;
  readonly id: string;
}

/** What a mutation gets: see `Call`. */
export function createCall(services: DirectorServices, call: MutationCall): Call & { answered(): Answered | undefined } {
  const { prepared, caller, values, field, declared } = call;
  let answered: Answered | undefined;
  return {
    answered: () => answered,
    caller,
    newId: services.newId,
    envelope: services.envelope,
    trust: services.trust,
    hints: call.hints,
    discoveryPaths: services.discoveryPaths,
    async read(work, type, id, options = {}): Promise<Answer> {
      answered = { type, id };
      const context = readContextOf(caller, options.deleted ? { deleted: 'true' } : {});
      let plan: Plan;
      try {
        plan = planOf(services, call, type, context);
      } catch (error) {
        if (error instanceof NeedsExecutor)
          return answerRowNaively(services, call, context, { type, id, revealed: options.revealed }, (statement) => work.read(statement));
        throw error;
      }
      const { params, nonce } = bindPlan(plan, { ...context, caller: { ...context.caller, answeredId: id } }, values);
      const rows = await work.read({ name: `${declared.name}.answer`, text: plan.text, values: params });
      const text = finishOrRefuse(() => finishPlan(plan, rows, nonce, openSlot(services, prepared.document, values, { ...options.revealed })));
      if (text === undefined) throw new Error(`${declared.name} cannot read the ${type} ${id} that it answers`);
      return { kind: 'text', text };
    },
    value(value): Answer {
      const shaped = shape(prepared.document, services.shapeRules, (node) => conditionOf(node, values), declared.type, value, subsets(field));
      return { kind: 'text', text: JSON.stringify(shaped) };
    },
  };
}

function planOf(services: DirectorServices, { prepared, values, field }: MutationCall, type: string, context: ReadContext): Plan {
  const known = prepared.plans.get(field.key);
  const found = known?.find((plan) => fits(plan, context, values));
  if (found) return found;
  const input = {
    schema: services.schema,
    document: prepared.document,
    declarations: services.declarations,
    literalIndex: prepared.literalIndex,
    call: context,
    values,
  };
  const tenancy = services.declarations.types[type]?.table?.tenancy;
  const plan = compileById(
    input,
    type,
    subsets(field),
    (call) => call.caller['answeredId'],
    (row, builder) => visibleTo(tenancy, row, builder),
  );
  prepared.plans.set(field.key, [...(known ?? []), plan].slice(-20));
  return plan;
}

/** The tenant's predicate on the row that is answered: the second and last place where one is made. */
function visibleTo(tenancy: Tenancy | undefined, row: string, builder: StatementBuilder): readonly string[] {
  const tenant = (): string => builder.param((call) => call.tenant ?? null, 'uuid');
  if (!tenancy || tenancy.kind === 'global') return [];
  // Without a tenant only operations across tenants get here, and they say themselves what they may touch.
  if (builder.ask((call) => call.tenant === undefined)) return [];
  if (tenancy.kind === 'access') return [`${row}.readers @> array[${tenant()}]`];
  if (tenancy.kind === 'tenantColumn') return [`(${row}.${tenancy.column} = ${tenant()} or ${row}.${tenancy.column} is null)`];
  return [`exists (select from ${tenancy.from} where ${[tenancy.root, ...visibleTo(tenancy.rootTenancy, 'r', builder)].join(' and ')})`];
}
