import { CONSUMERS_WITH_CREDENTIALS, scopesOfConsumer } from '../authentication/consumer-scopes.ts';

/** The discovery document: of the provider's, only what is served here, with addresses that do not depend on how this server was called. */
export function describeServer(
  issuer: string,
  routes: { readonly token: string; readonly introspection: string; readonly revocation: string; readonly jwks: string },
  said: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const base = issuer.replace(/\/$/, '');
  const methods = said['token_endpoint_auth_methods_supported'];
  return {
    issuer,
    token_endpoint: `${base}${routes.token}`,
    introspection_endpoint: `${base}${routes.introspection}`,
    revocation_endpoint: `${base}${routes.revocation}`,
    jwks_uri: `${base}${routes.jwks}`,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    subject_types_supported: ['public'],
    scopes_supported: [...new Set(CONSUMERS_WITH_CREDENTIALS.flatMap(scopesOfConsumer))].sort(),
    token_endpoint_auth_methods_supported: methods,
    introspection_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_methods_supported: methods,
  };
}
