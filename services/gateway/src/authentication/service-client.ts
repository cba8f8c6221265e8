import { SERVICE_AUDIENCE } from '@binnacle/internal-token/service-token';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import { unauthorized } from '../refusal.ts';
import type { Authenticator } from './authenticate.ts';
import { bearerToken, unverifiedIssuer } from './bearer-token.ts';
import { internalComponent, internalTenant } from './internal-component.ts';

/** Public keys of the services that may use the internal listener, by the name they put into `iss`. */
export type ServiceClients = Readonly<Record<string, JSONWebKeySet>>;

const clientsFile = z.record(
  z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
  z.object({ keys: z.array(z.looseObject({ kty: z.enum(['EC', 'RSA', 'OKP']) })).min(1) }),
);

const ALGORITHMS = ['ES256', 'RS256', 'EdDSA'];
/** A token that lives longer is a password. */
const MAX_AGE_SECONDS = 600;

/** Reads `{"connector": {"keys": [...]}, ...}`. @throws Error when the file holds anything else */
export function parseServiceClients(file: Buffer): ServiceClients {
  return clientsFile.parse(JSON.parse(file.toString('utf8'))) as ServiceClients;
}

/**
 * A service of ours with a token of its own key. Its rights are fixed, and the tenant is whichever internal id it names.
 * @throws GatewayRefusal 401 for a token that is not accepted, 400 for a tenant that is no internal id
 */
export function serviceClient(clients: ServiceClients): Authenticator {
  const keys = new Map<string, JWTVerifyGetKey>(Object.entries(clients).map(([name, set]) => [name, createLocalJWKSet(set)]));
  return ({ headers, route }) => {
    const token = bearerToken(headers);
    const name = token === undefined ? undefined : unverifiedIssuer(token);
    const key = name === undefined ? undefined : keys.get(name);
    if (token === undefined || name === undefined || key === undefined) return undefined;
    return async () => {
      const tenant = internalTenant(headers);
      try {
        await jwtVerify(token, key, {
          issuer: name,
          audience: SERVICE_AUDIENCE,
          algorithms: ALGORITHMS,
          clockTolerance: 60,
          maxTokenAge: MAX_AGE_SECONDS,
          requiredClaims: ['exp', 'sub'],
        });
      } catch (error) {
        if (error instanceof errors.JOSEError) throw unauthorized(route.errorStyle);
        throw error;
      }
      return internalComponent(name, tenant);
    };
  };
}
