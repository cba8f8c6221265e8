import type { TenantWork } from '@binnacle/registry/work';

export interface TrustPolicy {
  readonly enrolmentApproval: boolean;
  readonly recoveryApproval: boolean;
  readonly recoveriesPerDay: number;
}

export const trustOf = (work: TenantWork) => ({
  /** Changes what is given and answers the whole. */
  async setPolicy(change: { readonly [Member in keyof TrustPolicy]: TrustPolicy[Member] | null }): Promise<TrustPolicy> {
    // Two statements and no upsert, which under row-level security would have to see rows of its own statement.
    await work.query(
      'trust.addPolicy',
      'insert into trust_policy (tenant_id) select $1 where not exists (select from trust_policy where tenant_id = $1) on conflict do nothing',
    );
    const [row] = await work.query<{ enrolment_approval: boolean; recovery_approval: boolean; recoveries_per_day: number }>(
      'trust.setPolicy',
      `update trust_policy set enrolment_approval = coalesce($2, enrolment_approval), recovery_approval = coalesce($3, recovery_approval),
         recoveries_per_day = coalesce($4, recoveries_per_day), updated_at = now() where tenant_id = $1 returning enrolment_approval, recovery_approval, recoveries_per_day`,
      [change.enrolmentApproval, change.recoveryApproval, change.recoveriesPerDay],
    );
    if (!row) throw new Error('a trust policy was not there after it was made');
    return { enrolmentApproval: row.enrolment_approval, recoveryApproval: row.recovery_approval, recoveriesPerDay: row.recoveries_per_day };
  },

  /** Decides a recovery of the tenant that waits. @returns false when none with this id does */
  async decideRecovery(id: string, approve: boolean, by: string): Promise<boolean> {
    const rows = await work.query(
      'trust.decideRecovery',
      `update recovery set state = $3, decided_at = now(), decided_by = $4 where id = $2 and tenant_id = $1 and state = 'pending' returning id`,
      [id, approve ? 'approved' : 'rejected', by],
    );
    return rows.length === 1;
  },

  /** Whoever calls has checked that the identity is the tenant's. @returns how many certificates that are good it concerns */
  async askForRenewal(authId: string): Promise<number> {
    const rows = await work.query(
      'trust.askForRenewal',
      `with own as (select $1::uuid) update certificate set renewal_asked_at = now() where auth_id = $2 and revoked_at is null and not_after > now() returning id`,
      [authId],
    );
    return rows.length;
  },

  async approve(authId: string, by: string): Promise<void> {
    await work.query(
      'trust.approve',
      `with own as (select $1::uuid) update system_auth set approved_at = coalesce(approved_at, now()), approved_by = coalesce(approved_by, $3) where id = $2`,
      [authId, by],
    );
  },
});
