import type { EnvReader } from '@binnacle/config/env-reader';
import { readSubjectSettings } from '@binnacle/pki/subject-settings';
import type { ConnectorSettings } from './connector.ts';

const DAY = 86_400;
const YEARS_OF_CA = 50;

/** Life of authorities and the kind of key they get when this installation makes them. */
export interface AuthoritySettings {
  readonly kind: 'rsa' | 'p256' | 'p384' | 'ed25519';
  readonly rootValiditySeconds: number;
  readonly intermediateValiditySeconds: number;
}

/** Settings that the service and the `pki` command share. */
export function readSettings(env: EnvReader): { readonly settings: ConnectorSettings; readonly authority: AuthoritySettings } {
  const subject = readSubjectSettings(env);
  const seconds = (name: string, fallback: number, max: number): number => env.int(name, { min: 60, max }, fallback);
  const directorUrl = env.url('CONNECTOR_DIRECTOR_URL', ['http', 'https']);
  const settings: ConnectorSettings = {
    subject,
    directorUrl,
    certificateSecuredConnectorUrl: env.url('CONNECTOR_CERTIFICATE_SECURED_URL', ['http', 'https']),
    publicUrl: env.url('CONNECTOR_PUBLIC_URL', ['http', 'https']),
    trustDomain: env.string('SPIFFE_TRUST_DOMAIN', { pattern: /^[a-z0-9._-]{1,255}$/, hint: 'a SPIFFE trust domain, such as example.com' }, 'binnacle.local'),
    validitySeconds: {
      Application: seconds('CONNECTOR_APPLICATION_CERTIFICATE_SECONDS', 90 * DAY, 825 * DAY),
      Runtime: seconds('CONNECTOR_RUNTIME_CERTIFICATE_SECONDS', 90 * DAY, 825 * DAY),
    },
    tokenLifetimeSeconds: {
      Application: seconds('ONE_TIME_TOKEN_APPLICATION_SECONDS', 300, DAY),
      Runtime: seconds('ONE_TIME_TOKEN_RUNTIME_SECONDS', 3_600, DAY),
    },
    unwantedExtensions: env.oneOf('CONNECTOR_UNWANTED_EXTENSIONS', ['refuse', 'ignore'], 'refuse'),
    keyMayBeShared: env.bool('CONNECTOR_SHARED_KEYS', false),
    signingLimits: {
      perIdentityAnHour: env.int('CONNECTOR_CERTIFICATES_PER_IDENTITY_AN_HOUR', { min: 1, max: 10_000_000 }, 10),
      perTenantAMinute: env.int('CONNECTOR_CERTIFICATES_PER_TENANT_A_MINUTE', { min: 1, max: 10_000_000 }, 600),
    },
    recoveryWindowSeconds: env.int('CONNECTOR_RECOVERY_WINDOW_SECONDS', { min: 0, max: 3_650 * DAY }, 90 * DAY),
    revocationListSeconds: seconds('CONNECTOR_CRL_SECONDS', DAY, 30 * DAY),
    introspection: env.bool('CONNECTOR_INTROSPECTION', true),
  };
  const authority: AuthoritySettings = {
    kind: env.oneOf('CONNECTOR_CA_KEY_KIND', ['p256', 'rsa', 'p384', 'ed25519'], 'p256'),
    rootValiditySeconds: seconds('CONNECTOR_ROOT_CA_SECONDS', 3_650 * DAY, YEARS_OF_CA * 366 * DAY),
    intermediateValiditySeconds: seconds('CONNECTOR_CA_SECONDS', 730 * DAY, YEARS_OF_CA * 366 * DAY),
  };
  const longest = Math.max(settings.validitySeconds.Application, settings.validitySeconds.Runtime);
  if (authority.intermediateValiditySeconds <= longest) env.problem('CONNECTOR_CA_SECONDS must be longer than the certificates that it signs');
  if (authority.rootValiditySeconds < authority.intermediateValiditySeconds)
    env.problem('CONNECTOR_ROOT_CA_SECONDS must not be shorter than CONNECTOR_CA_SECONDS');
  return { settings, authority };
}
