import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import type { EnvReader } from '@binnacle/config/env-reader';
import { type Certificate, readCertificates } from '@binnacle/pki/read-certificate';
import type { SubjectSettings } from '@binnacle/pki/subject';
import { readSubjectSettings } from '@binnacle/pki/subject-settings';
import type { TokenLifetimes } from '@binnacle/trust/mint-token';
import type { ExternalSubjectRule } from '../certificates/external-subject.ts';
import { parseSubjectMappings, type SubjectMapping } from '../certificates/subject-mappings.ts';
import { type ActingGrants, parseActingGrants } from '../certificates/user-context.ts';
import type { ServerCertificateFiles } from '../listener/keep-server-certificate.ts';
import { type TrustedProxies, trustedProxies } from '../listener/trusted-proxies.ts';
import { boundTo, type HostTable, namedHosts } from '../routing/hosts.ts';

/** Settings of the doors for certificates and one-time tokens, and of the names under which the Gateway is called. */
export interface DoorSettings {
  /** Names that each listener serves. */
  readonly names: { readonly http: HostTable; readonly tls: HostTable; readonly mtls: HostTable };
  /** None: connections in clear only. */
  readonly serverCertificate: ServerCertificateFiles | undefined;
  readonly tlsPort: number;
  readonly mtlsPort: number;
  readonly redirectToPort: number | undefined;
  readonly proxies: TrustedProxies;
  readonly proxyAuthorities: readonly Certificate[];
  readonly believeForwardedSubjects: boolean;
  readonly externalAuthorities: readonly Certificate[];
  readonly externalRule: ExternalSubjectRule;
  readonly subjectMappings: ReadonlyMap<string, SubjectMapping>;
  readonly actingGrants: ActingGrants;
  readonly strict: boolean;
  readonly subject: SubjectSettings;
  readonly maxRevocationAgeMs: number;
  readonly refusedTokensPerMinute: number;
  readonly tokenLifetimeSeconds: TokenLifetimes;
  readonly openHydrator: boolean;
  readonly certificateDataHeader: string;
}

const DAY = 86_400;

/** Reads them; whatever is wrong becomes a problem of the reader. */
export function readDoorSettings(env: EnvReader): DoorSettings {
  const checked = <T>(name: string, fallback: T, read: () => T): T => {
    try {
      return read();
    } catch (error) {
      env.problem(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return fallback;
    }
  };
  const certificates = (name: string): readonly Certificate[] => {
    const file = env.optional(name);
    if (file === undefined) return [];
    return checked(name, [], () => {
      const found = readCertificates(readFileSync(file, 'utf8'));
      if (found.length === 0) throw new Error('the file holds no certificate');
      // Read once by the library that will verify with them.
      for (const { der } of found) new X509Certificate(der);
      return found;
    });
  };
  const domain = env.optional('GATEWAY_DOMAIN');
  const bare = env.list('GATEWAY_HOST_NAMES', []);
  const named = namedHosts({ domain, bare });
  const certificate = env.optional('GATEWAY_TLS_CERTIFICATE_FILE');
  const key = env.optional('GATEWAY_TLS_KEY_FILE');
  if ((certificate === undefined) !== (key === undefined)) env.problem('GATEWAY_TLS_CERTIFICATE_FILE and GATEWAY_TLS_KEY_FILE go together');
  const httpHosts = env.oneOf('GATEWAY_HTTP_HOSTS', ['any', 'named'], bare.length > 0 ? 'named' : 'any');
  const mtlsHosts = env.oneOf('GATEWAY_MTLS_HOSTS', ['any', 'named'], 'any');
  if ((httpHosts === 'named' || mtlsHosts === 'named') && named.names.size === 0)
    env.problem('names are told apart, so GATEWAY_DOMAIN or GATEWAY_HOST_NAMES must name some');
  const proxies = env.list('GATEWAY_TRUSTED_PROXIES', []);
  const grants = env.optionalFile('GATEWAY_ACTING_GRANTS_FILE');
  const mappings = env.string('APP_SUBJECT_CONSUMER_MAPPING_CONFIG', {}, '[]');
  const redirectToPort = env.int('GATEWAY_HTTPS_REDIRECT_PORT', { min: 0, max: 65_535 }, 0);
  return {
    names: {
      http: httpHosts === 'named' ? named : boundTo('bare'),
      tls: domain === undefined && bare.length === 0 ? boundTo('bare') : named,
      mtls: mtlsHosts === 'named' ? named : boundTo('cert'),
    },
    serverCertificate: certificate !== undefined && key !== undefined ? { certificate, key } : undefined,
    tlsPort: env.int('GATEWAY_TLS_PORT', { min: 1, max: 65_535 }, 8443),
    mtlsPort: env.int('GATEWAY_MTLS_PORT', { min: 1, max: 65_535 }, 8444),
    redirectToPort: redirectToPort === 0 ? undefined : redirectToPort,
    proxies: checked('GATEWAY_TRUSTED_PROXIES', trustedProxies([]), () => trustedProxies(proxies)),
    proxyAuthorities: certificates('GATEWAY_TRUSTED_PROXY_CA_FILE'),
    believeForwardedSubjects: env.bool('GATEWAY_XFCC_SUBJECT_ONLY', false),
    externalAuthorities: certificates('GATEWAY_EXTERNAL_CA_FILE'),
    externalRule: {
      country: env.string('EXTERNAL_ISSUER_SUBJECT_COUNTRY', {}, 'DE'),
      organization: env.string('EXTERNAL_ISSUER_SUBJECT_ORGANIZATION', {}, 'Org'),
      unitWords: [
        env.string('EXTERNAL_ISSUER_SUBJECT_ORGANIZATIONAL_UNIT_PATTERN', {}, 'OrgUnit'),
        env.string('EXTERNAL_ISSUER_SUBJECT_ORGANIZATIONAL_UNIT_REGION_PATTERN', {}, 'Region'),
      ],
    },
    subjectMappings: checked<ReadonlyMap<string, SubjectMapping>>('APP_SUBJECT_CONSUMER_MAPPING_CONFIG', new Map(), () => parseSubjectMappings(mappings)),
    actingGrants: checked('GATEWAY_ACTING_GRANTS_FILE', {}, () => (grants ? parseActingGrants(grants) : {})),
    strict: env.bool('GATEWAY_STRICT', false),
    subject: readSubjectSettings(env),
    maxRevocationAgeMs: env.int('GATEWAY_REVOCATIONS_MAX_AGE_SECONDS', { min: 5, max: 86_400 }, 30) * 1_000,
    refusedTokensPerMinute: env.int('GATEWAY_REFUSED_TOKENS_PER_MINUTE', { min: 1, max: 10_000_000 }, 60),
    tokenLifetimeSeconds: {
      Application: env.int('ONE_TIME_TOKEN_APPLICATION_SECONDS', { min: 10, max: DAY }, 300),
      Runtime: env.int('ONE_TIME_TOKEN_RUNTIME_SECONDS', { min: 10, max: DAY }, 3_600),
    },
    openHydrator: env.bool('GATEWAY_OPEN_HYDRATOR', false),
    certificateDataHeader: env
      .string('APP_CERTIFICATE_DATA_HEADER', { pattern: /^[A-Za-z][A-Za-z-]*$/, hint: 'the name of a header' }, 'Certificate-Data')
      .toLowerCase(),
  };
}
