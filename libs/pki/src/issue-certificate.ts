import type { CertificateRequest } from './certificate-request.ts';
import { authorityKeyIdentifier, basicConstraints, extendedKeyUsage, keyUsage, subjectKeyIdentifier, uriAlternativeName } from './certificate-extensions.ts';
import { type Authority, AuthorityUnusable, identifierOf, pointers, type PublishedUrls } from './certificate-authority.ts';
import { writeName } from './distinguished-name.ts';
import { OID } from './oids.ts';
import { keyIdentifierOf } from './public-key.ts';
import { type Certificate, isInDate } from './read-certificate.ts';
import { signCertificate, validityFrom } from './sign-certificate.ts';
import { subjectName, type SubjectSettings } from './subject.ts';

/** What a client certificate says, all of it from our own record. */
export interface LeafProfile {
  readonly clientId: string;
  readonly subject: SubjectSettings;
  readonly validitySeconds: number;
  /** SPIFFE id, as its only alternative name. */
  readonly uri?: string;
  readonly urls: PublishedUrls;
}

/**
 * Signs a client certificate for the key of an accepted request; of the request nothing but the key is taken.
 * Never ends after its issuer.
 * @throws AuthorityUnusable when the authority is out of date by now
 */
export async function issueCertificate(
  authority: Authority,
  { publicKey }: Pick<CertificateRequest, 'publicKey'>,
  profile: LeafProfile,
  now: Date,
): Promise<Certificate> {
  const { certificate: issuer } = authority;
  if (!isInDate(issuer, now))
    throw new AuthorityUnusable(`the CA certificate is valid from ${issuer.notBefore.toISOString()} to ${issuer.notAfter.toISOString()} only`);
  const content = {
    issuer: issuer.subjectDer,
    subject: writeName(subjectName(profile.subject, profile.clientId)),
    ...validityFrom(now, profile.validitySeconds, issuer.notAfter),
    spki: publicKey.spki,
    extensions: [
      basicConstraints(false),
      keyUsage('digitalSignature'),
      extendedKeyUsage(OID.clientAuth),
      subjectKeyIdentifier(keyIdentifierOf(publicKey)),
      authorityKeyIdentifier(identifierOf(issuer)),
      ...(profile.uri === undefined ? [] : [uriAlternativeName(profile.uri)]),
      ...pointers(profile.urls),
    ],
  };
  return signCertificate(content, authority);
}
