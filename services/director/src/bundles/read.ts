import type { Making, Relation, TypeDeclaration } from '@binnacle/read-compiler/declaration';
import { column, emptyList, nothing, timestamp } from '../execution/fields.ts';

const MAX_PAGE = 200;

const definitions = (table: string, reference: string): Relation => ({
  from: `bundle_reference br join ${table} c on c.id = br.${reference}`,
  parent: 'br.bundle_id',
  where: (making) => inGroup(making),
});

/** The argument `group`, where a field has one and it is given. */
function inGroup({ bind, decide }: Making): readonly string[] {
  if (!decide((_, args) => typeof args['group'] === 'string')) return [];
  return [`c.group_name = ${bind((_, args) => args['group'], 'text')}`];
}

export const bundleTypes: readonly TypeDeclaration[] = [
  {
    name: 'Bundle',
    table: {
      name: 'bundle',
      key: 'id',
      tenancy: { kind: 'inherits', from: 'application r', root: 'r.id = c.application_id', rootTenancy: { kind: 'access', accessKind: 1 } },
    },
    fields: {
      id: column('id'),
      name: column('name'),
      description: column('description'),
      instanceAuthRequestInputSchema: { kind: 'column', sql: (row) => `${row}.input_schema::text` },
      instanceAuth: { ...nothing },
      instanceAuths: emptyList,
      defaultInstanceAuth: { kind: 'secret', type: 'Auth', sanitize: 'bundle.instance_auths:read', sql: (row) => `${row}.default_auth_id` },
      apiDefinitions: { kind: 'page', type: 'APIDefinition', maxFirst: MAX_PAGE, relation: definitions('api_definition', 'api_definition_id') },
      eventDefinitions: { kind: 'page', type: 'EventDefinition', maxFirst: MAX_PAGE, relation: definitions('event_definition', 'event_definition_id') },
      documents: { kind: 'page', type: 'Document', maxFirst: MAX_PAGE, relation: { from: 'document c', parent: 'c.bundle_id' } },
      apiDefinition: { kind: 'one', type: 'APIDefinition', byId: 'id', relation: definitions('api_definition', 'api_definition_id') },
      eventDefinition: { kind: 'one', type: 'EventDefinition', byId: 'id', relation: definitions('event_definition', 'event_definition_id') },
      correlationIDs: column('correlation_ids'),
      document: { kind: 'one', type: 'Document', byId: 'id', relation: { from: 'document c', parent: 'c.bundle_id' } },
      createdAt: timestamp('created_at'),
      updatedAt: timestamp('updated_at'),
      deletedAt: nothing,
      error: nothing,
    },
  },
];
