import type { Declarations, Field, TypeDeclaration } from '@binnacle/read-compiler/declaration';
import { type GraphQLSchema, isObjectType } from 'graphql';
import { applicationRoots, applicationTypes } from './applications/read.ts';
import { authRoots, authTypes } from './auths/read.ts';
import type { Requirements } from './authorization/requirements.ts';
import { bundleTypes } from './bundles/read.ts';
import { certificateSubjectMappingRoots, certificateSubjectMappingTypes } from './certificate-subject-mappings/read.ts';
import { definitionTypes } from './definitions/read.ts';
import { documentTypes } from './documents/read.ts';
import { formationTemplateRoots, formationTemplateTypes } from './formation-templates/read.ts';
import { formationRoots, formationTypes } from './formations/read.ts';
import { integrationSystemRoots, integrationSystemTypes } from './integration-systems/read.ts';
import { labelDefinitionRoots, labelDefinitionTypes } from './labels/read.ts';
import { runtimeRoots, runtimeTypes } from './runtimes/read.ts';
import { tenantRoots, tenantTypes } from './tenants/read.ts';
import { webhookTypes } from './webhooks/read.ts';

const TYPES: readonly TypeDeclaration[] = [
  ...applicationTypes,
  ...authTypes,
  ...bundleTypes,
  ...certificateSubjectMappingTypes,
  ...definitionTypes,
  ...documentTypes,
  ...formationTypes,
  ...formationTemplateTypes,
  ...integrationSystemTypes,
  ...labelDefinitionTypes,
  ...runtimeTypes,
  ...tenantTypes,
  ...webhookTypes,
];

/** How everything is read. */
export const declarations: Declarations = {
  secretTable: 'secret',
  types: Object.fromEntries(TYPES.map((type) => [type.name, type])),
  roots: {
    ...applicationRoots,
    ...authRoots,
    ...certificateSubjectMappingRoots,
    ...formationRoots,
    ...formationTemplateRoots,
    ...integrationSystemRoots,
    ...labelDefinitionRoots,
    ...runtimeRoots,
    ...tenantRoots,
  },
};

/**
 * Compares the declarations with the schema before the first call.
 * @throws Error that names every field of a declared type without a declaration (or the other way round), and every protected field whose scope differs
 */
export function checkDeclarations({ types }: Declarations, schema: GraphQLSchema, requirements: Requirements): void {
  const problems: string[] = [];
  for (const { name, fields } of Object.values(types)) {
    const type = schema.getType(name);
    if (!isObjectType(type)) {
      problems.push(`${name} is declared, but is no object type of the schema`);
      continue;
    }
    for (const field of Object.keys(type.getFields())) if (!fields[field]) problems.push(`${name}.${field} has no declaration`);
    for (const [field, declared] of Object.entries(fields)) {
      if (!type.getFields()[field]) problems.push(`${name}.${field} is declared, but not in the schema`);
      problems.push(...protection(`${name}.${field}`, declared, requirements.fieldScopes(name, field)));
    }
  }
  if (problems.length > 0) throw new Error(`the read declarations do not fit the schema:\n${problems.join('\n')}`);
}

function protection(where: string, declared: Field, wanted: { readonly sanitize?: string; readonly needed?: string }): readonly string[] {
  const sanitize = 'sanitize' in declared ? declared.sanitize : undefined;
  const needed = declared.kind === 'guarded' ? declared.scope : undefined;
  // What is always null or empty shows nothing that would have to be hidden.
  const empty = declared.kind === 'null' || declared.kind === 'emptyList' || declared.kind === 'emptyPage';
  return [
    ...(empty || sanitize === wanted.sanitize ? [] : [`${where} is shown with ${sanitize ?? 'any scope'}, but the schema wants ${wanted.sanitize ?? 'none'}`]),
    ...(needed === wanted.needed ? [] : [`${where} is allowed with ${needed ?? 'any scope'}, but the schema wants ${wanted.needed ?? 'none'}`]),
  ];
}
