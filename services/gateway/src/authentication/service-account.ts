import { SERVICE_AUDIENCE } from '@binnacle/internal-token/service-token';
import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { unauthorized } from '../refusal.ts';
import type { Authenticator } from './authenticate.ts';
import { bearerToken, unverifiedIssuer } from './bearer-token.ts';
import { internalComponent, internalTenant } from './internal-component.ts';

export interface ServiceAccountOptions {
  /** Whom the cluster's tokens say they are from. */
  readonly issuer: string;
  /** The cluster's keys. */
  readonly findKey: JWTVerifyGetKey;
  /** Accounts that are services of this installation: `system:serviceaccount:<namespace>:<name>`. */
  readonly accounts: readonly string[];
}

/**
 * A service of ours in the cluster, with the token of its service account that was made for the Gateway.
 * @throws GatewayRefusal 401 for a token that is not accepted, 400 for a tenant that is no internal id
 */
export function serviceAccount({ issuer, findKey, accounts }: ServiceAccountOptions): Authenticator {
  return ({ headers, route }) => {
    const token = bearerToken(headers);
    if (token === undefined || unverifiedIssuer(token) !== issuer) return undefined;
    return async () => {
      const tenant = internalTenant(headers);
      const subject = await subjectOf(token);
      if (subject === undefined || !accounts.includes(subject)) throw unauthorized(route.errorStyle);
      return internalComponent(subject, tenant);
    };
  };

  async function subjectOf(token: string): Promise<string | undefined> {
    try {
      const { payload } = await jwtVerify(token, findKey, {
        issuer,
        audience: SERVICE_AUDIENCE,
        algorithms: ['RS256', 'ES256'],
        clockTolerance: 60,
        requiredClaims: ['exp', 'sub'],
      });
      return payload.sub;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}
