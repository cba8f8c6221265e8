import type { Field, TypeDeclaration } from '@binnacle/read-compiler/declaration';
import { column, constant } from '../execution/fields.ts';

const systemAuth = (name: string, type: string, scope: string): TypeDeclaration => ({
  name,
  // Listed under its owner, whose tenancy holds.
  table: { name: 'system_auth', key: 'id', tenancy: { kind: 'tenantColumn', column: 'tenant_id' } },
  fields: {
    id: column('id'),
    auth: { kind: 'secret', type: 'Auth', sanitize: scope, sql: (row) => `${row}.auth_id` } satisfies Field,
    type: constant(type),
    tenantId: column('tenant_id'),
    referenceObjectId: column('ref_id'),
  },
});

export const authTypes: readonly TypeDeclaration[] = [
  systemAuth('AppSystemAuth', 'APPLICATION', 'application.auths:read'),
  systemAuth('RuntimeSystemAuth', 'RUNTIME', 'runtime.auths:read'),
  systemAuth('IntSysSystemAuth', 'INTEGRATION_SYSTEM', 'integration_system.auths:read'),
];
