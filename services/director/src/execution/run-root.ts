import type { Caller } from '@binnacle/internal-token/caller';
import type { CallValues } from '@binnacle/read-compiler/argument-values';
import { compileRoot } from '@binnacle/read-compiler/compile';
import { isPageSize } from '@binnacle/read-compiler/compile-object';
import type { Arguments, ReadContext, RootDeclaration } from '@binnacle/read-compiler/declaration';
import { decodeListCursor } from '@binnacle/read-compiler/page-cursor';
import { fits, type Plan } from '@binnacle/read-compiler/plan';
import { bindPlan, finishPlan } from '@binnacle/read-compiler/run-plan';
import type { SelectedField } from '@binnacle/read-compiler/selection';
import { type TenantId, tenantId } from '@binnacle/registry/tenant-id';
import { type GraphQLField, getNamedType } from 'graphql';
import { openSlot } from './open-slot.ts';
import { cursorError, finishOrRefuse, pageSizeError } from './page-errors.ts';
import type { PreparedDocument } from './prepared-documents.ts';
import { readContextOf } from './read-context.ts';
import type { DirectorServices } from './services.ts';
import { namesNothing } from './strange-ids.ts';

export interface RootCall {
  readonly prepared: PreparedDocument;
  readonly caller: Caller;
  readonly values: CallValues;
  readonly field: SelectedField;
  readonly declared: GraphQLField<unknown, unknown>;
  readonly args: Arguments;
  readonly readArguments: (values: CallValues) => Arguments;
}

const MAX_PLANS_PER_FIELD = 50;

/** Runs a root field of a query: one statement. Answers JSON text, undefined for null. */
export async function runRoot(services: DirectorServices, call: RootCall): Promise<string | undefined> {
  const { declarations, registry } = services;
  const { caller, declared } = call;
  const context = readContextOf(caller, contextOf(services, declared.name, call.args));
  const { root, args, read } = effectiveRoot(declarations.roots, declared.name, context, call);
  root.check?.(context, args);
  checkPage(root, args);
  if (namesNothing(declared.name, args)) {
    missing(root, context, args);
    return root.kind === 'one' ? undefined : '[]';
  }
  const plan = planOf(services, call, context, root, read);
  const { params, nonce } = bindPlan(plan, context, call.values);
  const rows = await registry.read({ name: declared.name, text: plan.text, values: params }, tenantOf(declared.name, caller));
  const text = finishOrRefuse(() => finishPlan(plan, rows, nonce, openSlot(services, call.prepared.document, call.values)));
  return text ?? missing(root, context, args);
}

/** Reads across tenants: by internal services, and by those who may look at the whole landscape. */
const GLOBAL = new Set(['formationsForObject', 'systemAuth', 'systemAuthByToken', 'credentialsGlobal']);

/** Arguments that the database must not see as they are: a token is looked up by its keyed hashes. */
export function contextOf({ trust }: DirectorServices, name: string, args: Arguments): Readonly<Record<string, string>> {
  if (name !== 'systemAuthByToken') return {};
  // As Postgres writes an array of bytea.
  const hashes = trust.tokenHashes.candidates(String(args['token'])).map((hash) => `"\\\\x${hash.toString('hex')}"`);
  return { tokenHashes: `{${hashes.join(',')}}` };
}

/** Reads of what belongs to no tenant see everything; the rest is the tenant's. */
export function tenantOf(name: string, caller: Caller): TenantId | 'global' | undefined {
  if (GLOBAL.has(name)) return 'global';
  return caller.tenant === undefined ? undefined : tenantId(caller.tenant);
}

function effectiveRoot(
  roots: Readonly<Record<string, RootDeclaration>>,
  name: string,
  context: ReadContext,
  call: RootCall,
): { readonly root: RootDeclaration; readonly args: Arguments; readonly read: (values: CallValues) => Arguments } {
  const root = roots[name];
  if (!root) throw new Error(`there is no root ${name}`);
  const instead = root.insteadFor?.(context);
  if (!instead) return { root, args: call.args, read: call.readArguments };
  const other = roots[instead.root];
  if (!other) throw new Error(`there is no root ${instead.root}`);
  // The consumer stands in the plan's parameters through the context of each call, so the plan serves every consumer of this kind.
  return { root: other, args: { ...call.args, ...instead.args }, read: (values) => ({ ...call.readArguments(values), ...instead.args }) };
}

function checkPage(root: RootDeclaration, args: Arguments): void {
  if (root.kind !== 'page') return;
  if (!isPageSize(args['first'], root.maxFirst)) throw pageSizeError(root.maxFirst);
  if (!decodeListCursor(args['after'] as string | null, root)) throw cursorError();
}

function missing(root: RootDeclaration, context: ReadContext, args: Arguments): undefined {
  const error = root.whenMissing?.(context, args);
  if (error) throw error;
  return undefined;
}

function planOf(
  services: DirectorServices,
  { prepared, values, field, declared }: RootCall,
  call: ReadContext,
  root: RootDeclaration,
  args: (values: CallValues) => Arguments,
): Plan {
  // Another root (for another kind of consumer) is another plan, and its arguments are bound to the call that made it.
  const reuse = root === services.declarations.roots[declared.name];
  const known = reuse ? prepared.plans.get(field.key) : undefined;
  const found = known?.find((plan) => fits(plan, call, values));
  if (found) return found;
  const input = {
    schema: services.schema,
    document: prepared.document,
    declarations: services.declarations,
    literalIndex: prepared.literalIndex,
    call,
    values,
  };
  const plan = compileRoot(input, { root, field, target: getNamedType(declared.type).name, args });
  if (reuse) prepared.plans.set(field.key, [...(known ?? []).slice(-MAX_PLANS_PER_FIELD + 1), plan]);
  return plan;
}
