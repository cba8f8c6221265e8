import type { GlobalWork } from '@binnacle/registry/work';

export type RecoveryState = 'pending' | 'approved' | 'rejected' | 'done';

export interface Recovery {
  readonly id: string;
  readonly state: RecoveryState;
}

/** What the tenant demands of those who want back in; without a row of its own, the defaults. */
export interface RecoveryPolicy {
  readonly needsApproval: boolean;
  readonly perDay: number;
}

export const recoveriesOf = (work: GlobalWork) => ({
  /** Counting and adding happen for one tenant at a time. */
  lockTenant: (tenant: string) => work.query('recoveries.lock', `select pg_advisory_xact_lock(hashtextextended('recovery ' || $1, 0))`, [tenant]),

  /** False when the challenge was answered before. Old answers are forgotten on the way. */
  async spendChallenge(hash: Buffer, lifeSeconds: number): Promise<boolean> {
    await work.query('recoveries.forgetChallenges', `delete from recovery_challenge where spent_at < now() - make_interval(secs => $1)`, [2 * lifeSeconds]);
    const rows = await work.query('recoveries.spend', 'insert into recovery_challenge (hash) values ($1) on conflict do nothing returning hash', [hash]);
    return rows.length === 1;
  },

  async policy(tenant: string): Promise<RecoveryPolicy> {
    const [row] = await work.query<{ recovery_approval: boolean; recoveries_per_day: number }>(
      'recoveries.policy',
      'select recovery_approval, recoveries_per_day from trust_policy where tenant_id = $1',
      [tenant],
    );
    return { needsApproval: row?.recovery_approval ?? true, perDay: row?.recoveries_per_day ?? 10 };
  },

  /** Recoveries of the tenant in the last day, rejected ones aside. */
  async countOfDay(tenant: string): Promise<number> {
    const [row] = await work.query<{ count: number }>(
      'recoveries.count',
      `select count(*)::int as count from recovery where tenant_id = $1 and state <> 'rejected' and requested_at > now() - interval '1 day'`,
      [tenant],
    );
    return row?.count ?? 0;
  },

  /** The newest of the identity for this key that is not finished; a refusal counts for a day. */
  async open(authId: string, spkiSha256: string): Promise<Recovery | undefined> {
    const [row] = await work.query<Recovery>(
      'recoveries.open',
      `select id, state from recovery where auth_id = $1 and spki_sha256 = decode($2, 'hex')
         and (state in ('pending', 'approved') or (state = 'rejected' and decided_at > now() - interval '1 day')) order by id desc limit 1`,
      [authId, spkiSha256],
    );
    return row;
  },

  async add(recovery: {
    readonly id: string;
    readonly authId: string;
    readonly tenant: string;
    readonly lostCertificateId: string;
    readonly spkiSha256: string;
    readonly state: RecoveryState;
  }): Promise<void> {
    await work.query(
      'recoveries.add',
      `insert into recovery (id, auth_id, tenant_id, lost_certificate_id, spki_sha256, state, decided_at, decided_by)
       values ($1, $2, $3, $4, decode($5, 'hex'), $6, case when $6 = 'approved' then now() end, case when $6 = 'approved' then 'policy' end)`,
      [recovery.id, recovery.authId, recovery.tenant, recovery.lostCertificateId, recovery.spkiSha256, recovery.state],
    );
  },

  /** Ends an approved recovery; false when it is in another state, as when it was finished at the same time. */
  async finish(id: string, certificateId: string): Promise<boolean> {
    const rows = await work.query(
      'recoveries.finish',
      `update recovery set state = 'done', certificate_id = $2 where id = $1 and state = 'approved' returning id`,
      [id, certificateId],
    );
    return rows.length === 1;
  },

  async hold(id: string): Promise<RecoveryState | undefined> {
    const [row] = await work.query<{ state: RecoveryState }>('recoveries.hold', 'select state from recovery where id = $1 for update', [id]);
    return row?.state;
  },

  async pending(): Promise<readonly { readonly id: string; readonly authId: string; readonly tenant: string; readonly requestedAt: Date }[]> {
    return work.query(
      'recoveries.pending',
      `select id, auth_id as "authId", tenant_id as tenant, requested_at as "requestedAt" from recovery where state = 'pending' order by id`,
    );
  },

  /** Decides what is pending. @returns undefined when it is not */
  async decide(id: string, approve: boolean, by: string): Promise<{ readonly authId: string; readonly tenant: string | undefined } | undefined> {
    const [row] = await work.query<{ auth_id: string; tenant_id: string | null }>(
      'recoveries.decide',
      `update recovery set state = $2, decided_at = now(), decided_by = $3 where id = $1 and state = 'pending' returning auth_id, tenant_id`,
      [id, approve ? 'approved' : 'rejected', by],
    );
    return row && { authId: row.auth_id, tenant: row.tenant_id ?? undefined };
  },
});
