import type { ShapeRules } from '@binnacle/read-compiler/shape';
import { MASKED, NEVER, withToken } from './one-time-token.ts';

const serialised = (name: string) => (source: Readonly<Record<string, unknown>>) =>
  source[name] === undefined || source[name] === null ? null : JSON.stringify(source[name]);

const CREDENTIALS = { basic: 'BasicCredentialData', oauth: 'OAuthCredentialData', certificateOAuth: 'CertificateOAuthCredentialData' } as const;

/** A credential lies under the name of its kind; on the wire it is one of three types. */
const credential = (source: Readonly<Record<string, unknown>>): unknown => {
  const stored = source['credential'] as Readonly<Record<string, object>> | null | undefined;
  const [kind] = stored ? Object.entries(stored).filter(([, value]) => value) : [];
  return kind ? { ...kind[1], kind_: kind[0] } : null;
};

/** A stored token has no token: only the answer that mints one shows it. */
const tokenShown = (source: Readonly<Record<string, unknown>>): unknown => source['token'] ?? MASKED;
const usedAt = (source: Readonly<Record<string, unknown>>): unknown => source['usedAt'] ?? NEVER;

/** How opened auths are shown. */
export const authShape: ShapeRules = {
  computed: {
    'Auth.credential': credential,
    'Auth.certCommonName': (source) => source['certCommonName'] ?? '',
    'Auth.additionalHeadersSerialized': serialised('additionalHeaders'),
    'Auth.additionalQueryParamsSerialized': serialised('additionalQueryParams'),
    'OneTimeTokenForApplication.token': tokenShown,
    'OneTimeTokenForApplication.legacyConnectorURL': (source) =>
      source['token'] === undefined ? withToken(String(source['legacyConnectorURL'] ?? ''), MASKED) : source['legacyConnectorURL'],
    'OneTimeTokenForApplication.usedAt': usedAt,
    'OneTimeTokenForRuntime.token': tokenShown,
    'OneTimeTokenForRuntime.usedAt': usedAt,
    'CSRFTokenCredentialRequestAuth.credential': credential,
    'CSRFTokenCredentialRequestAuth.additionalHeadersSerialized': serialised('additionalHeaders'),
    'CSRFTokenCredentialRequestAuth.additionalQueryParamsSerialized': serialised('additionalQueryParams'),
  },
  typeOf: (abstractType, value) => {
    if (abstractType === 'CredentialData') return CREDENTIALS[value['kind_'] as keyof typeof CREDENTIALS];
    return value['type'] === 'Application' ? 'OneTimeTokenForApplication' : 'OneTimeTokenForRuntime';
  },
};
