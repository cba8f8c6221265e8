import { DomainError } from '@binnacle/errors/domain-error';
import type { Making, RootDeclaration, TypeDeclaration } from '@binnacle/read-compiler/declaration';
import { column, emptyList, tenantParam, timestamp } from '../execution/fields.ts';
import { checkLabelFilters, labelConditions } from '../labels/label-filter.ts';
import { labelsField } from '../labels/labels-field.ts';

const MAX_PAGE = 200;
const list = (name: string) => ({ kind: 'column', sql: (row: string) => `to_json(${row}.${name})` }) as const;

export const formationTemplateTypes: readonly TypeDeclaration[] = [
  {
    name: 'FormationTemplate',
    table: { name: 'formation_template', key: 'id', tenancy: { kind: 'tenantColumn', column: 'tenant_id' } },
    fields: {
      id: column('id'),
      name: column('name'),
      applicationTypes: list('application_types'),
      runtimeTypes: list('runtime_types'),
      runtimeTypeDisplayName: column('runtime_type_display_name'),
      runtimeArtifactKind: column('runtime_artifact_kind'),
      webhooks: {
        kind: 'list',
        type: 'Webhook',
        sanitize: 'formation_template.webhooks:read',
        relation: { from: 'webhook c', parent: 'c.formation_template_id' },
      },
      leadingProductIDs: list('leading_product_ids'),
      formationConstraints: emptyList,
      supportsReset: column('supports_reset'),
      discoveryConsumers: list('discovery_consumers'),
      labels: labelsField({ scenarios: false }),
      createdAt: timestamp('created_at'),
      updatedAt: timestamp('updated_at'),
    },
  },
];

/** Global templates and the caller's own. */
const visible = (making: Making): string => `(c.tenant_id is null or c.tenant_id = ${tenantParam(making)})`;

export const formationTemplateRoots: Readonly<Record<string, RootDeclaration>> = {
  formationTemplates: {
    kind: 'page',
    type: 'FormationTemplate',
    maxFirst: MAX_PAGE,
    check: (_, args) => checkLabelFilters(args),
    source: (making) => ({
      from: '(select t.*, label_keys_of(t.labels) as label_keys from formation_template t) c',
      where: [visible(making), ...labelConditions(making)],
    }),
  },
  formationTemplatesByName: {
    kind: 'page',
    type: 'FormationTemplate',
    maxFirst: MAX_PAGE,
    source: (making) => ({ from: 'formation_template c', where: [visible(making), `c.name = ${making.bind((_, args) => args['name'], 'text')}`] }),
  },
  formationTemplate: {
    kind: 'one',
    type: 'FormationTemplate',
    source: (making) => ({ from: 'formation_template c', where: [visible(making), `c.id = ${making.bind((_, args) => args['id'], 'uuid')}`] }),
    whenMissing: () => new DomainError('NotFound', { object: 'formationTemplate' }),
  },
};
