import { DomainError } from '@binnacle/errors/domain-error';
import type { RootDeclaration, TypeDeclaration } from '@binnacle/read-compiler/declaration';
import { column, timestamp } from '../execution/fields.ts';

const MAX_PAGE = 300;

export const certificateSubjectMappingTypes: readonly TypeDeclaration[] = [
  {
    name: 'CertificateSubjectMapping',
    table: { name: 'cert_subject_mapping', key: 'id', tenancy: { kind: 'global' } },
    fields: {
      id: column('id'),
      subject: column('subject'),
      consumerType: column('consumer_type'),
      internalConsumerID: column('internal_id'),
      tenantAccessLevels: { kind: 'column', sql: (row) => `to_json(${row}.levels)` },
      createdAt: timestamp('created_at'),
      updatedAt: timestamp('updated_at'),
    },
  },
];

export const certificateSubjectMappingRoots: Readonly<Record<string, RootDeclaration>> = {
  certificateSubjectMappings: {
    kind: 'page',
    type: 'CertificateSubjectMapping',
    maxFirst: MAX_PAGE,
    source: () => ({ from: 'cert_subject_mapping c', where: [] }),
  },
  certificateSubjectMapping: {
    kind: 'one',
    type: 'CertificateSubjectMapping',
    source: ({ bind }) => ({ from: 'cert_subject_mapping c', where: [`c.id = ${bind((_, args) => args['id'], 'uuid')}`] }),
    whenMissing: () => new DomainError('NotFound', { object: 'certSubjectMapping' }),
  },
};
