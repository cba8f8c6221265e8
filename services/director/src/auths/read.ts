import { DomainError } from '@binnacle/errors/domain-error';
import type { Field, RootDeclaration, Tenancy, TypeDeclaration } from '@binnacle/read-compiler/declaration';
import { column, constant, timestampSql } from '../execution/fields.ts';

const token = (row: string): string => `token_${row}`;

/** What of the identity is not sealed: the name its certificates carry, and its one-time token without the token. */
const unsealed = (row: string): string => {
  const t = token(row);
  return `jsonb_build_object('certCommonName', ${row}.cert_cn, 'oneTimeToken', case when ${t}.id is not null then jsonb_build_object(
    'type', ${t}.consumer_type, 'connectorURL', ${t}.connector_url, 'legacyConnectorURL', ${t}.legacy_connector_url, 'used', ${t}.used_at is not null,
    'createdAt', ${timestampSql(`${t}.created_at`)}, 'expiresAt', ${timestampSql(`${t}.expires_at`)}, 'usedAt', ${timestampSql(`${t}.used_at`)},
    'scenarioGroups', to_jsonb(${t}.scenario_groups)) end)`;
};

const systemAuth = (name: string, type: string, scope: string, tenancy: Tenancy): TypeDeclaration => ({
  name,
  table: { name: 'system_auth', key: 'id', tenancy },
  fields: {
    id: column('id'),
    auth: {
      kind: 'secret',
      type: 'Auth',
      sanitize: scope,
      sql: (row) => `${row}.auth_id`,
      beside: {
        key: (row) => `${row}.id`,
        sql: unsealed,
        join: (row) => `left join one_time_token ${token(row)} on ${token(row)}.id = ${row}.current_token_id`,
      },
    } satisfies Field,
    type: constant(type),
    tenantId: column('tenant_id'),
    referenceObjectId: column('ref_id'),
  },
});

/** A system auth is whoever's its object is. */
const through = (table: string, reference: string, accessKind: number): Tenancy => ({
  kind: 'inherits',
  from: `${table} r`,
  root: `r.id = c.${reference}`,
  rootTenancy: { kind: 'access', accessKind },
});

export const authTypes: readonly TypeDeclaration[] = [
  systemAuth('AppSystemAuth', 'APPLICATION', 'application.auths:read', through('application', 'application_id', 1)),
  systemAuth('RuntimeSystemAuth', 'RUNTIME', 'runtime.auths:read', through('runtime', 'runtime_id', 2)),
  systemAuth('IntSysSystemAuth', 'INTEGRATION_SYSTEM', 'integration_system.auths:read', { kind: 'global' }),
];

const oneOf: NonNullable<RootDeclaration['oneOf']> = {
  types: authTypes.map(({ name }) => name),
  discriminator: (row) => `case ${row}.ref_kind when 1 then 'AppSystemAuth' when 2 then 'RuntimeSystemAuth' else 'IntSysSystemAuth' end`,
};

/** For internal callers, across tenants. */
export const authRoots: Readonly<Record<string, RootDeclaration>> = {
  systemAuth: {
    kind: 'one',
    type: 'AppSystemAuth',
    oneOf,
    source: ({ bind }) => ({ from: 'system_auth c', where: [`c.id = ${bind((_, args) => args['id'], 'uuid')}`] }),
  },
  systemAuthByToken: {
    kind: 'one',
    type: 'AppSystemAuth',
    oneOf,
    source: ({ bind }) => ({
      from: 'system_auth c',
      where: [
        `c.current_token_id = (select t.id from one_time_token t where t.hash = any(${bind((call) => call.caller['tokenHashes'], 'bytea[]')}) and t.used_at is null and t.expires_at > now())`,
      ],
    }),
    whenMissing: () => new DomainError('NotFound', { object: 'systemAuth' }),
  },
};
