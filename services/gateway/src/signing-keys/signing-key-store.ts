import { createPrivateKey, type KeyObject } from 'node:crypto';
import { generateSigningKey, type SigningKey } from '@binnacle/internal-token/mint';
import type { GlobalWork } from '@binnacle/registry/work';
import type { Registry } from '@binnacle/registry/registry';
import type { Envelope } from '@binnacle/secrets/envelope';

const REASON = 'signing keys belong to the installation';

/** Published this long before it signs, so that every service knows it by then. */
const LEAD = `interval '5 minutes'`;
const SIGNS_FOR = `interval '1 day'`;
/** Published this long after the next one took over: longer than any token lives. */
const TAIL = `interval '10 minutes'`;

/** The keys of this moment. */
export interface SigningKeys {
  readonly current: SigningKey;
  readonly published: readonly Readonly<Record<string, unknown>>[];
}

interface KeyRow {
  readonly kid: string;
  readonly public_jwk: Readonly<Record<string, unknown>>;
  readonly key_ciphertext: Buffer;
  readonly key_id: string;
  readonly active: boolean;
}

/**
 * Reads the keys that all replicas share, and makes the next one in time. One replica at a time: a first key signs at once, so another
 * replica must find it rather than make, and sign with, a second one that nobody has heard of.
 */
export async function loadSigningKeys(registry: Registry, envelope: Envelope): Promise<SigningKeys> {
  return registry.asGlobal(REASON, async (work) => {
    await work.query('signingKeys.one', `select pg_advisory_xact_lock(hashtext('signing_key'))`);
    let rows = await read(work);
    if (!rows.some(({ active }) => active)) await add(work, envelope, 'clock_timestamp()');
    else if (await needsNext(work)) await add(work, envelope, `clock_timestamp() + ${LEAD}`);
    await work.query('signingKeys.retire', 'delete from signing_key where retires_at < clock_timestamp()');
    rows = await read(work);
    const [current] = rows.filter(({ active }) => active);
    if (!current) throw new Error('there is no signing key although one was just made');
    return { current: { kid: current.kid, privateKey: open(current, envelope) }, published: rows.map(({ public_jwk }) => public_jwk) };
  });
}

function read(work: GlobalWork): Promise<readonly KeyRow[]> {
  return work.query<KeyRow>(
    'signingKeys.read',
    'select kid, public_jwk, key_ciphertext, key_id, activates_at <= clock_timestamp() as active from signing_key where retires_at > clock_timestamp() order by activates_at desc, kid',
  );
}

async function needsNext(work: GlobalWork): Promise<boolean> {
  const [row] = await work.query<{ due: boolean }>(
    'signingKeys.due',
    `select max(activates_at) + ${SIGNS_FOR} - ${LEAD} < clock_timestamp() as due from signing_key`,
  );
  return row?.due ?? true;
}

async function add(work: GlobalWork, envelope: Envelope, activates: string): Promise<void> {
  const { kid, privateKey, publicJwk } = generateSigningKey();
  const { keyId, ciphertext } = envelope.seal(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), kid);
  await work.query(
    'signingKeys.add',
    `insert into signing_key (kid, algorithm, public_jwk, key_ciphertext, key_id, activates_at, retires_at) values ($1, 'ES256', $2, $3, $4, ${activates}, ${activates} + ${SIGNS_FOR} + ${LEAD} + ${TAIL})`,
    [kid, JSON.stringify(publicJwk), ciphertext, keyId],
  );
}

function open({ kid, key_ciphertext, key_id }: KeyRow, envelope: Envelope): KeyObject {
  return createPrivateKey(envelope.open({ keyId: key_id, ciphertext: key_ciphertext }, kid));
}
