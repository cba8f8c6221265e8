import type { AuditActor } from '@binnacle/audit/audit-event';
import type { Registry } from '@binnacle/registry/registry';
import type { Audit } from '../audit.ts';

/** Whose certificates: one identity's, one tenant's, those of one issuer, or all. */
export type RenewalOf = { readonly authId: string } | { readonly tenant: string } | { readonly issuerId: string } | { readonly everybody: true };

/**
 * Has holders renew now: each is told when it next asks for its configuration.
 * @returns how many certificates that are good it concerns
 */
export function askForRenewal(registry: Registry, audit: Audit, which: RenewalOf, actor: AuditActor): Promise<number> {
  const [condition, value] =
    'authId' in which
      ? ['auth_id = $1::uuid', which.authId]
      : 'tenant' in which
        ? ['tenant_id = $1::uuid', which.tenant]
        : 'issuerId' in which
          ? ['issuer_id = $1::uuid', which.issuerId]
          : ['$1::text is null', null];
  return registry.asGlobal('connector: renewal of certificates', async (work) => {
    const rows = await work.query(
      'certificates.askForRenewal',
      `update certificate set renewal_asked_at = now() where revoked_at is null and not_after > now() and ${condition} returning id`,
      [value],
    );
    await audit.record({ action: 'renewal.asked', actor, details: { certificates: rows.length, of: JSON.stringify(which) } }, work);
    return rows.length;
  });
}
