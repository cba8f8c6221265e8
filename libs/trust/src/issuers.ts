import type { GlobalWork } from '@binnacle/registry/work';

export type IssuerState = 'staged' | 'active' | 'retiring' | 'retired';

/** A certificate authority that this installation issues with, or trusts. */
export interface Issuer {
  readonly id: string;
  readonly kind: 'builtin' | 'step-ca' | 'cert-manager' | 'vault' | 'external';
  readonly role: 'root' | 'intermediate';
  readonly parentId: string | undefined;
  readonly subject: string;
  readonly certificatePem: string;
  /** Where the key is, when it is not sealed here. */
  readonly keyRef: string | undefined;
  readonly sealedKey: { readonly keyId: string; readonly ciphertext: Buffer } | undefined;
  readonly state: IssuerState;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

interface IssuerRow {
  readonly id: string;
  readonly kind: Issuer['kind'];
  readonly role: Issuer['role'];
  readonly parent_id: string | null;
  readonly subject: string;
  readonly certificate_pem: string;
  readonly key_ref: string | null;
  readonly key_ciphertext: Buffer | null;
  readonly key_id: string | null;
  readonly state: IssuerState;
  readonly not_before: Date;
  readonly not_after: Date;
}

/** What may follow a state: overlap is kept by never going from staged to gone, or from active to gone, in one step. */
const NEXT: Readonly<Record<IssuerState, readonly IssuerState[]>> = {
  staged: ['active', 'retired'],
  active: ['retiring'],
  retiring: ['active', 'retired'],
  retired: [],
};

export const issuersOf = (work: GlobalWork) => ({
  /** Oldest first. */
  async list(): Promise<readonly Issuer[]> {
    return (await work.query<IssuerRow>('issuers.list', 'select * from issuer order by id')).map(fromRow);
  },

  async add(issuer: Issuer): Promise<void> {
    await work.query('issuers.add', ADD, [
      issuer.id,
      issuer.kind,
      issuer.role,
      issuer.parentId ?? null,
      issuer.subject,
      issuer.certificatePem,
      issuer.keyRef ?? null,
      issuer.sealedKey?.ciphertext ?? null,
      issuer.sealedKey?.keyId ?? null,
      issuer.state,
      issuer.notBefore,
      issuer.notAfter,
    ]);
  },

  /**
   * Moves an issuer on; making one active makes the one before it (of the same role) retiring, in the same statement's transaction.
   * @returns false when the issuer is in a state that the wanted one does not follow
   */
  async move(id: string, to: IssuerState): Promise<boolean> {
    const from = (Object.keys(NEXT) as IssuerState[]).filter((state) => NEXT[state].includes(to));
    if (to === 'active') await work.query('issuers.retire', RETIRE, [id, from]);
    const rows = await work.query('issuers.move', MOVE, [id, to, from]);
    return rows.length === 1;
  },

  /** The number of the newest list; lists of an issuer never go back in number. */
  async saveRevocationList(list: {
    readonly issuerId: string;
    readonly number: bigint;
    readonly baseNumber?: bigint;
    readonly thisUpdate: Date;
    readonly nextUpdate: Date;
    readonly der: Buffer;
  }): Promise<void> {
    await work.query(
      'issuers.saveList',
      'insert into revocation_list (issuer_id, number, base_number, this_update, next_update, der) values ($1, $2, $3, $4, $5, $6)',
      [list.issuerId, String(list.number), list.baseNumber === undefined ? null : String(list.baseNumber), list.thisUpdate, list.nextUpdate, list.der],
    );
  },
});

function fromRow(row: IssuerRow): Issuer {
  return {
    id: row.id,
    kind: row.kind,
    role: row.role,
    parentId: row.parent_id ?? undefined,
    subject: row.subject,
    certificatePem: row.certificate_pem,
    keyRef: row.key_ref ?? undefined,
    sealedKey: row.key_ciphertext && row.key_id ? { keyId: row.key_id, ciphertext: row.key_ciphertext } : undefined,
    state: row.state,
    notBefore: row.not_before,
    notAfter: row.not_after,
  };
}

const ADD = `/* issuers.add */ insert into issuer (id, kind, role, parent_id, subject, certificate_pem, key_ref, key_ciphertext, key_id, state, not_before, not_after, activated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, case when $10 = 'active' then now() end)`;

const RETIRE = `/* issuers.retire */ update issuer set state = 'retiring' where state = 'active' and id <> $1
  and role = (select wanted.role from issuer wanted where wanted.id = $1 and wanted.state = any($2))`;

const MOVE = `/* issuers.move */ update issuer set state = $2, activated_at = case when $2 = 'active' then now() else activated_at end,
  retired_at = case when $2 = 'retired' then now() else retired_at end where id = $1 and state = any($3) returning id`;
