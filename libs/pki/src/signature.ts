import { type KeyObject, sign, verify } from 'node:crypto';
import { DerError, type DerNode, oidOf, TAG } from './der-read.ts';
import { nothing, oid, sequence } from './der-write.ts';
import { OID } from './oids.ts';
import type { KeyKind } from './public-key.ts';

interface SignatureAlgorithm {
  readonly hash: 'sha256' | 'sha384' | 'sha512' | null;
  readonly family: 'rsa' | 'ec' | 'ed25519';
}

/** What signatures of others may use; SHA-1 and everything else is refused. */
const ALLOWED: Readonly<Record<string, SignatureAlgorithm>> = {
  [OID.sha256WithRsa]: { hash: 'sha256', family: 'rsa' },
  [OID.sha384WithRsa]: { hash: 'sha384', family: 'rsa' },
  [OID.sha512WithRsa]: { hash: 'sha512', family: 'rsa' },
  [OID.ecdsaWithSha256]: { hash: 'sha256', family: 'ec' },
  [OID.ecdsaWithSha384]: { hash: 'sha384', family: 'ec' },
  [OID.ecdsaWithSha512]: { hash: 'sha512', family: 'ec' },
  [OID.ed25519]: { hash: null, family: 'ed25519' },
};

/**
 * The algorithm of an AlgorithmIdentifier; undefined when it is not allowed.
 * @throws DerError when it is malformed or carries parameters that its algorithm does not have
 */
export function readSignatureAlgorithm(node: DerNode | undefined): SignatureAlgorithm | undefined {
  const [type, parameters, extra] = node?.tag === TAG.sequence ? node.children : [];
  const algorithm = ALLOWED[oidOf(type, 'signature algorithm')];
  if (extra !== undefined) throw new DerError('malformed signature algorithm');
  // RFC 4055 §5 has NULL with RSA and lets readers do without; RFC 5758 and 8410 have nothing with the others.
  const isNull = parameters?.tag === TAG.null;
  if (algorithm !== undefined && parameters !== undefined && !(algorithm.family === 'rsa' && isNull)) {
    throw new DerError('malformed signature algorithm');
  }
  return algorithm;
}

const FAMILIES: Readonly<Record<string, SignatureAlgorithm['family']>> = { rsa: 'rsa', ec: 'ec', ed25519: 'ed25519' };

/** Whether the key made the signature; never throws. */
export function verifies(algorithm: SignatureAlgorithm, data: Buffer, key: KeyObject, signature: Buffer): boolean {
  if (FAMILIES[key.asymmetricKeyType ?? ''] !== algorithm.family) return false;
  try {
    return verify(algorithm.hash, data, key, signature);
  } catch {
    return false;
  }
}

interface OwnAlgorithm {
  readonly hash: 'sha256' | 'sha384' | null;
  /** DER of the AlgorithmIdentifier. */
  readonly identifier: Buffer;
}

const OWN: Readonly<Record<KeyKind, OwnAlgorithm>> = {
  rsa: { hash: 'sha256', identifier: sequence(oid(OID.sha256WithRsa), nothing) },
  p256: { hash: 'sha256', identifier: sequence(oid(OID.ecdsaWithSha256)) },
  p384: { hash: 'sha384', identifier: sequence(oid(OID.ecdsaWithSha384)) },
  ed25519: { hash: null, identifier: sequence(oid(OID.ed25519)) },
};

/** The algorithm that our keys of that kind sign with. */
export const ownAlgorithm = (kind: KeyKind): OwnAlgorithm => OWN[kind];

/** Signs on the thread pool: an RSA signature takes long enough to be felt by every other request. */
export function signInPool(kind: KeyKind, data: Buffer, key: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign(OWN[kind].hash, data, key, (error, signature) => (error === null || error === undefined ? resolve(signature) : reject(error)));
  });
}
