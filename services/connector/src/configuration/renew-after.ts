import type { Registry } from '@binnacle/registry/registry';
import { ConnectorError } from '../connector-error.ts';
import type { CertificateIdentity } from '../identity/identity.ts';
import { renewalTime } from './renewal-time.ts';

/**
 * When the holder of a certificate should renew it; at once when that was asked for, or when its issuer retires.
 * One indexed read outside a transaction: agents ask often.
 */
export function createRenewAfter(registry: Registry, now: () => Date) {
  return async ({ authId, certificate: { fingerprint } }: CertificateIdentity): Promise<Date> => {
    const [row] = await registry.read({ name: 'certificates.renewal', text: RENEWAL, values: [fingerprint] }, 'global');
    const [owner, notBefore, notAfter, isRevoked, isDue] = (row ?? []) as [string?, Date?, Date?, boolean?, boolean?];
    if (owner !== authId || isRevoked || !notBefore || !notAfter)
      throw new ConnectorError('UNAUTHENTICATED', `Failed to authenticate request. The client certificate is ${isRevoked ? 'revoked' : 'not known'}.`);
    return isDue ? now() : renewalTime(notBefore, notAfter, fingerprint);
  };
}

const RENEWAL = `select c.auth_id, c.not_before, c.not_after, c.revoked_at is not null, c.renewal_asked_at is not null or i.state in ('retiring', 'retired')
  from certificate c join issuer i on i.id = c.issuer_id where c.fingerprint_sha256 = decode($1, 'hex')`;
