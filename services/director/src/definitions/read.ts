import type { Field, TypeDeclaration } from '@binnacle/read-compiler/declaration';
import { column, nothing, timestamp } from '../execution/fields.ts';

const ofApplication = (table: string) =>
  ({
    name: table,
    key: 'id',
    tenancy: { kind: 'inherits', from: 'application r', root: 'r.id = c.application_id', rootTenancy: { kind: 'access', accessKind: 1 } },
  }) as const;

const version: Field = { kind: 'embedded', type: 'Version', present: (row) => `${row}.version_value is not null` };

const specFields: Readonly<Record<string, Field>> = {
  id: column('id'),
  data: { kind: 'column', join: (row) => `left join blob blob_${row} on blob_${row}.id = ${row}.data_id`, sql: (row) => `blob_${row}.body` },
  format: column('format'),
  type: column('type'),
  fetchRequest: nothing,
};

/** Specs are reached through their definition, whose application has the access rows. */
const specTable = (definition: 'api' | 'event') =>
  ({
    name: 'spec',
    key: 'id',
    tenancy: {
      kind: 'inherits',
      from: `${definition}_definition d join application r on r.id = d.application_id`,
      root: `d.id = c.${definition}_definition_id`,
      rootTenancy: { kind: 'access', accessKind: 1 },
    },
  }) as const;

export const definitionTypes: readonly TypeDeclaration[] = [
  {
    name: 'APIDefinition',
    table: ofApplication('api_definition'),
    fields: {
      id: column('id'),
      name: column('name'),
      description: column('description'),
      spec: { kind: 'one', type: 'APISpec', relation: { from: 'spec c', parent: 'c.api_definition_id' } },
      targetURL: column('target_url'),
      group: column('group_name'),
      version,
      created_at: timestamp('created_at'),
      updated_at: timestamp('updated_at'),
      deleted_at: nothing,
      error: nothing,
    },
  },
  {
    name: 'EventDefinition',
    table: ofApplication('event_definition'),
    fields: {
      id: column('id'),
      name: column('name'),
      description: column('description'),
      group: column('group_name'),
      spec: { kind: 'one', type: 'EventSpec', relation: { from: 'spec c', parent: 'c.event_definition_id' } },
      version,
      createdAt: timestamp('created_at'),
      updatedAt: timestamp('updated_at'),
      deletedAt: nothing,
      error: nothing,
    },
  },
  { name: 'APISpec', table: specTable('api'), fields: specFields },
  { name: 'EventSpec', table: specTable('event'), fields: specFields },
  {
    name: 'Version',
    fields: {
      value: column('version_value'),
      deprecated: column('version_deprecated'),
      deprecatedSince: column('version_deprecated_since'),
      forRemoval: column('version_for_removal'),
    },
  },
];
