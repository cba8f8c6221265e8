import { DomainError } from '@binnacle/errors/domain-error';
import type { Field, Making, Relation, RootDeclaration, TypeDeclaration } from '@binnacle/read-compiler/declaration';
import { column, readableBy, tenantParam, timestamp } from '../execution/fields.ts';

const MAX_PAGE = 200;

/** Name of the participant's type, from the kind that stands in the row. */
const kindName = (expression: string, names: readonly [string, string, string]): string =>
  `case ${expression} when 1 then '${names[0]}' when 2 then '${names[1]}' else '${names[2]}' end`;

const participant = (side: 'source' | 'target'): Field => {
  const visible = (table: string): Relation => ({ from: `${table} c`, parent: 'c.id', parentKey: `${side}_id`, where: (making) => [readableBy(making)] });
  return {
    kind: 'union',
    discriminator: (row) => kindName(`${row}.${side}_kind`, ['Application', 'Runtime', 'RuntimeContext']),
    members: { Application: visible('application'), Runtime: visible('runtime'), RuntimeContext: visible('runtime_context') },
  };
};

const participantType = (side: 'source' | 'target'): Field => ({
  kind: 'column',
  sql: (row) => kindName(`${row}.${side}_kind`, ['APPLICATION', 'RUNTIME', 'RUNTIME_CONTEXT']),
});

const FAILED = `('CREATE_ERROR', 'DELETE_ERROR')`;

/** Failures of a formation itself (without an assignment) and of its assignments. */
const FORMATION_ERRORS = `(select f.id, f.id as formation_id, null::uuid as assignment_id, f.error from formation f where f.state in ${FAILED}
  union all select fa.id, fa.formation_id, fa.id, fa.error from formation_assignment fa where fa.state in ${FAILED})`;

export const formationTypes: readonly TypeDeclaration[] = [
  {
    name: 'Formation',
    table: { name: 'formation', key: 'id', tenancy: { kind: 'tenantColumn', column: 'tenant_id' } },
    fields: {
      id: column('id'),
      name: column('name'),
      formationTemplateId: column('template_id'),
      tenantID: { kind: 'guarded', scope: 'formation:global_read', field: column('tenant_id') },
      state: column('state'),
      error: { kind: 'embedded', type: 'FormationError' },
      formationAssignment: { kind: 'one', type: 'FormationAssignment', byId: 'id', relation: { from: 'formation_assignment c', parent: 'c.formation_id' } },
      formationAssignments: {
        kind: 'page',
        type: 'FormationAssignment',
        maxFirst: MAX_PAGE,
        relation: { from: 'formation_assignment c', parent: 'c.formation_id' },
      },
      status: { kind: 'embedded', type: 'FormationStatus' },
      lastStateChangeTimestamp: timestamp('last_state_change'),
      lastNotificationSentTimestamp: timestamp('last_notification'),
    },
  },
  {
    name: 'FormationError',
    fields: {
      message: { kind: 'column', sql: (row) => `coalesce(${row}.error ->> 'message', '')` },
      errorCode: { kind: 'column', sql: (row) => `coalesce((${row}.error ->> 'errorCode')::int, 0)` },
    },
  },
  {
    name: 'FormationStatus',
    fields: {
      condition: {
        kind: 'column',
        join: (
          row,
        ) => `left join (select fa.formation_id, bool_or(fa.state in ${FAILED}) as failed, bool_or(fa.state in ('INITIAL', 'DELETING', 'CONFIG_PENDING')) as busy
          from formation_assignment fa where fa.formation_id in (select ${row}.id from ${row}) and fa.state <> 'READY' group by fa.formation_id) pending_${row} on pending_${row}.formation_id = ${row}.id`,
        sql: (row) => `case when ${row}.state = 'DRAFT' then 'DRAFT' when ${row}.state in ${FAILED} or pending_${row}.failed then 'ERROR'
          when ${row}.state in ('INITIAL', 'DELETING') or pending_${row}.busy then 'IN_PROGRESS' else 'READY' end`,
      },
      errors: {
        kind: 'list',
        type: 'FormationStatusError',
        nullWhenEmpty: true,
        relation: { from: `${FORMATION_ERRORS} c`, parent: 'c.formation_id', parentKey: 'id' },
      },
    },
  },
  {
    name: 'FormationStatusError',
    table: {
      name: FORMATION_ERRORS,
      key: 'id',
      tenancy: { kind: 'inherits', from: 'formation r', root: 'r.id = c.formation_id', rootTenancy: { kind: 'tenantColumn', column: 'tenant_id' } },
    },
    fields: {
      assignmentID: column('assignment_id'),
      message: { kind: 'column', sql: (row) => `coalesce(${row}.error ->> 'message', '')` },
      errorCode: { kind: 'column', sql: (row) => `coalesce((${row}.error ->> 'errorCode')::int, 0)` },
    },
  },
  {
    name: 'FormationAssignment',
    table: {
      name: 'formation_assignment',
      key: 'id',
      tenancy: { kind: 'inherits', from: 'formation r', root: 'r.id = c.formation_id', rootTenancy: { kind: 'tenantColumn', column: 'tenant_id' } },
    },
    fields: {
      id: column('id'),
      source: column('source_id'),
      sourceType: participantType('source'),
      sourceEntity: participant('source'),
      target: column('target_id'),
      targetType: participantType('target'),
      targetEntity: participant('target'),
      state: column('state'),
      value: { kind: 'column', sql: (row) => `coalesce(${row}.config, ${row}.error)::text` },
      configuration: { kind: 'column', sql: (row) => `${row}.config::text` },
      error: { kind: 'column', sql: (row) => `${row}.error::text` },
      lastStateChangeTimestamp: timestamp('last_state_change'),
      lastNotificationSentTimestamp: timestamp('last_notification'),
      assignmentOperations: {
        kind: 'page',
        type: 'AssignmentOperation',
        maxFirst: MAX_PAGE,
        relation: { from: 'assignment_operation c', parent: 'c.assignment_id' },
      },
    },
  },
  {
    name: 'AssignmentOperation',
    table: {
      name: 'assignment_operation',
      key: 'id',
      tenancy: { kind: 'inherits', from: 'formation r', root: 'r.id = c.formation_id', rootTenancy: { kind: 'tenantColumn', column: 'tenant_id' } },
    },
    fields: {
      id: column('id'),
      operationType: column('type'),
      formationAssignmentID: column('assignment_id'),
      formationID: column('formation_id'),
      triggeredBy: column('triggered_by'),
      startedAtTimestamp: timestamp('started_at'),
      finishedAtTimestamp: timestamp('finished_at'),
    },
  },
];

const own = (making: Making): string => `c.tenant_id = ${tenantParam(making)}`;
const notFound = (): DomainError => new DomainError('NotFound', { object: 'formations' });

export const formationRoots: Readonly<Record<string, RootDeclaration>> = {
  formations: { kind: 'page', type: 'Formation', maxFirst: MAX_PAGE, source: (making) => ({ from: 'formation c', where: [own(making)] }) },
  formation: {
    kind: 'one',
    type: 'Formation',
    source: (making) => ({ from: 'formation c', where: [own(making), `c.id = ${making.bind((_, args) => args['id'], 'uuid')}`] }),
    whenMissing: notFound,
  },
  formationByName: {
    kind: 'one',
    type: 'Formation',
    source: (making) => ({ from: 'formation c', where: [own(making), `c.name = ${making.bind((_, args) => args['name'], 'text')}`] }),
    whenMissing: notFound,
  },
  formationsForObject: {
    kind: 'list',
    type: 'Formation',
    // Of whatever tenant: the scope of this operation is for callers across tenants.
    source: (making) => ({
      from: 'formation c',
      where: [`c.id in (select fm.formation_id from formation_member fm where fm.object_id = ${making.bind((_, args) => args['objectID'], 'uuid')})`],
    }),
  },
};
