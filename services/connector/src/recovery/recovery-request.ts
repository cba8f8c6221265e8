import { findDuplicateMember } from '@binnacle/graphql/envelope';
import { CertificateRefused } from '@binnacle/pki/certificate-refused';
import { MAX_REQUEST_BYTES } from '@binnacle/pki/certificate-request';
import { DerError } from '@binnacle/pki/der-read';
import { PemError, readSinglePem, strictBase64 } from '@binnacle/pki/pem';
import { type Certificate, readCertificates } from '@binnacle/pki/read-certificate';

/** What was sent cannot be read; the message is for the client. */
export class BadRecoveryRequest extends Error {
  override readonly name = 'BadRecoveryRequest';
}

/** Who wants back in, and with what. */
export interface RecoveryRequest {
  readonly challenge: string;
  /** The certificate that was lost: the first of what was sent. */
  readonly certificate: Certificate;
  readonly csrDer: Buffer;
  readonly signature: Buffer;
}

/**
 * Reads the JSON body: `challenge`, `certificate` and `csr` (each PEM, or base64 of PEM as the other doors have it), `signature` (base64).
 * @throws BadRecoveryRequest
 */
export function readRecoveryRequest(body: Buffer): RecoveryRequest {
  const members = jsonObject(body);
  const text = (name: string): string => {
    const value = members[name];
    if (typeof value !== 'string' || value === '') throw new BadRecoveryRequest(`the member "${name}" must be a text`);
    return value;
  };
  const signature = strictBase64(text('signature').replace(/\s/g, ''));
  if (!signature || signature.length === 0) throw new BadRecoveryRequest('the member "signature" must be base64');
  return {
    challenge: text('challenge'),
    certificate: certificateOf(pemOf(text('certificate'), 'certificate')),
    csrDer: requestOf(pemOf(text('csr'), 'csr')),
    signature,
  };
}

function jsonObject(body: Buffer): Readonly<Record<string, unknown>> {
  const text = body.toString('utf8');
  let parsed: unknown;
  try {
    if (findDuplicateMember(text) === undefined) parsed = JSON.parse(text);
  } catch {
    // Told below.
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new BadRecoveryRequest('the body must be a JSON object, each member in it once');
  return parsed as Record<string, unknown>;
}

function pemOf(text: string, name: string): string {
  if (text.includes('-----BEGIN ')) return text;
  const decoded = strictBase64(text.replace(/\s/g, ''));
  if (!decoded) throw new BadRecoveryRequest(`the member "${name}" must be PEM, or base64 of PEM`);
  return decoded.toString('latin1');
}

function certificateOf(pem: string): Certificate {
  try {
    const [certificate] = readCertificates(pem);
    if (certificate) return certificate;
  } catch (error) {
    if (!(error instanceof PemError || error instanceof DerError)) throw error;
  }
  throw new BadRecoveryRequest('the member "certificate" holds no certificate that can be read');
}

function requestOf(pem: string): Buffer {
  try {
    const { der } = readSinglePem(pem);
    if (der.length <= MAX_REQUEST_BYTES) return der;
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
  }
  throw new BadRecoveryRequest(new CertificateRefused('pem', 'Error while decoding pem block.').message);
}
