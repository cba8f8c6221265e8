import type { Registry } from '@binnacle/registry/registry';
import type { GlobalWork } from '@binnacle/registry/work';
import type { RevocationReason } from '@binnacle/trust/certificates';

/** A list as it was built. */
export interface ListRecord {
  readonly number: bigint;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** Of what the list names; empty for lists that were superseded. */
  readonly der: Buffer;
  readonly contentDigest: string;
}

interface ListRow {
  readonly number: string;
  readonly this_update: Date;
  readonly next_update: Date;
  readonly der: Buffer;
  readonly digest: string | null;
}

const COLUMNS = `number, this_update, next_update, der, encode(content_digest, 'hex') as digest`;

const fromRow = (row: ListRow): ListRecord => ({
  number: BigInt(row.number),
  thisUpdate: row.this_update,
  nextUpdate: row.next_update,
  der: row.der,
  contentDigest: row.digest ?? '',
});

/** Lists of one issuer. Numbers are given under its lock, so they never go back, whichever process builds. */
export const listsOf = (work: GlobalWork, issuerId: string) => ({
  lock: () => work.query('lists.lock', `select pg_advisory_xact_lock(hashtextextended('revocation list ' || $1, 0))`, [issuerId]),

  async newest(kind: 'full' | 'delta'): Promise<ListRecord | undefined> {
    const [row] = await work.query<ListRow>(
      `lists.newest.${kind}`,
      `select ${COLUMNS} from revocation_list where issuer_id = $1 and base_number is ${kind === 'full' ? '' : 'not'} null order by number desc limit 1`,
      [issuerId],
    );
    return row && fromRow(row);
  },

  async highestNumber(): Promise<bigint> {
    const [row] = await work.query<{ number: string }>('lists.number', 'select coalesce(max(number), 0) as number from revocation_list where issuer_id = $1', [
      issuerId,
    ]);
    return BigInt(row?.number ?? 0);
  },

  /** The list that a delta list adds to: the newest that has been out for a while, or else the oldest there is. */
  async base(before: Date): Promise<Pick<ListRecord, 'number' | 'thisUpdate'> | undefined> {
    const [row] = await work.query<ListRow>(
      'lists.base',
      `select ${COLUMNS} from revocation_list where issuer_id = $1 and base_number is null order by (this_update <= $2) desc,
         case when this_update <= $2 then number end desc, number limit 1`,
      [issuerId, before],
    );
    return row && fromRow(row);
  },

  async add(list: ListRecord, base: bigint | undefined): Promise<void> {
    await work.query(
      'lists.add',
      `insert into revocation_list (issuer_id, number, base_number, this_update, next_update, der, content_digest) values ($1, $2, $3, $4, $5, $6, decode($7, 'hex'))`,
      [issuerId, String(list.number), base === undefined ? null : String(base), list.thisUpdate, list.nextUpdate, list.der, list.contentDigest],
    );
  },

  /** Older lists are kept for their numbers and times alone, and at the end not at all. */
  async forgetBefore(number: bigint, time: Date): Promise<void> {
    await work.query(`lists.empty`, `update revocation_list set der = '' where issuer_id = $1 and number < $2 and der <> ''`, [issuerId, String(number)]);
    await work.query('lists.forget', 'delete from revocation_list where issuer_id = $1 and number < $2 and this_update < $3', [issuerId, String(number), time]);
  },
});

/** What is known of a certificate by its serial number. */
export interface KnownSerial {
  readonly revokedAt: Date | undefined;
  readonly reason: RevocationReason | undefined;
}

/** Undefined for a serial number that the issuer never gave. @param serial hex of whole octets */
export async function findSerial(registry: Registry, issuerId: string, serial: string): Promise<KnownSerial | undefined> {
  const [row] = await registry.read(
    {
      name: 'certificates.bySerial',
      text: `select revoked_at, revocation_reason from certificate where issuer_id = $1 and serial = decode($2, 'hex')`,
      values: [issuerId, serial],
    },
    'global',
  );
  if (!row) return undefined;
  const [revokedAt, reason] = row as [Date | null, RevocationReason | null];
  return { revokedAt: revokedAt ?? undefined, reason: reason ?? undefined };
}
