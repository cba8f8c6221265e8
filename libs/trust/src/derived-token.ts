import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Whose token it is: that of a certificate of an identity. */
export interface DerivedFrom {
  /** UUID. */
  readonly authId: string;
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint: string;
}

export interface ReadDerivedToken {
  readonly authId: string;
  /** First 12 bytes of the certificate's SHA-256. */
  readonly fingerprintStart: Buffer;
  /** The minute it was made in. */
  readonly issuedAt: Date;
}

/**
 * One-time tokens for holders of certificates, who ask for one each time they look at their configuration and hardly ever use it: made of
 * the identity, the certificate, the minute and a MAC, they are written down only when they are spent. On the wire they look like any other.
 */
export interface DerivedTokens {
  /** The same token for all calls of one minute. */
  derive(from: DerivedFrom, now: Date): string;
  /** Undefined when it is no token of this kind, or was changed. Whether it is still good the burn decides. */
  read(token: string): ReadDerivedToken | undefined;
}

const AUTH = 16;
const FINGERPRINT = 12;
const MINUTE = 4;
const MAC = 32;
const BODY = AUTH + FINGERPRINT + MINUTE;

/** @param keys envelope keys, 32 bytes each, newest first; tokens under the older ones are still read */
export function createDerivedTokens(keys: readonly Buffer[]): DerivedTokens {
  const derived = keys.map((key) => Buffer.from(hkdfSync('sha256', key, '', 'binnacle derived-token', MAC)));
  const [newest] = derived;
  if (!newest) throw new Error('derived tokens need at least one key');
  const macOf = (key: Buffer, body: Buffer): Buffer => createHmac('sha256', key).update(body).digest();
  return {
    derive({ authId, fingerprint }, now) {
      const body = Buffer.alloc(BODY);
      Buffer.from(authId.replaceAll('-', ''), 'hex').copy(body, 0, 0, AUTH);
      Buffer.from(fingerprint, 'hex').copy(body, AUTH, 0, FINGERPRINT);
      body.writeUInt32BE(Math.floor(now.getTime() / 60_000), AUTH + FINGERPRINT);
      return Buffer.concat([body, macOf(newest, body)])
        .toString('base64')
        .replaceAll('+', '-')
        .replaceAll('/', '_');
    },
    read(token) {
      if (!/^[A-Za-z0-9_-]{86}==$/.test(token)) return undefined;
      const bytes = Buffer.from(token, 'base64url');
      if (bytes.length !== BODY + MAC) return undefined;
      const body = bytes.subarray(0, BODY);
      if (!derived.some((key) => timingSafeEqual(macOf(key, body), bytes.subarray(BODY)))) return undefined;
      return {
        authId: uuidOf(body.subarray(0, AUTH)),
        fingerprintStart: body.subarray(AUTH, AUTH + FINGERPRINT),
        issuedAt: new Date(body.readUInt32BE(AUTH + FINGERPRINT) * 60_000),
      };
    },
  };
}

const uuidOf = (bytes: Buffer): string => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
