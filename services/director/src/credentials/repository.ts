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

  async approve(authId: string, by: string): Promise<void> {
    await work.query(
      'trust.approve',
      `with own as (select $1::uuid) update system_auth set approved_at = coalesce(approved_at, now()), approved_by = coalesce(approved_by, $3) where id = $2`,
      [authId, by],
    );
  },
});
