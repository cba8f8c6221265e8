import { DomainError } from '@binnacle/errors/domain-error';
import { type Making, type RootDeclaration, type RootSource, type TypeDeclaration } from '@binnacle/read-compiler/declaration';
import { column, emptyList, emptyPage, nothing, readableBy, tenantParam, timestamp } from '../execution/fields.ts';
import { checkLabelFilters, isFiltered, labelConditions } from '../labels/label-filter.ts';
import { labelsField } from '../labels/labels-field.ts';
import { HIDDEN_APPLICATIONS } from './hidden-applications.ts';

const ACCESS_KIND = 1;
const MAX_PAGE = 200;

export const applicationTypes: readonly TypeDeclaration[] = [
  {
    name: 'Application',
    table: { name: 'application', key: 'id', tenancy: { kind: 'access', accessKind: ACCESS_KIND } },
    fields: {
      id: column('id'),
      name: column('name'),
      systemNumber: column('system_number'),
      localTenantID: column('local_tenant_id'),
      baseUrl: column('base_url'),
      providerName: column('provider_name'),
      description: column('description'),
      integrationSystemID: column('integration_system_id'),
      applicationTemplateID: column('template_id'),
      applicationTemplate: { kind: 'guarded', scope: 'application.application_template:read', field: nothing },
      labels: labelsField({ scenarios: true }),
      status: { kind: 'embedded', type: 'ApplicationStatus' },
      webhooks: {
        kind: 'list',
        type: 'Webhook',
        sanitize: 'application.webhooks:read',
        nullFor: (call) => call.caller['deleted'] === 'true',
        // Own webhooks win over those of the template, type by type.
        relation: {
          from: `(select w.*, 0 as rank_, w.application_id as of_ from webhook w where w.application_id is not null
            union all select w.*, 1, a.id from webhook w join application a on a.template_id = w.application_template_id) c`,
          parent: 'c.of_',
          distinct: { on: 'type', order: 'c.rank_' },
        },
      },
      operations: emptyList,
      healthCheckURL: column('healthcheck_url'),
      bundles: { kind: 'page', type: 'Bundle', maxFirst: MAX_PAGE, relation: { from: 'bundle c', parent: 'c.application_id' } },
      bundle: { kind: 'one', type: 'Bundle', byId: 'id', relation: { from: 'bundle c', parent: 'c.application_id' } },
      apiDefinition: { kind: 'one', type: 'APIDefinition', byId: 'id', relation: { from: 'api_definition c', parent: 'c.application_id' } },
      eventDefinition: { kind: 'one', type: 'EventDefinition', byId: 'id', relation: { from: 'event_definition c', parent: 'c.application_id' } },
      integrationDependencies: emptyPage,
      auths: { kind: 'list', type: 'AppSystemAuth', relation: { from: 'system_auth c', parent: 'c.application_id' } },
      eventingConfiguration: { kind: 'embedded', type: 'ApplicationEventingConfiguration' },
      applicationNamespace: column('app_namespace'),
      createdAt: timestamp('created_at'),
      updatedAt: timestamp('updated_at'),
      deletedAt: nothing,
      systemStatus: column('system_status'),
      error: { kind: 'column', sql: (row) => `${row}.error::text` },
    },
  },
  { name: 'ApplicationStatus', fields: { condition: column('status'), timestamp: timestamp('status_at') } },
  // The address of events comes with default eventing; without a runtime it is empty, which is what is answered until then.
  { name: 'ApplicationEventingConfiguration', fields: { defaultURL: { kind: 'column', sql: () => `''::text` } } },
];

/** Every application that the tenant may see: by the access index when unfiltered, by the label index else. */
function readable(making: Making, conditions: readonly string[] = []): RootSource {
  return { from: 'application c', where: [readableBy(making), ...conditions] };
}

function pageSource(making: Making): RootSource {
  if (isFiltered(making)) return readable(making, labelConditions(making));
  return {
    from: 'application c',
    where: [],
    keys: { from: 'access x', key: 'x.resource_id', where: [`x.tenant_id = ${tenantParam(making)}`, `x.kind = ${ACCESS_KIND}`] },
  };
}

/** Formations of the caller's tenant in which a runtime, or one of its contexts, is together with the application under alias `c`. */
const sharedFormation = (making: Making, runtime: string): string =>
  `c.id in (select other.object_id from formation_member mine join formation f on f.id = mine.formation_id and f.tenant_id = ${tenantParam(making)}
     join formation_member other on other.formation_id = f.id and other.kind = 1
     where mine.object_id = ${runtime} or mine.object_id in (select rc.id from runtime_context rc where rc.runtime_id = ${runtime}))`;

const consumerId = (making: Making): string => making.bind((call) => call.caller['consumerId'] ?? null, 'uuid');
const isRuntime = (making: Making): boolean => making.decide((call) => call.caller['consumerType'] === 'Runtime');

const COLUMNS = [
  'id',
  'owner_tenant',
  'norm_name',
  'system_number',
  'local_tenant_id',
  'base_url',
  'provider_name',
  'description',
  'healthcheck_url',
  'app_namespace',
  'integration_system_id',
  'template_id',
  'status',
  'status_at',
  'system_status',
  'ready',
  'error',
  'labels',
  'label_keys',
  'readers',
  'version',
  'created_at',
  'updated_at',
];

/** Applications as a runtime sees them: their names normalised unless the runtime says otherwise, hidden ones left out. */
function forRuntime(making: Making): RootSource {
  const runtime = making.bind((_, args) => args['runtimeID'], 'uuid');
  const shown = `case when (select coalesce(r.labels ->> 'isNormalized', 'true') = 'true' from runtime r where r.id = ${runtime})
    then a.norm_name || coalesce('-' || a.system_number, '') else a.name end as name`;
  const hidden = HIDDEN_APPLICATIONS.map(
    ({ key, value }) => `not c.labels @> '${JSON.stringify({ [key]: value })}' and not c.labels @> '${JSON.stringify({ [key]: [value] })}'`,
  );
  return {
    from: `(select ${COLUMNS.map((name) => `a.${name}`).join(', ')}, ${shown} from application a) c`,
    where: [readableBy(making), sharedFormation(making, runtime), ...hidden],
  };
}

const byUuid = (making: Making, name: string): string => making.bind((_, args) => args[name], 'uuid');

export const applicationRoots: Readonly<Record<string, RootDeclaration>> = {
  applications: {
    kind: 'page',
    type: 'Application',
    maxFirst: MAX_PAGE,
    check: (_, args) => checkLabelFilters(args),
    insteadFor: (call) =>
      call.caller['consumerType'] === 'Runtime' ? { root: 'applicationsForRuntime', args: { runtimeID: call.caller['consumerId'] } } : undefined,
    source: pageSource,
  },
  application: {
    kind: 'one',
    type: 'Application',
    source: (making) => readable(making, [`c.id = ${byUuid(making, 'id')}`]),
    // A runtime may look at applications of its own formations only, and learns nothing of any other.
    outcome: (making) =>
      isRuntime(making)
        ? `exists (select from application c where ${readableBy(making)} and c.id = ${byUuid(making, 'id')} and ${sharedFormation(making, consumerId(making))})`
        : undefined,
    whenMissing: (call) =>
      call.caller['consumerType'] === 'Runtime'
        ? new DomainError('InvalidOperation', { reason: 'requesting runtime should be in same scenario as the requested application resource' })
        : undefined,
  },
  applicationBySystemNumber: {
    kind: 'one',
    type: 'Application',
    source: (making) => readable(making, [`c.system_number = ${making.bind((_, args) => args['systemNumber'], 'text')}`]),
  },
  applicationsByLocalTenantID: {
    kind: 'page',
    type: 'Application',
    maxFirst: MAX_PAGE,
    check: (_, args) => checkLabelFilters(args),
    source: (making) => readable(making, [`c.local_tenant_id = ${making.bind((_, args) => args['localTenantID'], 'text')}`, ...labelConditions(making)]),
  },
  applicationByLocalTenantIDAndAppTemplateID: {
    kind: 'one',
    type: 'Application',
    source: (making) =>
      readable(making, [
        `c.local_tenant_id = ${making.bind((_, args) => args['localTenantID'], 'text')}`,
        `c.template_id = ${byUuid(making, 'applicationTemplateID')}`,
      ]),
  },
  applicationsForRuntime: {
    kind: 'page',
    type: 'Application',
    maxFirst: MAX_PAGE,
    source: forRuntime,
    outcome: (making) => `exists (select from runtime c where ${readableBy(making)} and c.id = ${byUuid(making, 'runtimeID')})`,
    whenMissing: () => new DomainError('InvalidData', { reason: 'runtime does not exist' }),
  },
  apisForApplication: { kind: 'page', type: 'APIDefinition', maxFirst: MAX_PAGE, ...ofApplication('api_definition') },
  eventsForApplication: { kind: 'page', type: 'EventDefinition', maxFirst: MAX_PAGE, ...ofApplication('event_definition') },
};

function ofApplication(table: string): Pick<RootDeclaration, 'source' | 'outcome' | 'whenMissing'> {
  const own = (making: Making): string => `(select a.id from application a where ${readableBy(making, 'a')} and a.id = ${byUuid(making, 'appID')})`;
  return {
    source: (making) => ({ from: `${table} c`, where: [`c.application_id in ${own(making)}`] }),
    outcome: (making) => `exists ${own(making)}`,
    whenMissing: () => new DomainError('NotFound', { object: 'application' }),
  };
}
