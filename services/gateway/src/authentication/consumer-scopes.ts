import type { ConsumerType } from '@binnacle/internal-token/caller';
import { OURS, SUPER_ADMIN } from './scopes.ts';

const of = (text: string): readonly string[] => text.split(/\s+/);

/** What callers of each kind may do, as clients of this API know it. */
const SCOPES: Readonly<Partial<Record<ConsumerType, readonly string[]>>> = {
  Runtime: of('runtime:read runtime:write application:read runtime.auths:read bundle.instance_auths:read runtime.webhooks:read webhook:write'),
  Application: of(
    `application:read application:write application.auths:read application.webhooks:read application.application_template:read bundle.instance_auths:read
    document.fetch_request:read event_spec.fetch_request:read api_spec.fetch_request:read fetch-request.auth:read webhook:write`,
  ),
  'Integration System': of(
    `application:read application:write application.local_tenant_id:write application.application_template:read application_template:read application_template:write
    runtime:read runtime:write integration_system:read label_definition:read label_definition:write automatic_scenario_assignment:read integration_system.auths:read
    application_template.webhooks:read formation.state:write formation:write formation:read internal_visibility:read application.auths:read webhook:write
    formation_template:read formation_template.webhooks:read`,
  ),
  'External Certificate': of(
    `runtime:read runtime:write application:read application:write runtime.auths:read bundle.instance_auths:read runtime.webhooks:read webhook:write
    application_template:read application_template:write application_template.webhooks:read formation_template:read formation_template:write
    formation_template.webhooks:read`,
  ),
  'Super Admin': [...SUPER_ADMIN, ...OURS],
  'Business Integration': of(
    `application_template:read application_template:write formation:read formation:write formation.state:write formation_template:read formation_template:write
    formation_template.webhooks:read tenant_access:write`,
  ),
  'Managed Application Provider Operator': of(
    `application.local_tenant_id:write application_template:write application_template:read application_template.webhooks:read application_template.labels:write
    internal_visibility:read webhook:write webhooks.auth:read certificate_subject_mapping:write certificate_subject_mapping:read`,
  ),
  'Managed Application Consumer': [],
  'Application Provider': of('application_template:read application_template:write application_template.webhooks:read'),
  'Formation Viewer': of('formation:read'),
  'Landscape Resource Operator': of(
    `application:read application:write application.local_tenant_id:write tenant_access:write formation:read formation:write formation:global_write
    formation:global_read`,
  ),
  'Tenant Discovery Operator': of('application:read application_global:read'),
  'Instance Creator': of('application_template:read formation:read formation_template:read formation_template.webhooks:read'),
  'Technical Client': of('tenant:read tenant:write'),
};

/** For kinds that have no list of their own. */
const DEFAULT: readonly string[] = of('runtime:read runtime:write tenant:read');

/** The scopes that a kind of consumer has when nothing narrower is said. */
export const scopesOfConsumer = (type: ConsumerType): readonly string[] => SCOPES[type] ?? DEFAULT;

/** Kinds that may have OAuth2 client credentials. */
export const CONSUMERS_WITH_CREDENTIALS: readonly ConsumerType[] = ['Application', 'Runtime', 'Integration System'];
