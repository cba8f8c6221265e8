import type { Making, RootDeclaration, RootSource, TypeDeclaration } from '@binnacle/read-compiler/declaration';
import { column, tenantParam } from '../execution/fields.ts';

/**
 * The definition of `scenarios` mirrors the tenant's formations: it appears with the first one, and stays with an empty list after the
 * last. Its text has sorted keys and no blanks, as clients compare it.
 */
export const LABEL_DEFINITIONS = `(select t.id, 'scenarios' as key,
  '{"items":{"enum":[' || coalesce((select string_agg(to_json(f.name)::text, ',' order by f.id) from formation f where f.tenant_id = t.id), '')
  || '],"maxLength":128,"pattern":"^[A-Za-z0-9]([-_A-Za-z0-9\\\\s]*[A-Za-z0-9])$","type":"string"},"minItems":1,"type":"array","uniqueItems":true}' as schema
  from tenant t where t.has_scenarios_definition)`;

export const labelDefinitionTypes: readonly TypeDeclaration[] = [
  {
    name: 'LabelDefinition',
    table: { name: LABEL_DEFINITIONS, key: 'id', tenancy: { kind: 'tenantColumn', column: 'id' } },
    fields: { key: column('key'), schema: column('schema') },
  },
];

const own = (making: Making, conditions: readonly string[] = []): RootSource => ({
  from: `${LABEL_DEFINITIONS} c`,
  where: [`c.id = ${tenantParam(making)}`, ...conditions],
});

export const labelDefinitionRoots: Readonly<Record<string, RootDeclaration>> = {
  labelDefinitions: { kind: 'list', type: 'LabelDefinition', source: own },
  labelDefinition: { kind: 'one', type: 'LabelDefinition', source: (making) => own(making, [`c.key = ${making.bind((_, args) => args['key'], 'text')}`]) },
};
