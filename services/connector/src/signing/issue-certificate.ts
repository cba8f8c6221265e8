import { CertificateRefused } from '@binnacle/pki/certificate-refused';
import type { CertificateRequest } from '@binnacle/pki/certificate-request';
import type { KeyKind } from '@binnacle/pki/public-key';
import { printDistinguishedName } from '@binnacle/pki/distinguished-name';
import { octetsOfSerial } from '@binnacle/pki/serial-number';
import type { SubjectSettings } from '@binnacle/pki/subject';
import { log } from '@binnacle/log/log';
import type { GlobalWork } from '@binnacle/registry/work';
import type { Registry } from '@binnacle/registry/registry';
import { type IssuedCertificate, recordCertificate } from '@binnacle/trust/certificates';
import type { Identity } from '@binnacle/trust/system-auths';
import type { Audit } from '../audit.ts';
import { ConnectorError } from '../connector-error.ts';
import { type CertificateIssuer, type IssuedChain, IssuerRefused, IssuerUnavailable } from '../issuers/certificate-issuer.ts';
import { checkIssued, WrongCertificate } from '../issuers/check-issued.ts';

export interface IssueOptions {
  readonly registry: Registry;
  readonly issuer: CertificateIssuer;
  readonly audit: Audit;
  readonly subject: SubjectSettings;
  readonly spiffeIdOf: (identity: Identity) => string;
  readonly validitySeconds: Readonly<Record<'Application' | 'Runtime', number>>;
  /** Lets several identities hold certificates for one key, as installations did that hand keys around. */
  readonly keyMayBeShared: boolean;
  readonly newId: () => string;
  readonly now: () => Date;
}

export interface IssueOrder {
  readonly identity: Identity;
  readonly request: CertificateRequest;
  readonly via: IssuedCertificate['via'];
  readonly requestId: string | undefined;
  /** Runs first in the transaction that records the certificate; what it throws prevents it. */
  readonly guard: (work: GlobalWork) => Promise<void>;
  /** Runs when the certificate is recorded, in the same transaction. */
  readonly onRecorded?: (work: GlobalWork, certificateId: string) => Promise<void>;
}

export type IssueCertificate = (order: IssueOrder) => Promise<IssuedChain>;

const SIGNING = 'Error while signing Certificate Signing Request: ';

/**
 * Signs, checks what was signed, and records it together with its audit event. Signing comes first: it may take a call to another
 * system, which no transaction waits for. A certificate whose record does not commit is never seen by anybody.
 */
export function createIssueCertificate(options: IssueOptions): IssueCertificate {
  return async ({ identity, request, via, requestId, guard, onRecorded }) => {
    const { kind } = identity;
    if (kind !== 'Application' && kind !== 'Runtime')
      throw new ConnectorError('CERTIFICATE_REFUSED', `${SIGNING}certificates are issued to Applications and Runtimes only`);
    const order = { request, clientId: identity.id, uri: options.spiffeIdOf(identity), validitySeconds: options.validitySeconds[kind] };
    const chain = await options.issuer.sign(order, options.now()).catch(translateIssuerError);
    try {
      checkIssued(chain, order, options.subject, options.now());
    } catch (error) {
      return translateIssuerError(error);
    }
    const id = options.newId();
    await options.registry.asGlobal('connector: certificate for an identity', async (work) => {
      await guard(work);
      const outcome = await recordCertificate(work, recordOf(id, chain, identity.id, via, options.keyMayBeShared));
      if (outcome === 'identity-gone') throw new ConnectorError('CERTIFICATE_REFUSED', `${SIGNING}the identity ${identity.id} does not exist any more`);
      // One text for a key of somebody else and for one that leaked: who asks learns nothing about other identities.
      if (outcome !== 'recorded') throw new CertificateRefused('key', 'CSR: Invalid key');
      await onRecorded?.(work, id);
      const { certificate } = chain;
      const details = { serial: certificate.serial, fingerprint: certificate.sha256, issuer: chain.issuerId, key: algorithmOf(certificate.publicKey), via };
      const event = { action: 'certificate.issued', authId: identity.id, object: { type: 'Certificate', id }, tenant: identity.tenant } as const;
      await options.audit.record({ ...event, requestId, details }, work);
    });
    return chain;
  };
}

function recordOf(
  id: string,
  { certificate, issuerId }: IssuedChain,
  authId: string,
  via: IssuedCertificate['via'],
  keyMayBeShared: boolean,
): IssuedCertificate {
  return {
    id,
    issuerId,
    serial: octetsOfSerial(certificate.serial).toString('hex'),
    authId,
    fingerprintSha256: certificate.sha256,
    spkiSha256: certificate.publicKey.spkiSha256,
    publicKeyDer: certificate.publicKey.spki,
    subject: printDistinguishedName(certificate.subject),
    keyAlgorithm: algorithmOf(certificate.publicKey),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    via,
    der: certificate.der,
    keyMayBeShared,
  };
}

const NAMES: Readonly<Record<Exclude<KeyKind, 'rsa'>, string>> = { p256: 'ecdsa-p256', p384: 'ecdsa-p384', ed25519: 'ed25519' };

/** In the words of the wire, such as rsa2048. */
export function algorithmOf({ kind, bits }: { readonly kind: KeyKind | undefined; readonly bits: number }): string {
  if (kind === undefined) return 'unknown';
  return kind === 'rsa' ? `rsa${bits}` : NAMES[kind];
}

function translateIssuerError(error: unknown): never {
  if (error instanceof IssuerRefused) throw new ConnectorError('CERTIFICATE_REFUSED', `${SIGNING}the issuer refused: ${error.message}`, { cause: error });
  if (!(error instanceof IssuerUnavailable || error instanceof WrongCertificate)) throw error;
  log().error({ err: error }, 'the issuer gave no certificate that can be used');
  throw new ConnectorError('ISSUER_UNAVAILABLE', `${SIGNING}the certificate authority is not available: try again`, { cause: error });
}
