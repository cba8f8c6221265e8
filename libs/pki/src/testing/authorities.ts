import { type Authority, makeIntermediate, makeRoot, type PublishedUrls } from '../certificate-authority.ts';
import { acceptCertificateRequestDer } from '../request-policy.ts';
import { type DistinguishedName } from '../distinguished-name.ts';
import { issueCertificate } from '../issue-certificate.ts';
import type { KeyKind } from '../public-key.ts';
import type { Certificate } from '../read-certificate.ts';
import { CLIENT_ID, KEYS, POLICY, requestDer, SUBJECT } from './requests.ts';

export const named = (CN: string): DistinguishedName => [[{ type: 'O', value: 'Binnacle' }], [{ type: 'CN', value: CN }]];

export interface Hierarchy {
  readonly root: Authority;
  readonly intermediate: Authority;
  leaf(urls?: PublishedUrls): Promise<Certificate>;
}

/** A root and an intermediate, and client certificates of the latter. */
export async function makeHierarchy(kind: KeyKind, now: Date): Promise<Hierarchy> {
  const root = await makeRoot({ subject: named('Root'), kind, validitySeconds: 86_400 }, now);
  const intermediate = await makeIntermediate(root, { subject: named('Issuing'), kind, validitySeconds: 7_200 }, {}, now);
  return {
    root,
    intermediate,
    leaf: (urls = {}) =>
      issueCertificate(
        intermediate,
        acceptCertificateRequestDer(requestDer({ key: KEYS.ed25519 }), POLICY),
        { clientId: CLIENT_ID, subject: SUBJECT, validitySeconds: 3_600, urls },
        now,
      ),
  };
}
