import { printDistinguishedName } from '@binnacle/pki/distinguished-name';
import { type Certificate, certificatePem, readCertificates } from '@binnacle/pki/read-certificate';
import type { Registry } from '@binnacle/registry/registry';
import type { GlobalWork } from '@binnacle/registry/work';
import { type Issuer, issuersOf } from '@binnacle/trust/issuers';
import { lockIssuers } from './init-authority.ts';

/**
 * Puts the chain of an authority elsewhere on record, so that what it signs is trusted at the doors; the issuing certificate becomes the
 * active one. @param chain the issuing certificate, then what is above it @returns id of the issuing certificate
 */
export function adoptChain(registry: Registry, kind: Issuer['kind'], chain: readonly [Certificate, ...Certificate[]], newId: () => string): Promise<string> {
  return registry.asGlobal('connector: an authority elsewhere', async (work) => {
    await lockIssuers(work);
    let parentId: string | undefined;
    for (const [index, certificate] of [...chain.entries()].reverse())
      parentId = await recorded(work, kind, certificate, index === 0 ? 'intermediate' : 'root', parentId, newId);
    if (parentId === undefined) throw new Error('a chain has at least one certificate');
    return parentId;
  });
}

async function recorded(
  work: GlobalWork,
  kind: Issuer['kind'],
  certificate: Certificate,
  role: Issuer['role'],
  parentId: string | undefined,
  newId: () => string,
): Promise<string> {
  const issuers = issuersOf(work);
  const known = (await issuers.list()).find(({ certificatePem: pem }) => readCertificates(pem)[0]?.sha256 === certificate.sha256);
  const id = known?.id ?? newId();
  if (!known)
    await issuers.add({
      id,
      kind,
      role,
      parentId,
      subject: printDistinguishedName(certificate.subject),
      certificatePem: certificatePem(certificate),
      keyRef: kind,
      sealedKey: undefined,
      state: 'staged',
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
    });
  if (known?.state !== 'active') await issuers.move(id, 'active');
  return id;
}
