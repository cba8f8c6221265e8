import { isChain } from '@binnacle/pki/certificate-authority';
import { type DistinguishedName, printDistinguishedName } from '@binnacle/pki/distinguished-name';
import { isInDate, isIssuedBy } from '@binnacle/pki/read-certificate';
import { subjectName, type SubjectSettings } from '@binnacle/pki/subject';
import { OID } from '@binnacle/pki/oids';
import type { CertificateOrder, IssuedChain } from './certificate-issuer.ts';

/** What an issuer answered is not what was ordered: it reaches nobody. */
export class WrongCertificate extends Error {
  override readonly name = 'WrongCertificate';
}

/**
 * Looks at what an issuer answered as if it came from a stranger.
 * @throws WrongCertificate naming the first fault
 */
export function checkIssued({ certificate, authorities }: IssuedChain, order: CertificateOrder, settings: SubjectSettings, now: Date): void {
  const [authority] = authorities;
  const wanted = partsOf(subjectName(settings, order.clientId));
  const fault = (
    [
      [certificate.publicKey.spki.equals(order.request.publicKey.spki), 'it is for another key'],
      [partsOf(certificate.subject) === wanted, 'it has another subject'],
      [certificate.uris.length === 1 && certificate.uris[0] === order.uri && certificate.otherNames === 0, 'it has other names'],
      [!certificate.isAuthority, 'it is one of an authority'],
      [certificate.extendedKeyUsages?.includes(OID.clientAuth) === true, 'it is not for clients'],
      [certificate.unknownCritical.length === 0, 'it has a critical extension that is not known here'],
      [isInDate(certificate, now), 'it is not valid now'],
      [isIssuedBy(certificate, authority) && isChain(authorities), 'its chain does not verify it'],
      [authorities.every((each) => isInDate(each, now) && certificate.notAfter <= each.notAfter), 'it ends after its issuer'],
    ] as const
  ).find(([isRight]) => !isRight);
  if (fault) throw new WrongCertificate(`the issuer answered a certificate that was not ordered: ${fault[1]}`);
}

/** Authorities order the parts of a name in their own way; the same parts are the same subject. */
function partsOf(name: DistinguishedName): string {
  return name
    .map((part) => printDistinguishedName([part]))
    .sort()
    .join(',');
}
