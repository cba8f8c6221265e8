import { openAuthority } from '@binnacle/pki/certificate-authority';
import { printDistinguishedName } from '@binnacle/pki/distinguished-name';
import { type Certificate, certificatePem, isIssuedBy, readCertificates } from '@binnacle/pki/read-certificate';
import type { Registry } from '@binnacle/registry/registry';
import type { GlobalWork } from '@binnacle/registry/work';
import { type Issuer, issuersOf } from '@binnacle/trust/issuers';
import type { KeyFiles } from './authorities.ts';
import { addIntermediate, addRoot, type AuthorityPlan } from './make-authority.ts';

/** Key of the transaction lock under which one process at a time changes the issuers. */
const ISSUERS_LOCK = 7_461_002_614;

export const lockIssuers = (work: GlobalWork): Promise<unknown> => work.query('issuers.lock', 'select pg_advisory_xact_lock($1)', [ISSUERS_LOCK]);

/**
 * Makes root and issuing authority where there are none; otherwise leaves everything as it is.
 * @returns whether it made them
 */
export function initAuthority(registry: Registry, plan: AuthorityPlan, now: Date): Promise<boolean> {
  return registry.asGlobal('connector: first certificate authority', async (work) => {
    await lockIssuers(work);
    if ((await issuersOf(work).list()).some(isActiveSigner)) return false;
    const root = await addRoot(work, plan, 'active', now);
    await addIntermediate(work, plan, root, 'active', now);
    return true;
  });
}

export const isActiveSigner = ({ role, state }: Issuer): boolean => role === 'intermediate' && state === 'active';

/**
 * Puts the authority of the configured files on record (without its key) and makes it the one that signs; the one before it retires.
 * Certificates behind the first one of the file are recorded as what stands above it.
 * @throws AuthorityUnusable when certificate and key cannot be used; the message is for the operator
 */
export async function adoptFiles(registry: Registry, files: KeyFiles & { readonly rootsPem: string }, newId: () => string, now: Date): Promise<void> {
  const { certificate } = openAuthority(files.certificatePem, files.keyPem, now);
  const above = [...readCertificates(files.certificatePem).slice(1), ...readCertificates(files.rootsPem)];
  return registry.asGlobal('connector: certificate authority from files', async (work) => {
    await lockIssuers(work);
    const known = await issuersOf(work).list();
    const find = ({ sha256 }: Certificate): Issuer | undefined => known.find(({ certificatePem: pem }) => readCertificates(pem)[0]?.sha256 === sha256);
    const record = find(certificate);
    if (record) {
      if (record.state !== 'active') await issuersOf(work).move(record.id, 'active');
      return;
    }
    const root = above.find((candidate) => isIssuedBy(certificate, candidate) && candidate.sha256 !== certificate.sha256);
    const parentId = root && (find(root)?.id ?? (await addFromFile(work, root, { id: newId(), role: 'root', state: 'active' })));
    const id = await addFromFile(work, certificate, { id: newId(), role: 'intermediate', state: 'staged', ...(parentId ? { parentId } : {}) });
    await issuersOf(work).move(id, 'active');
  });
}

async function addFromFile(
  work: GlobalWork,
  certificate: Certificate,
  place: { readonly id: string; readonly role: Issuer['role']; readonly state: Issuer['state']; readonly parentId?: string },
): Promise<string> {
  if (place.role === 'root') {
    // One root at a time is the active one; the one before it goes on being trusted.
    for (const other of await issuersOf(work).list()) if (other.role === 'root' && other.state === 'active') await issuersOf(work).move(other.id, 'retiring');
  }
  await issuersOf(work).add({
    parentId: undefined,
    ...place,
    kind: 'builtin',
    subject: printDistinguishedName(certificate.subject),
    certificatePem: certificatePem(certificate),
    keyRef: 'file',
    sealedKey: undefined,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
  });
  return place.id;
}
