/** Scopes of super administrators, as clients of this API know them. */
export const SUPER_ADMIN =
  `application:read application:write application_global:read application.local_tenant_id:write application_template:read application_template:write integration_system:read
  integration_system:write runtime:read runtime:write label_definition:read label_definition:write eventing:manage tenant:read tenant:write automatic_scenario_assignment:read
  application.auths:read application.webhooks:read application.application_template:read application_template.webhooks:read bundle.instance_auths:read document.fetch_request:read
  event_spec.fetch_request:read api_spec.fetch_request:read integration_system.auths:read runtime.auths:read fetch-request.auth:read webhooks.auth:read formation:write formation:read
  internal_visibility:read runtime.webhooks:read webhook:write formation_template:read formation_template:write formation_template.webhooks:read formation_constraint:read
  formation_constraint:write certificate_subject_mapping:read certificate_subject_mapping:write formation.state:write tenant_access:write bundle_instance_auth:write formation:global_write
  formation:global_read`.split(/\s+/);

/** Scopes that this product adds; super administrators hold all of them. */
export const OURS = [
  'health_checks:read',
  'application_template.labels:write',
  'operation:read',
  'operation:schedule',
  'runtime:admin',
  'audit:read',
  'credential:read',
  'credential:write',
  'credential:global_read',
];

const OPERATOR =
  'application:read application_template:read integration_system:read runtime:read label_definition:read tenant:read automatic_scenario_assignment:read'.split(
    ' ',
  );

/** What services of this product may do at the Director, whatever they ask for. */
export const INTERNAL_COMPONENT: ReadonlySet<string> = new Set(
  `application:read application:write application.webhooks:read application.application_template:read application_template.webhooks:read webhooks.auth:read
  runtime:write runtime:read tenant:read tenant:write tenant_subscription:write ory_internal fetch_tenant application_template:read destinations_sensitive_data:read
  destinations:sync ord_aggregator:sync system_fetcher:sync certificate_subject_mapping:read certificate_subject_mapping:write bundle_instance_auth:write
  bundle.instance_auths:read`.split(/\s+/),
);

/** Names of groups that give scopes. */
export interface GroupNames {
  readonly superAdmin: readonly string[];
  readonly operator: readonly string[];
  /** May create, change and delete tenants; empty unless configured. */
  readonly tenantAdmin: readonly string[];
}

/** True for members of a group that administrates every tenant. */
export const isSuperAdmin = (groups: readonly string[], names: GroupNames): boolean => groups.some((group) => names.superAdmin.includes(group));

/** The union of what the groups give, in a fixed order. */
export function scopesOfGroups(groups: readonly string[], names: GroupNames): ReadonlySet<string> {
  const has = (wanted: readonly string[]): boolean => groups.some((group) => wanted.includes(group));
  const scopes = new Set<string>();
  // Administrators of the landscape are not administrators of its tenants.
  if (isSuperAdmin(groups, names)) for (const scope of [...SUPER_ADMIN, ...OURS]) if (scope !== 'tenant:write') scopes.add(scope);
  if (has(names.operator)) for (const scope of OPERATOR) scopes.add(scope);
  if (has(names.tenantAdmin)) for (const scope of ['tenant:read', 'tenant:write']) scopes.add(scope);
  return scopes;
}
