import { onlyValueOf } from '@binnacle/pki/distinguished-name';
import { DerError } from '@binnacle/pki/der-read';
import { NameError, printDistinguishedName } from '@binnacle/pki/distinguished-name';
import { ForwardedClientCertError, parseForwardedClientCert } from '@binnacle/pki/forwarded-client-cert';
import { PemError } from '@binnacle/pki/pem';
import { SUBJECT_PARTS, type SubjectSettings } from '@binnacle/pki/subject';
import type { RevocationView } from '@binnacle/trust/revocations';
import type { CertificateDoor } from '../certificates/certificate-door.ts';
import type { ForeignCertificateDoor } from '../certificates/foreign-certificate-door.ts';
import { ForwardedCertificateFault, readForwardedText, type ShownCertificate } from '../certificates/shown-certificate.ts';
import { type Envelope, withHeaders } from './envelope.ts';

export interface ResolveCertificateOptions {
  readonly own: Pick<CertificateDoor, 'identify'>;
  readonly foreign: Pick<ForeignCertificateDoor, 'identify'> | undefined;
  readonly revocations: Pick<RevocationView, 'isRevoked'>;
  /** Subject of certificates of this installation. */
  readonly subject: SubjectSettings;
  /** Believes the text of a subject for which there is no certificate on record: only for edges that are older than the record. */
  readonly believeSubjects: boolean;
}

/** Whom the certificate is of that an edge describes; undefined: nobody that is known. */
export async function resolveCertificate(options: ResolveCertificateOptions, text: string, given: Envelope): Promise<Envelope | undefined> {
  const shown = tryRead(text);
  if (!shown || options.revocations.isRevoked(shown.fingerprint)) return undefined;
  const headers = (clientId: string, issuer: string): Readonly<Record<string, string>> => ({
    'Client-Certificate-Hash': shown.fingerprint,
    'Client-Certificate-Issuer': issuer,
    'Client-Id-From-Certificate': clientId,
    'Subject-From-Certificate': subjectText(text, shown),
  });
  if (isOwnSubject(shown, options.subject)) {
    const clientId = await ownClientId(options, shown);
    return clientId === undefined ? undefined : withHeaders({ ...given, extra: { ...given.extra } }, headers(clientId, 'connector'));
  }
  const foreign = options.foreign?.identify(shown);
  if (!foreign || typeof foreign === 'string') return undefined;
  const { clientId, mapping } = foreign;
  const extra = mapping
    ? { consumer_type: mapping.consumerType, internal_consumer_id: mapping.internalConsumerId ?? '', tenant_access_levels: mapping.levels }
    : {};
  return withHeaders({ ...given, extra: { ...given.extra, ...extra } }, headers(clientId, 'certificate-service'));
}

function tryRead(text: string): ShownCertificate | undefined {
  try {
    return readForwardedText(text, true);
  } catch (error) {
    if ([DerError, PemError, NameError, ForwardedClientCertError, ForwardedCertificateFault].some((known) => error instanceof known)) return undefined;
    throw error;
  }
}

async function ownClientId(options: ResolveCertificateOptions, shown: ShownCertificate): Promise<string | undefined> {
  const identity = await options.own.identify(shown);
  if (typeof identity !== 'string') return identity.authId;
  return options.believeSubjects && identity === 'unknown certificate' ? onlyValueOf(shown.subject, 'CN') : undefined;
}

function isOwnSubject({ subject }: ShownCertificate, settings: SubjectSettings): boolean {
  return SUBJECT_PARTS.every(({ type, key }) => onlyValueOf(subject, type) === settings[key]);
}

/** The text as it came where there is one. */
function subjectText(text: string, { subject }: ShownCertificate): string {
  return parseForwardedClientCert(text)[0]?.subject ?? printDistinguishedName(subject);
}
