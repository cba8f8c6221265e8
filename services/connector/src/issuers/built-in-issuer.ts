import { AuthorityUnusable, type PublishedUrls } from '@binnacle/pki/certificate-authority';
import { issueCertificate } from '@binnacle/pki/issue-certificate';
import type { SubjectSettings } from '@binnacle/pki/subject';
import type { Authorities } from './authorities.ts';
import { type CertificateIssuer, IssuerUnavailable } from './certificate-issuer.ts';

/** Signs with the active authority of the record; whatever is staged or retiring only verifies. */
export function createBuiltInIssuer(authorities: Authorities, subject: SubjectSettings, urlsOf: (issuerId: string) => PublishedUrls): CertificateIssuer {
  return {
    async sign({ request, clientId, uri, validitySeconds }, now) {
      const issuer = authorities.active();
      if (!issuer.authority) throw new IssuerUnavailable(`the key of issuer "${issuer.record.subject}" is not here`);
      try {
        const certificate = await issueCertificate(issuer.authority, request, { clientId, subject, uri, validitySeconds, urls: urlsOf(issuer.record.id) }, now);
        return { certificate, authorities: authorities.chainOf(issuer), issuerId: issuer.record.id };
      } catch (error) {
        throw error instanceof AuthorityUnusable ? new IssuerUnavailable(error.message, { cause: error }) : error;
      }
    },
  };
}
