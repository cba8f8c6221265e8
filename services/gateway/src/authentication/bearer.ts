import { malformed, unauthorized } from '../refusal.ts';
import type { Authenticate, Credentials } from './authenticate.ts';

const TENANT = /^[A-Za-z0-9._-]{1,255}$/;

/** What a call with a bearer token shows. */
export interface BearerCredentials {
  readonly token: string;
  /** External id of the tenant the call is for. */
  readonly tenant: string | undefined;
}

/**
 * The token and the tenant that the header names; an empty header names none.
 * @throws GatewayRefusal 401 without a bearer token, 400 for a malformed tenant header
 */
export function readBearer({ headers: { authorization, tenant }, route }: Credentials): BearerCredentials {
  const token = /^Bearer ([\w~+/.=-]+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) throw unauthorized(route.errorStyle);
  if (tenant !== undefined && tenant !== '' && !TENANT.test(tenant))
    throw malformed('the header Tenant must be one external tenant id of letters, digits, dots, dashes and underscores');
  return { token, tenant: tenant || undefined };
}

/**
 * Where both kinds of bearer tokens come in, the token itself chooses: a signed one is the OpenID provider's, any other one of an OAuth2 client.
 * @param signedByOthers issuer whose signed tokens are not OAuth2 clients' when another server makes such for them; undefined: all signed ones are its
 */
export function eitherBearer(signed: Authenticate, opaque: Authenticate, oidcIssuer: string | undefined): Authenticate {
  return (credentials) => {
    const claims = claimsOf(/^Bearer (\S+)$/i.exec(credentials.headers.authorization ?? '')?.[1] ?? '');
    const isSigned = claims !== undefined && (oidcIssuer === undefined || claims['iss'] === oidcIssuer);
    return isSigned ? signed(credentials) : opaque(credentials);
  };
}

/** Claims of what looks like a signed token; nothing is verified here. */
function claimsOf(token: string): Readonly<Record<string, unknown>> | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
