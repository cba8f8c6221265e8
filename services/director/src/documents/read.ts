import type { TypeDeclaration } from '@binnacle/read-compiler/declaration';
import { column, nothing, timestamp } from '../execution/fields.ts';

export const documentTypes: readonly TypeDeclaration[] = [
  {
    name: 'Document',
    table: {
      name: 'document',
      key: 'id',
      tenancy: { kind: 'inherits', from: 'application r', root: 'r.id = c.application_id', rootTenancy: { kind: 'access', accessKind: 1 } },
    },
    fields: {
      id: column('id'),
      title: column('title'),
      displayName: column('display_name'),
      description: column('description'),
      format: column('format'),
      kind: column('kind'),
      data: { kind: 'column', join: (row) => `left join blob blob_${row} on blob_${row}.id = ${row}.data_id`, sql: (row) => `blob_${row}.body` },
      fetchRequest: nothing,
      createdAt: timestamp('created_at'),
      updatedAt: timestamp('updated_at'),
      deletedAt: nothing,
      error: nothing,
    },
  },
];
