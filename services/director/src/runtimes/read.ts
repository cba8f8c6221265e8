import type { Making, RootDeclaration, RootSource, TypeDeclaration } from '@binnacle/read-compiler/declaration';
import { column, readableBy, tenantParam, timestamp } from '../execution/fields.ts';
import { checkLabelFilters, isFiltered, labelConditions } from '../labels/label-filter.ts';
import { labelsField } from '../labels/labels-field.ts';

const ACCESS_KIND = 2;
const MAX_PAGE = 200;

export const runtimeTypes: readonly TypeDeclaration[] = [
  {
    name: 'Runtime',
    table: { name: 'runtime', key: 'id', tenancy: { kind: 'access', accessKind: ACCESS_KIND } },
    fields: {
      id: column('id'),
      metadata: { kind: 'embedded', type: 'RuntimeMetadata' },
      name: column('name'),
      description: column('description'),
      labels: labelsField({ scenarios: true }),
      webhooks: {
        kind: 'list',
        type: 'Webhook',
        sanitize: 'runtime.webhooks:read',
        // They go before the runtime does: what is left of one that was just deleted has none.
        relation: { from: 'webhook c', parent: 'c.runtime_id', where: ({ decide }) => (decide((call) => call.caller['deleted'] === 'true') ? ['false'] : []) },
      },
      status: { kind: 'embedded', type: 'RuntimeStatus' },
      auths: { kind: 'list', type: 'RuntimeSystemAuth', relation: { from: 'system_auth c', parent: 'c.runtime_id' } },
      eventingConfiguration: { kind: 'embedded', type: 'RuntimeEventingConfiguration' },
      runtimeContext: {
        kind: 'one',
        type: 'RuntimeContext',
        byId: 'id',
        relation: { from: 'runtime_context c', parent: 'c.runtime_id', where: (making) => [readableBy(making)] },
      },
      runtimeContexts: {
        kind: 'page',
        type: 'RuntimeContext',
        maxFirst: MAX_PAGE,
        relation: { from: 'runtime_context c', parent: 'c.runtime_id', where: (making) => [readableBy(making)] },
      },
      applicationNamespace: column('app_namespace'),
    },
  },
  { name: 'RuntimeMetadata', fields: { creationTimestamp: timestamp('created_at') } },
  { name: 'RuntimeStatus', fields: { condition: column('status'), timestamp: timestamp('status_at') } },
  {
    name: 'RuntimeEventingConfiguration',
    fields: { defaultURL: { kind: 'column', sql: (row) => `coalesce(${row}.labels ->> 'runtime_eventServiceUrl', '')` } },
  },
  {
    name: 'RuntimeContext',
    table: { name: 'runtime_context', key: 'id', tenancy: { kind: 'access', accessKind: 3 } },
    fields: { id: column('id'), key: column('key'), value: column('value'), labels: { kind: 'column', sql: () => `'{}'::jsonb` } },
  },
];

function pageSource(making: Making): RootSource {
  if (isFiltered(making)) return { from: 'runtime c', where: [readableBy(making), ...labelConditions(making)] };
  return {
    from: 'runtime c',
    where: [],
    keys: { from: 'access x', key: 'x.resource_id', where: [`x.tenant_id = ${tenantParam(making)}`, `x.kind = ${ACCESS_KIND}`] },
  };
}

export const runtimeRoots: Readonly<Record<string, RootDeclaration>> = {
  runtimes: { kind: 'page', type: 'Runtime', maxFirst: MAX_PAGE, check: (_, args) => checkLabelFilters(args), source: pageSource },
  runtime: {
    kind: 'one',
    type: 'Runtime',
    source: (making) => ({ from: 'runtime c', where: [readableBy(making), `c.id = ${making.bind((_, args) => args['id'], 'uuid')}`] }),
  },
};
