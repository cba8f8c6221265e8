/** Tables whose rows tenants reach through "access", with the kind that stands there. */
export const ACCESS_KIND = { application: 1, runtime: 2, runtime_context: 3 } as const;

export type RootTable = keyof typeof ACCESS_KIND;

/** Kinds of owners and referenced objects beside the three roots (`webhook.owner_kind`, `system_auth.ref_kind`). */
export const OWNER_KIND = { application: 1, runtime: 2, integration_system: 4, application_template: 5, formation_template: 6 } as const;

/** Kinds of definitions (`bundle_reference.kind`, `spec.kind`). */
export const DEFINITION_KIND = { api: 1, event: 2 } as const;

/** The formation template that every installation has: used when none is named. */
export const DEFAULT_FORMATION_TEMPLATE = 'Side-by-Side Extensibility with Kyma';
