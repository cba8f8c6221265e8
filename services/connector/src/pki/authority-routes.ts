import { type Certificate, certificatePem } from '@binnacle/pki/read-certificate';
import { spiffeBundle } from '@binnacle/pki/spiffe';
import type { Authorities, OpenedIssuer } from '../issuers/authorities.ts';
import { type PublicAnswer, type PublicRoute, jsonAnswer, notFound } from './public-paths.ts';
import type { PkiUrls } from './pki-urls.ts';

/** Certificates change only when issuers do; whoever verifies should see a staged one well before it signs. */
const MAX_AGE_SECONDS = 60;
const REFRESH_HINT_SECONDS = 300;

/** What everybody may know of the authorities: who signs, who is trusted, where lists are. */
export function authorityRoutes(authorities: Authorities, urls: PkiUrls, openApi: string): readonly PublicRoute[] {
  const get = (path: RegExp, answer: (parameter: string) => PublicAnswer): PublicRoute => ({
    method: 'GET',
    path,
    answer: (parameter) => Promise.resolve(answer(parameter)),
  });
  return [
    get(/^\/v1\/pki\/?$/, () => jsonAnswer(200, index(authorities, urls), MAX_AGE_SECONDS)),
    get(/^\/v1\/pki\/openapi\.json$/, () => ({ status: 200, type: 'application/json; charset=utf-8', body: openApi, maxAgeSeconds: MAX_AGE_SECONDS })),
    get(/^\/v1\/pki\/ca\.pem$/, () => pem(authorities.chainOf(authorities.active()))),
    get(/^\/v1\/pki\/roots\.pem$/, () => pem(rootsOf(authorities).map(({ certificate }) => certificate))),
    get(/^\/v1\/pki\/bundle\.pem$/, () => pem(authorities.trusted().map(({ certificate }) => certificate))),
    get(/^\/v1\/pki\/certificates\/([0-9a-f-]{36})\.der$/, (id) => one(authorities.find(id), 'der')),
    get(/^\/v1\/pki\/certificates\/([0-9a-f-]{36})\.pem$/, (id) => one(authorities.find(id), 'pem')),
    get(/^\/\.well-known\/spiffe\/bundle$/, () => jsonAnswer(200, bundleOf(authorities), MAX_AGE_SECONDS)),
  ];
}

/** Trust anchors: what is signed by nothing else on record. */
export function rootsOf(authorities: Authorities): readonly OpenedIssuer[] {
  return authorities.trusted().filter(({ record }) => record.role === 'root' || record.parentId === undefined);
}

function pem(certificates: readonly Certificate[]): PublicAnswer {
  return { status: 200, type: 'application/pem-certificate-chain', body: certificates.map(certificatePem).join(''), maxAgeSeconds: MAX_AGE_SECONDS };
}

function one(issuer: OpenedIssuer | undefined, form: 'der' | 'pem'): PublicAnswer {
  if (!issuer) return notFound('issuer');
  return form === 'pem'
    ? pem([issuer.certificate])
    : { status: 200, type: 'application/pkix-cert', body: issuer.certificate.der, maxAgeSeconds: MAX_AGE_SECONDS };
}

function index(authorities: Authorities, urls: PkiUrls): object {
  return {
    issuers: authorities.trusted().map(({ record, certificate }) => ({
      id: record.id,
      role: record.role,
      state: record.state,
      subject: record.subject,
      sha256: certificate.sha256,
      notAfter: certificate.notAfter.toISOString(),
      certificate: urls.certificate(record.id),
      revocationList: urls.crl(record.id),
      deltaRevocationList: urls.deltaCrl(record.id),
    })),
    chain: urls.path('ca.pem'),
    roots: urls.path('roots.pem'),
    trustBundle: urls.path('bundle.pem'),
    ocsp: urls.ocsp,
    recovery: urls.path('recovery'),
  };
}

/** One key for each trust anchor (SPIFFE Trust Domain and Bundle, 4). */
const bundleOf = (authorities: Authorities): object =>
  spiffeBundle(
    rootsOf(authorities).map(({ certificate }) => certificate),
    authorities.sequence(),
    REFRESH_HINT_SECONDS,
  );
