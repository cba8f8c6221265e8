import { type Authority, makeIntermediate, makeRoot, openAuthority, privateKeyPem, type PublishedUrls } from '@binnacle/pki/certificate-authority';
import { type DistinguishedName, printDistinguishedName } from '@binnacle/pki/distinguished-name';
import type { KeyKind } from '@binnacle/pki/public-key';
import { certificatePem } from '@binnacle/pki/read-certificate';
import type { SubjectSettings } from '@binnacle/pki/subject';
import type { GlobalWork } from '@binnacle/registry/work';
import type { Envelope } from '@binnacle/secrets/envelope';
import { type Issuer, issuersOf, type IssuerState } from '@binnacle/trust/issuers';

export interface AuthorityPlan {
  readonly envelope: Envelope;
  readonly newId: () => string;
  readonly kind: KeyKind;
  readonly subject: SubjectSettings;
  readonly rootValiditySeconds: number;
  readonly intermediateValiditySeconds: number;
  readonly trustDomain: string;
  readonly urlsOf: (issuerId: string) => PublishedUrls;
}

/** Makes a root and records it with its key sealed. */
export async function addRoot(work: GlobalWork, plan: AuthorityPlan, state: IssuerState, now: Date): Promise<Issuer> {
  const id = plan.newId();
  const request = { subject: nameOf(plan, 'Root', id), kind: plan.kind, validitySeconds: plan.rootValiditySeconds, uri: `spiffe://${plan.trustDomain}` };
  return add(work, plan, { id, role: 'root', state }, await makeRoot(request, now));
}

/** Makes an issuing authority below a root of the record. @throws AuthorityUnusable when the root's key is not here or it is out of date */
export async function addIntermediate(work: GlobalWork, plan: AuthorityPlan, root: Issuer, state: IssuerState, now: Date): Promise<Issuer> {
  const id = plan.newId();
  const keyPem = root.sealedKey ? plan.envelope.open(root.sealedKey, root.id) : '';
  const parent = openAuthority(root.certificatePem, keyPem, now);
  const request = { subject: nameOf(plan, 'Issuing', id), kind: plan.kind, validitySeconds: plan.intermediateValiditySeconds };
  return add(work, plan, { id, role: 'intermediate', state, parentId: root.id }, await makeIntermediate(parent, request, plan.urlsOf(root.id), now));
}

/** Each authority has a name of its own, so that no two share a chain, a revocation list or an OCSP identifier. */
function nameOf({ subject }: AuthorityPlan, what: string, id: string): DistinguishedName {
  return [
    [{ type: 'C', value: subject.country }],
    [{ type: 'O', value: subject.organization }],
    [{ type: 'CN', value: `Binnacle ${what} CA ${id.slice(-12)}` }],
  ];
}

async function add(
  work: GlobalWork,
  { envelope }: AuthorityPlan,
  place: { readonly id: string; readonly role: Issuer['role']; readonly state: IssuerState; readonly parentId?: string },
  authority: Authority,
): Promise<Issuer> {
  const issuer: Issuer = {
    parentId: undefined,
    ...place,
    kind: 'builtin',
    subject: printDistinguishedName(authority.certificate.subject),
    certificatePem: certificatePem(authority.certificate),
    keyRef: undefined,
    sealedKey: envelope.seal(privateKeyPem(authority), place.id),
    notBefore: authority.certificate.notBefore,
    notAfter: authority.certificate.notAfter,
  };
  await issuersOf(work).add(issuer);
  return issuer;
}
