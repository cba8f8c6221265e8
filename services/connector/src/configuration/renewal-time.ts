/** Share of a certificate's life after which the first and the last holders are told to renew. */
const EARLIEST = 0.6;
const LATEST = 0.75;

/**
 * When a certificate should be renewed: a point of 60–75 % of its life that depends on its fingerprint alone, so that a fleet that was
 * enrolled in one minute does not come back in one minute, and every replica gives the same answer.
 * @param fingerprint SHA-256 of the certificate, hex
 */
export function renewalTime(notBefore: Date, notAfter: Date, fingerprint: string): Date {
  const spread = Number.parseInt(fingerprint.slice(0, 8), 16) / 0xffff_ffff;
  const share = EARLIEST + (LATEST - EARLIEST) * spread;
  return new Date(notBefore.getTime() + Math.floor((notAfter.getTime() - notBefore.getTime()) * share));
}
