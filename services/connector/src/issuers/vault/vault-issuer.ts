import { writePem } from '@binnacle/pki/pem';
import { IssuerUnavailable } from '../certificate-issuer.ts';
import type { ForeignAuthority } from '../foreign-issuer.ts';
import type { IssuerHttp } from '../issuer-http.ts';

export interface VaultOptions {
  /** Sends the token: header `X-Vault-Token`. */
  readonly http: IssuerHttp;
  /** Where the PKI secrets engine is mounted, such as `pki`. */
  readonly mount: string;
  /** A role that fixes the subject (`country`, `province`, `locality`, `organization`, `ou`), allows URI names and forbids everything else. */
  readonly role: string;
}

/** The PKI secrets engine of Vault or OpenBao (`POST /v1/<mount>/sign/<role>`). */
export function createVault({ http, mount, role }: VaultOptions): ForeignAuthority {
  return {
    kind: 'vault',
    async chain() {
      return pemOf((await dataOf(http.ask('GET', `/v1/${mount}/cert/ca_chain`)))['certificate']);
    },
    async sign({ request, clientId, uri }, notAfter) {
      const answer = await dataOf(
        http.ask('POST', `/v1/${mount}/sign/${role}`, {
          csr: writePem('CERTIFICATE REQUEST', request.der),
          common_name: clientId,
          uri_sans: uri,
          exclude_cn_from_sans: true,
          not_after: notAfter.toISOString(),
          format: 'pem',
        }),
      );
      return pemOf(answer['certificate']);
    },
  };
}

async function dataOf(answer: Promise<Readonly<Record<string, unknown>>>): Promise<Readonly<Record<string, unknown>>> {
  const { data } = await answer;
  if (typeof data !== 'object' || data === null) throw new IssuerUnavailable('the issuer answered without data');
  return data as Record<string, unknown>;
}

function pemOf(value: unknown): string {
  if (typeof value !== 'string' || !value.includes('BEGIN CERTIFICATE')) throw new IssuerUnavailable('the issuer answered without a certificate');
  return value;
}
