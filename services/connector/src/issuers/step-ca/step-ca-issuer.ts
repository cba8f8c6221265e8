import { writePem } from '@binnacle/pki/pem';
import { type SubjectSettings, subjectName } from '@binnacle/pki/subject';
import { typeOid } from '@binnacle/pki/distinguished-name';
import { IssuerUnavailable } from '../certificate-issuer.ts';
import type { ForeignAuthority } from '../foreign-issuer.ts';
import type { IssuerHttp } from '../issuer-http.ts';
import { type ProvisionerKey, provisionerToken } from './provisioner-token.ts';

export interface StepCaOptions {
  readonly http: IssuerHttp;
  readonly url: string;
  /** Name of a JWK provisioner whose certificate template is `certificate.tpl`: the default one drops parts of the subject. */
  readonly provisioner: string;
  readonly key: ProvisionerKey;
  readonly subject: SubjectSettings;
  readonly now: () => Date;
}

const CLOCKS_BEHIND_MS = 60_000;

/** step-ca over its own API (`POST /1.0/sign`): one provisioner token for each certificate. */
export function createStepCa({ http, url, provisioner, key, subject, now }: StepCaOptions): ForeignAuthority {
  return {
    kind: 'step-ca',
    async chain() {
      const [between, roots] = await Promise.all([http.ask('GET', '/1.0/intermediates'), http.ask('GET', '/1.0/roots')]);
      return [...texts(between['crts']), ...texts(roots['crts'])].join('\n');
    },
    async sign({ request, clientId, uri }, notAfter) {
      const names = subjectName(subject, clientId)
        .flat()
        .flatMap((part) => ('value' in part ? [{ type: typeOid(part.type), value: part.value }] : []));
      const ott = provisionerToken(key, { provisioner, url, subject: clientId, certificate: { uri, subject: names } }, now());
      const answer = await http.ask('POST', '/1.0/sign', {
        csr: writePem('CERTIFICATE REQUEST', request.der),
        ott,
        notBefore: new Date(now().getTime() - CLOCKS_BEHIND_MS).toISOString(),
        notAfter: notAfter.toISOString(),
      });
      return texts([answer['crt']]).join('\n');
    },
  };
}

function texts(values: unknown): readonly string[] {
  if (!Array.isArray(values) || values.some((value) => typeof value !== 'string')) throw new IssuerUnavailable('step-ca answered without certificates');
  return values as string[];
}
