import { setImmediate } from 'node:timers/promises';
import { type Authority, identifierOf } from './certificate-authority.ts';
import { authorityKeyIdentifier, freshestCrl } from './certificate-extensions.ts';
import { bitString, context, enumerated, integer, sequence, time } from './der-write.ts';
import { writeExtension } from './extensions.ts';
import { OID } from './oids.ts';
import { writePem } from './pem.ts';
import { octetsOfSerial } from './serial-number.ts';
import { ownAlgorithm, signInPool } from './signature.ts';

/** Reasons of RFC 5280 §5.3.1 and their numbers. */
export const REVOCATION_REASONS = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  /** In delta lists only: on hold no more, or expired. */
  removeFromCRL: 8,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const;

export type RevocationReason = keyof typeof REVOCATION_REASONS;

export const isRevocationReason = (text: string): text is RevocationReason => Object.hasOwn(REVOCATION_REASONS, text);

export interface RevokedCertificate {
  /** Hexadecimal. */
  readonly serial: string;
  readonly revokedAt: Date;
  readonly reason?: RevocationReason;
}

export interface RevocationListContent {
  /** Grows with every list of this authority, full or delta; never goes back. */
  readonly number: bigint;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly revoked: Iterable<RevokedCertificate>;
  /** Makes it a delta list: the number of the full list that it adds to. */
  readonly deltaBase?: bigint;
  /** In a full list: where its delta lists are. */
  readonly deltaUrl?: string;
}

/** Entries encoded before other work gets its turn: about a millisecond. */
const ENTRIES_AT_ONCE = 500;

/**
 * Signs a certificate revocation list (version 2).
 * @returns DER
 * @throws RangeError when a delta list does not follow its base
 */
export async function buildRevocationList(authority: Authority, content: RevocationListContent): Promise<Buffer> {
  if (content.deltaBase !== undefined && content.deltaBase >= content.number) throw new RangeError('a delta list follows its base');
  const { identifier } = ownAlgorithm(authority.kind);
  const revoked = await encodeEntries(content.revoked);
  const list = sequence(
    integer(1),
    identifier,
    authority.certificate.subjectDer,
    time(content.thisUpdate),
    time(content.nextUpdate),
    // An empty list of entries is left out (RFC 5280 §5.1.2.6).
    ...(revoked.length === 0 ? [] : [sequence(...revoked)]),
    context(0, sequence(...listExtensions(authority, content))),
  );
  return sequence(list, identifier, bitString(await signInPool(authority.kind, list, authority.key)));
}

function listExtensions({ certificate }: Authority, { number, deltaBase, deltaUrl }: RevocationListContent): readonly Buffer[] {
  return [
    authorityKeyIdentifier(identifierOf(certificate)),
    writeExtension(OID.crlNumber, integer(number)),
    ...(deltaBase === undefined ? [] : [writeExtension(OID.deltaCrlIndicator, integer(deltaBase), true)]),
    ...(deltaBase !== undefined || deltaUrl === undefined ? [] : [freshestCrl(deltaUrl)]),
  ];
}

async function encodeEntries(revoked: Iterable<RevokedCertificate>): Promise<readonly Buffer[]> {
  const blocks: Buffer[] = [];
  let block: Buffer[] = [];
  for (const entry of revoked) {
    block.push(encodeEntry(entry));
    if (block.length < ENTRIES_AT_ONCE) continue;
    blocks.push(Buffer.concat(block));
    block = [];
    await setImmediate();
  }
  return block.length === 0 ? blocks : [...blocks, Buffer.concat(block)];
}

const REASON_EXTENSIONS = new Map(
  Object.entries(REVOCATION_REASONS).map(([reason, number]) => [reason, sequence(writeExtension(OID.crlReason, enumerated(number)))]),
);

/** `unspecified` is said by saying nothing (RFC 5280 §5.3.1). */
function encodeEntry({ serial, revokedAt, reason = 'unspecified' }: RevokedCertificate): Buffer {
  const extensions = reason === 'unspecified' ? undefined : REASON_EXTENSIONS.get(reason);
  return sequence(integer(octetsOfSerial(serial)), time(revokedAt), ...(extensions === undefined ? [] : [extensions]));
}

export const revocationListPem = (der: Uint8Array): string => writePem('X509 CRL', der);
