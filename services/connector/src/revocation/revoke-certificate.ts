import type { Registry } from '@binnacle/registry/registry';
import { revokeCertificates } from '@binnacle/trust/certificates';
import type { Audit } from '../audit.ts';
import type { ConnectorContext } from '../graphql/resolvers.ts';
import { certificateIdentityOf } from '../identity/identity.ts';

export interface RevokeOptions {
  readonly registry: Registry;
  readonly audit: Audit;
  readonly onRevoked: (issuerId: string) => void;
}

/** Revokes the certificate that the caller came with; for one that is revoked already the answer is true as well. */
export function createRevokeCertificate({ registry, audit, onRevoked }: RevokeOptions): (context: ConnectorContext) => Promise<boolean> {
  return async ({ caller, requestId }) => {
    const { authId, certificate } = certificateIdentityOf(caller);
    const revoked = await registry.asGlobal('connector: revocation by the holder', async (work) => {
      const found = await revokeCertificates(work, { fingerprint: certificate.fingerprint }, 'unspecified', authId);
      const event = { action: 'certificate.revoked', authId, tenant: caller.tenant, requestId } as const;
      const details = { fingerprint: certificate.fingerprint, serial: certificate.serial };
      if (found.length > 0) await audit.record({ ...event, details }, work);
      return found;
    });
    for (const { issuerId } of revoked) onRevoked(issuerId);
    return true;
  };
}
