import type { Caller } from '@binnacle/internal-token/caller';
import { KEY_ALGORITHMS } from '@binnacle/pki/request-policy';
import { ConnectorError } from '../connector-error.ts';
import type { ConnectorContext } from '../graphql/resolvers.ts';
import { type CertificateIdentity, identityOf, type TokenIdentity } from '../identity/identity.ts';

/** What `configuration` answers. */
export interface Configuration {
  readonly token: { readonly token: string };
  readonly certificateSigningRequestInfo: { readonly subject: string; readonly keyAlgorithm: string; readonly keyAlgorithms: readonly string[] };
  readonly managementPlaneInfo: { readonly directorURL: string; readonly certificateSecuredConnectorURL: string };
  readonly renewAfter: string | null;
}

export interface ConfigurationOptions {
  /** The subject that a request of this identity must have. */
  readonly subjectOf: (authId: string) => string;
  readonly directorUrl: string;
  readonly certificateSecuredConnectorUrl: string;
  /** A new token on the identity; undefined when there is no such identity any more. */
  readonly reissueToken: (identity: TokenIdentity, context: ConnectorContext) => Promise<string | undefined>;
  /** A token that is written nowhere until it is spent. */
  readonly deriveToken: (identity: CertificateIdentity) => string;
  /** @throws ConnectorError when the certificate is not (or no longer) good for its holder */
  readonly renewAfter: (identity: CertificateIdentity) => Promise<Date>;
}

const NO_TOKEN = 'Failed to get one-time token during fetching configuration process: could not get one time token: ';

/**
 * Tells an identity how to get a certificate. A caller with a certificate costs no write, however often it asks.
 * `keyAlgorithm` never changes: clients compare it.
 */
export function createConfiguration(options: ConfigurationOptions): (context: ConnectorContext) => Promise<Configuration> {
  return async (context) => {
    const { caller } = context;
    const identity = identityOf(caller);
    requireTokenConsumer(caller);
    const renewAfter = identity.kind === 'certificate' ? await options.renewAfter(identity) : null;
    const token = identity.kind === 'certificate' ? options.deriveToken(identity) : await options.reissueToken(identity, context);
    if (token === undefined) throw new ConnectorError('TOKEN_NOT_ISSUED', `${NO_TOKEN}the identity ${identity.authId} does not exist any more`);
    return {
      token: { token },
      certificateSigningRequestInfo: { subject: options.subjectOf(identity.authId), keyAlgorithm: 'rsa2048', keyAlgorithms: KEY_ALGORITHMS },
      managementPlaneInfo: { directorURL: options.directorUrl, certificateSecuredConnectorURL: options.certificateSecuredConnectorUrl },
      renewAfter: renewAfter?.toISOString() ?? null,
    };
  };
}

function requireTokenConsumer({ tenant, consumerType }: Caller): void {
  if (tenant === undefined)
    throw new ConnectorError('TOKEN_NOT_ISSUED', `${NO_TOKEN}Failed to authenticate request, tenant not found: cannot read TenantKey key from context`);
  if (consumerType !== 'Application' && consumerType !== 'Runtime')
    throw new ConnectorError('TOKEN_NOT_ISSUED', `${NO_TOKEN}No token generation for consumer type ${consumerType}`);
}
