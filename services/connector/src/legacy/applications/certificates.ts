import { ConnectorError } from '../../connector-error.ts';
import type { CertificationResult } from '../../signing/certification-result.ts';
import { object, text, UnexpectedJson } from '../json-reader.ts';
import { LegacyRefusal } from '../refusal.ts';
import { refusalOfConnector } from '../refusal-of-connector.ts';

/** A certificate as legacy clients read it: base64 of PEM each. */
export interface LegacyCertificate {
  readonly crt: string;
  readonly clientCrt: string;
  readonly caCrt: string;
}

const readRequest = object({ csr: text });

/**
 * Signs the request in a body `{"csr": base64 of PEM}`; white space in it is no fault.
 * @throws LegacyRefusal with the text of the refusal behind `Failed to sign CSR: graphql: `
 */
export async function signLegacyRequest(sign: (csr: string) => Promise<CertificationResult>, body: string): Promise<LegacyCertificate> {
  const csr = csrOf(body).replaceAll(/\s/g, '');
  try {
    const { certificateChain, clientCertificate, caCertificate } = await sign(csr);
    return { crt: certificateChain, clientCrt: clientCertificate, caCrt: caCertificate };
  } catch (error) {
    throw error instanceof ConnectorError ? refusalOfConnector(error, 'Failed to sign CSR: graphql: ') : error;
  }
}

/** `%s` stands in the text that clients know. */
const NOT_READ = 'Failed to read certificate request: error while unmarshalling request body: %s: ';

function csrOf(body: string): string {
  try {
    return readRequest(JSON.parse(body) ?? {}, '').csr ?? '';
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof UnexpectedJson)) throw error;
    throw new LegacyRefusal(400, `${NOT_READ}${error.message}`, { cause: error });
  }
}
