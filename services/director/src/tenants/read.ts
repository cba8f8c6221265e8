import { DomainError } from '@binnacle/errors/domain-error';
import type { RootDeclaration, TypeDeclaration } from '@binnacle/read-compiler/declaration';
import { column, nothing } from '../execution/fields.ts';
import { labelsField } from '../labels/labels-field.ts';

export const tenantTypes: readonly TypeDeclaration[] = [
  {
    name: 'Tenant',
    table: { name: 'tenant', key: 'id', tenancy: { kind: 'global' } },
    fields: {
      id: column('external_id'),
      internalID: column('id'),
      name: column('name'),
      type: column('type'),
      parents: {
        kind: 'column',
        join: (row) =>
          `left join (select tp.tenant_id, json_agg(tp.parent_id order by tp.parent_id) as ids from tenant_parent tp where tp.tenant_id in (select ${row}.id from ${row}) group by tp.tenant_id) parents_${row} on parents_${row}.tenant_id = ${row}.id`,
        sql: (row) => `coalesce(parents_${row}.ids, '[]'::json)`,
      },
      initialized: nothing,
      labels: labelsField({ scenarios: false }),
      provider: column('provider'),
    },
  },
];

/** Contains, case-insensitive, with the pattern's own signs taken literally. */
const containing = (term: string): string => `%${term.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;

export const tenantRoots: Readonly<Record<string, RootDeclaration>> = {
  tenants: {
    kind: 'page',
    type: 'Tenant',
    orderBy: 'c.name',
    source: ({ bind, decide }) => {
      if (!decide((_, args) => Boolean(args['searchTerm']))) return { from: 'tenant c', where: [`c.status = 'active'`] };
      const term = bind((_, args) => containing(String(args['searchTerm'])), 'text');
      return { from: 'tenant c', where: [`c.status = 'active'`, `(c.name ilike ${term} or c.external_id ilike ${term} or (c.id::text) ilike ${term})`] };
    },
  },
  tenantByExternalID: {
    kind: 'one',
    type: 'Tenant',
    source: ({ bind }) => ({ from: 'tenant c', where: [`c.external_id = ${bind((_, args) => args['id'], 'text')}`] }),
    whenMissing: () => new DomainError('NotFound', { object: 'tenant' }),
  },
  tenantByInternalID: {
    kind: 'one',
    type: 'Tenant',
    source: ({ bind }) => ({ from: 'tenant c', where: [`c.id = ${bind((_, args) => args['id'], 'uuid')}`] }),
    whenMissing: () => new DomainError('NotFound', { object: 'tenant' }),
  },
  rootTenants: {
    kind: 'list',
    type: 'Tenant',
    source: ({ bind }) => ({
      from: 'tenant c',
      where: [
        `c.id in (select ta.ancestor_id from tenant t join tenant_ancestor ta on ta.tenant_id = t.id where t.external_id = ${bind((_, args) => args['externalTenant'], 'text')})`,
        'not exists (select from tenant_parent tp where tp.tenant_id = c.id)',
      ],
    }),
  },
};
