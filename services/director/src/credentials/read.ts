import type { ColumnField, Making, RootDeclaration, TypeDeclaration } from '@binnacle/read-compiler/declaration';
import { isUuid } from '@binnacle/registry/tenant-id';
import { DomainError } from '@binnacle/errors/domain-error';
import { column, tenantParam, timestamp, timestampSql } from '../execution/fields.ts';

const MAX_PAGE = 200;

const plain = (expression: (row: string) => string, join?: (row: string) => string): ColumnField => ({
  kind: 'column',
  sql: expression,
  ...(join ? { join } : {}),
});

const holders = (row: string): string =>
  `left join application a_${row} on ${row}.ref_kind = 1 and a_${row}.id = ${row}.ref_id left join runtime r_${row} on ${row}.ref_kind = 2 and r_${row}.id = ${row}.ref_id left join integration_system i_${row} on ${row}.ref_kind = 4 and i_${row}.id = ${row}.ref_id`;

export const credentialTypes: readonly TypeDeclaration[] = [
  {
    name: 'Credential',
    // Whose they are is said by the roots, the only way to them.
    table: { name: 'credential', key: 'id', tenancy: { kind: 'global' } },
    fields: {
      id: column('id'),
      kind: column('kind'),
      state: column('state'),
      authID: column('auth_id'),
      holderType: plain((row) => `case ${row}.ref_kind when 1 then 'APPLICATION' when 2 then 'RUNTIME' else 'INTEGRATION_SYSTEM' end`),
      holderID: column('ref_id'),
      holderName: plain((row) => `coalesce(a_${row}.name, r_${row}.name, i_${row}.name)`, holders),
      tenant: plain(
        (row) => `t_${row}.external_id`,
        (row) => `left join tenant t_${row} on t_${row}.id = ${row}.tenant_id`,
      ),
      createdAt: timestamp('created_at'),
      expiresAt: timestamp('expires_at'),
      lastUsedAt: timestamp('last_used_at'),
      holderLastSeenAt: plain(
        (row) => timestampSql(`h_${row}.last_seen_at`),
        (row) => `left join heartbeat h_${row} on h_${row}.kind = ${row}.ref_kind and h_${row}.object_id = ${row}.ref_id`,
      ),
      revokedAt: timestamp('revoked_at'),
      revocationReason: column('revocation_reason'),
      serial: column('serial'),
      fingerprint: column('fingerprint'),
      keyAlgorithm: column('key_algorithm'),
    },
  },
  {
    name: 'Recovery',
    table: { name: 'recovery', key: 'id', tenancy: { kind: 'global' } },
    fields: {
      id: column('id'),
      authID: column('auth_id'),
      state: plain((row) => `upper(${row}.state)`),
      requestedAt: timestamp('requested_at'),
      decidedAt: timestamp('decided_at'),
      decidedBy: column('decided_by'),
    },
  },
  {
    name: 'TrustPolicy',
    table: { name: 'tenant', key: 'id', tenancy: { kind: 'global' } },
    fields: {
      enrolmentApproval: column('enrolment_approval'),
      recoveryApproval: column('recovery_approval'),
      recoveriesPerDay: column('recoveries_per_day'),
    },
  },
];

type Filter = Readonly<Record<string, unknown>>;

const filterOf = (args: Readonly<Record<string, unknown>>): Filter => (args['filter'] ?? {}) as Filter; // coerced by the schema
const given = (making: Making, member: string): boolean => making.decide((_, args) => filterOf(args)[member] !== undefined && filterOf(args)[member] !== null);

const CONDITIONS: Readonly<Record<string, { readonly type: string; readonly sql: (value: string) => string }>> = {
  kinds: { type: 'text[]', sql: (value) => `c.kind = any(${value})` },
  states: { type: 'text[]', sql: (value) => `c.state = any(${value})` },
  holderID: { type: 'uuid', sql: (value) => `c.ref_id = ${value}` },
  expiresBefore: { type: 'timestamptz', sql: (value) => `c.expires_at < ${value}` },
  expiresAfter: { type: 'timestamptz', sql: (value) => `c.expires_at >= ${value}` },
  unusedSince: { type: 'timestamptz', sql: (value) => `coalesce(c.last_used_at, '-infinity') < ${value}` },
};

/** What the filter asks for; without states, what works now. */
function filtered(making: Making): readonly string[] {
  const wanted = Object.entries(CONDITIONS)
    .filter(([member]) => given(making, member))
    .map(([member, { type, sql }]) => sql(making.bind((_, args) => filterOf(args)[member], type)));
  return given(making, 'states') ? wanted : [...wanted, `c.state = 'ACTIVE'`];
}

function checkFilter(_: unknown, args: Readonly<Record<string, unknown>>): void {
  const { holderID } = filterOf(args);
  if (typeof holderID === 'string' && !isUuid(holderID)) throw new DomainError('InvalidData', { holderID: 'must be a UUID' });
}

/**
 * Credentials of the objects that the tenant sees and, where more is asked for than works now, its revoked certificates of objects that are gone.
 * Two lists and no `or`: each can be found by the index of whichever side is smaller.
 */
function ofTenant(making: Making): string {
  const tenant = tenantParam(making);
  const seen = `select v.* from (select distinct x.kind, x.resource_id from access x where x.tenant_id = ${tenant}) k join credential v on v.ref_kind = k.kind and v.ref_id = k.resource_id`;
  const gone = `union all select v.* from credential v where v.kind = 'CERTIFICATE' and v.revoked_at is not null and v.tenant_id = ${tenant}
    and not exists (select from access x where x.tenant_id = ${tenant} and x.kind = v.ref_kind and x.resource_id = v.ref_id)`;
  return `(${seen} ${given(making, 'states') ? gone : ''}) c`;
}

export const credentialRoots: Readonly<Record<string, RootDeclaration>> = {
  credentials: {
    kind: 'page',
    type: 'Credential',
    maxFirst: MAX_PAGE,
    check: checkFilter,
    source: (making) => ({ from: ofTenant(making), where: filtered(making) }),
  },
  credentialsGlobal: {
    kind: 'page',
    type: 'Credential',
    maxFirst: MAX_PAGE,
    check: checkFilter,
    source: (making) => ({ from: 'credential c', where: filtered(making) }),
  },
  recoveries: {
    kind: 'page',
    type: 'Recovery',
    maxFirst: MAX_PAGE,
    source: (making) => ({
      from: 'recovery c',
      where: [
        `c.tenant_id = ${tenantParam(making)}`,
        ...(making.decide((_, args) => Array.isArray(args['states'])) ? [`upper(c.state) = any(${making.bind((_, args) => args['states'], 'text[]')})`] : []),
      ],
    }),
  },
  trustPolicy: {
    kind: 'one',
    type: 'TrustPolicy',
    source: (making) => ({
      from: `(select t.id, coalesce(p.enrolment_approval, false) as enrolment_approval, coalesce(p.recovery_approval, true) as recovery_approval,
        coalesce(p.recoveries_per_day, 10) as recoveries_per_day from tenant t left join trust_policy p on p.tenant_id = t.id) c`,
      where: [`c.id = ${tenantParam(making)}`],
    }),
    whenMissing: () => new DomainError('TenantNotFound'),
  },
};
