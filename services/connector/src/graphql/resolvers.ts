import type { Caller } from '@binnacle/internal-token/caller';
import type { Configuration } from '../configuration/configuration.ts';
import type { CertificationResult } from '../signing/certification-result.ts';

/** What a resolver gets. */
export interface ConnectorContext {
  readonly caller: Caller;
  /** The client's `Idempotency-Key`. */
  readonly idempotencyKey: string | undefined;
  /** Names the call in logs and in the audit log. */
  readonly requestId: string | undefined;
}

/** The operations, wired in server.ts. */
export interface Operations {
  readonly configuration: (context: ConnectorContext) => Promise<Configuration>;
  readonly signCertificateSigningRequest: (csr: string, context: ConnectorContext) => Promise<CertificationResult>;
  readonly revokeCertificate: (context: ConnectorContext) => Promise<boolean>;
}

export interface Resolvers {
  readonly Query: { configuration(source: unknown, args: unknown, context: ConnectorContext): Promise<Configuration> };
  readonly Mutation: {
    signCertificateSigningRequest(source: unknown, args: { readonly csr: string }, context: ConnectorContext): Promise<CertificationResult>;
    revokeCertificate(source: unknown, args: unknown, context: ConnectorContext): Promise<boolean>;
  };
}

export function resolversOf(operations: Operations): Resolvers {
  return {
    Query: { configuration: (_source, _args, context) => operations.configuration(context) },
    Mutation: {
      signCertificateSigningRequest: (_source, { csr }, context) => operations.signCertificateSigningRequest(csr, context),
      revokeCertificate: (_source, _args, context) => operations.revokeCertificate(context),
    },
  };
}
