import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DomainError } from '@binnacle/errors/domain-error';
import {
  getNamedType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLSchema,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLInputType,
} from 'graphql';

/** What the schema's directives demand of callers. */
export interface Requirements {
  /** Scopes of a root field; all of them are needed. */
  scopesOf(field: GraphQLField<unknown, unknown>): readonly string[];
  /** Scopes of the input fields that a coerced argument sets. */
  inputScopesOf(type: GraphQLInputType, value: unknown): readonly string[];
  /** The scope behind a `@sanitize` or `@hasScopes` of a field below the root. */
  fieldScopes(type: string, field: string): { readonly sanitize?: string; readonly needed?: string };
}

interface Directed {
  readonly astNode?:
    | {
        readonly directives?:
          | readonly {
              readonly name: { readonly value: string };
              readonly arguments?: readonly { readonly name: { readonly value: string }; readonly value: unknown }[] | undefined;
            }[]
          | undefined;
      }
    | null
    | undefined;
}

/**
 * Reads each `scopes.json` beside the SDL.
 * @throws Error when a path of the SDL has no entry, an entry is used by no path, or a root field has no scopes and is not the viewer
 */
export function loadRequirements(schema: GraphQLSchema, ...folders: readonly string[]): Requirements {
  const scopes = Object.assign({}, ...folders.map((folder) => JSON.parse(readFileSync(path.join(folder, 'scopes.json'), 'utf8')) as object)) as Readonly<
    Record<string, readonly string[]>
  >;
  const used = new Set<string>();
  const scopesAt = (directed: Directed, directive: string): readonly string[] | undefined => {
    const at = pathOf(directed, directive);
    if (at === undefined) return undefined;
    const found = scopes[at];
    if (!found) throw new Error(`scopes.json has no entry for ${at}`);
    used.add(at);
    return found;
  };
  const roots = new Map<unknown, readonly string[]>();
  const inputs = new Map<GraphQLInputField, readonly string[]>();
  const fields = new Map<string, { readonly sanitize?: string; readonly needed?: string }>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!('getFields' in type)) continue;
    const isRoot = type === schema.getQueryType() || type === schema.getMutationType();
    for (const field of Object.values(type.getFields())) {
      const needed = scopesAt(field, 'hasScopes');
      const sanitize = scopesAt(field, 'sanitize');
      if (isRoot) {
        if (!needed && field.name !== 'viewer') throw new Error(`the root field ${field.name} has no @hasScopes`);
        roots.set(field, needed ?? []);
      } else if (isInputObjectType(type)) {
        if (needed) inputs.set(field as GraphQLInputField, needed);
      } else if (needed || sanitize) {
        fields.set(`${type.name}.${field.name}`, { ...(sanitize?.[0] ? { sanitize: sanitize[0] } : {}), ...(needed?.[0] ? { needed: needed[0] } : {}) });
      }
    }
  }
  const unused = Object.keys(scopes).filter((at) => !used.has(at));
  if (unused.length > 0) throw new Error(`scopes.json has entries that nothing uses: ${unused.join(', ')}`);

  function inputScopesOf(type: GraphQLInputType, value: unknown): readonly string[] {
    const inner = isNonNullType(type) ? type.ofType : type;
    if (value === null || value === undefined) return [];
    if (isListType(inner)) return (value as readonly unknown[]).flatMap((item) => inputScopesOf(inner.ofType as GraphQLInputType, item)); // input lists hold input types
    const named = getNamedType(inner);
    if (!isInputObjectType(named)) return [];
    return Object.values(named.getFields()).flatMap((field) => {
      const member = (value as Record<string, unknown>)[field.name];
      return member === undefined ? [] : [...(inputs.get(field) ?? []), ...inputScopesOf(field.type, member)];
    });
  }
  return { scopesOf: (field) => roots.get(field) ?? [], inputScopesOf, fieldScopes: (type, field) => fields.get(`${type}.${field}`) ?? {} };
}

function pathOf({ astNode }: Directed, directive: string): string | undefined {
  const found = astNode?.directives?.find(({ name }) => name.value === directive);
  const value = found?.arguments?.find(({ name }) => name.value === 'path')?.value as { value?: string } | undefined;
  return value?.value;
}

/** @throws DomainError InsufficientScopes unless the caller holds all of them */
export function requireScopes(held: ReadonlySet<string>, needed: readonly string[]): void {
  if (needed.every((scope) => held.has(scope))) return;
  throw new DomainError('InsufficientScopes', { actual: [...held].join(';'), required: needed.join(';') });
}

/** Operations on what belongs to no tenant: they work without one. */
const TENANT_FREE = new Set([
  'viewer',
  'tenants',
  'tenantByExternalID',
  'tenantByInternalID',
  'tenantByLowestOwnerForResource',
  'rootTenants',
  'writeTenants',
  'writeTenant',
  'deleteTenants',
  'updateTenant',
  'setTenantLabel',
  'addTenantAccess',
  'removeTenantAccess',
  'applicationsGlobal',
  'applicationTemplates',
  'applicationTemplate',
  'createApplicationTemplate',
  'updateApplicationTemplate',
  'deleteApplicationTemplate',
  'integrationSystems',
  'integrationSystem',
  'registerIntegrationSystem',
  'updateIntegrationSystem',
  'unregisterIntegrationSystem',
  'requestClientCredentialsForIntegrationSystem',
  'deleteSystemAuthForIntegrationSystem',
  'formationsForObject',
  'unassignFormationGlobal',
  'formationTemplate',
  'formationTemplates',
  'formationTemplatesByName',
  'createFormationTemplate',
  'updateFormationTemplate',
  'deleteFormationTemplate',
  'setFormationTemplateLabel',
  'deleteFormationTemplateLabel',
  'formationConstraints',
  'formationConstraint',
  'formationConstraintsByFormationType',
  'createFormationConstraint',
  'deleteFormationConstraint',
  'updateFormationConstraint',
  'attachConstraintToFormationTemplate',
  'detachConstraintFromFormationTemplate',
  'certificateSubjectMapping',
  'certificateSubjectMappings',
  'createCertificateSubjectMapping',
  'updateCertificateSubjectMapping',
  'deleteCertificateSubjectMapping',
  'operation',
  'scheduleOperation',
  'systemAuth',
  'systemAuthByToken',
  'updateSystemAuth',
  'invalidateSystemAuthOneTimeToken',
  'credentialsGlobal',
  'subscribeTenant',
  'unsubscribeTenant',
]);

/** Whether a root field fails without a tenant. */
export function needsTenant(rootField: string): boolean {
  return !TENANT_FREE.has(rootField);
}
