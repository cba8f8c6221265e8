import type { RootDeclaration, TypeDeclaration } from '@binnacle/read-compiler/declaration';
import { column } from '../execution/fields.ts';

export const integrationSystemTypes: readonly TypeDeclaration[] = [
  {
    name: 'IntegrationSystem',
    table: { name: 'integration_system', key: 'id', tenancy: { kind: 'global' } },
    fields: {
      id: column('id'),
      name: column('name'),
      description: column('description'),
      auths: { kind: 'list', type: 'IntSysSystemAuth', relation: { from: 'system_auth c', parent: 'c.integration_system_id' } },
    },
  },
];

export const integrationSystemRoots: Readonly<Record<string, RootDeclaration>> = {
  integrationSystems: { kind: 'page', type: 'IntegrationSystem', maxFirst: 200, source: () => ({ from: 'integration_system c', where: [] }) },
  integrationSystem: {
    kind: 'one',
    type: 'IntegrationSystem',
    source: ({ bind }) => ({ from: 'integration_system c', where: [`c.id = ${bind((_, args) => args['id'], 'uuid')}`] }),
  },
};
