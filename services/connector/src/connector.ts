import { hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Metrics } from '@binnacle/http/admin-server';
import type { TokenVerifier } from '@binnacle/internal-token/verify';
import { log } from '@binnacle/log/log';
import { type SubjectSettings, subjectText } from '@binnacle/pki/subject';
import type { Registry } from '@binnacle/registry/registry';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { createDerivedTokens } from '@binnacle/trust/derived-token';
import { createKeyedHash } from '@binnacle/trust/keyed-hash';
import type { TokenLifetimes } from '@binnacle/trust/mint-token';
import { startAlarms } from './alarms.ts';
import type { Audit } from './audit.ts';
import { createConfiguration } from './configuration/configuration.ts';
import { createReissueToken } from './configuration/reissue-token.ts';
import { createRenewAfter } from './configuration/renew-after.ts';
import { startApollo } from './graphql/apollo.ts';
import { type ConnectorContext, type Operations, resolversOf } from './graphql/resolvers.ts';
import { loadSchema } from './graphql/schema.ts';
import type { Authorities } from './issuers/authorities.ts';
import type { CertificateIssuer } from './issuers/certificate-issuer.ts';
import { spiffeIdOf } from './issuers/spiffe-id.ts';
import type { AdapterUrls } from './legacy/applications/infos.ts';
import type { DirectorClient } from './legacy/director-client.ts';
import { createOneAtATime } from './legacy/metadata/one-at-a-time.ts';
import { legacyRoutes } from './legacy/routes.ts';
import { connectorMetrics, measureAuthorities } from './metrics.ts';
import { authorityRoutes } from './pki/authority-routes.ts';
import { pkiUrls } from './pki/pki-urls.ts';
import { createPublicPaths } from './pki/public-paths.ts';
import { createChallenges } from './recovery/challenge.ts';
import type { RecoverOptions } from './recovery/recover.ts';
import { recoveryRoutes } from './recovery/recovery-routes.ts';
import type { RevocationLists } from './revocation/revocation-lists.ts';
import { revocationRoutes } from './revocation/revocation-routes.ts';
import { createRevokeCertificate } from './revocation/revoke-certificate.ts';
import { type RunningServer, startServer } from './server.ts';
import { algorithmOf, createIssueCertificate, type IssueCertificate } from './signing/issue-certificate.ts';
import { createSignCertificate } from './signing/sign-certificate.ts';
import { createSigningRate, type SigningLimits } from './signing/signing-rate.ts';
import { createTokenBuckets } from './token-buckets.ts';

/** What an installation decides about its certificates. */
export interface ConnectorSettings {
  readonly subject: SubjectSettings;
  readonly trustDomain: string;
  readonly validitySeconds: Readonly<Record<'Application' | 'Runtime', number>>;
  readonly tokenLifetimeSeconds: TokenLifetimes;
  readonly unwantedExtensions: 'refuse' | 'ignore';
  readonly keyMayBeShared: boolean;
  readonly signingLimits: SigningLimits;
  readonly directorUrl: string;
  readonly certificateSecuredConnectorUrl: string;
  /** Where `/v1/pki` is reached from outside. */
  readonly publicUrl: string;
  /** For how long after its end a certificate leads back in. */
  readonly recoveryWindowSeconds: number;
  /** Life of a revocation list. */
  readonly revocationListSeconds: number;
  readonly introspection: boolean;
}

export interface ConnectorOptions {
  readonly host: string;
  readonly port: number;
  readonly schemaFolder: string;
  readonly settings: ConnectorSettings;
  readonly registry: Registry;
  /** 32 bytes each, newest first. */
  readonly envelopeKeys: readonly Buffer[];
  readonly authorities: Authorities;
  readonly issuer: CertificateIssuer;
  readonly lists: RevocationLists;
  readonly verifier: TokenVerifier;
  readonly audit: Audit;
  /** What the older REST API needs; left out: it is not served. */
  readonly legacy?: { readonly urls: AdapterUrls; readonly director: DirectorClient };
  readonly metrics: Metrics;
  readonly now: () => Date;
}

/** Time to rotate an issuer before what it signs is cut short. */
const ISSUER_MARGIN_SECONDS = 30 * 86_400;

/** Wires the Connector and listens. */
export async function startConnector(options: ConnectorOptions): Promise<RunningServer> {
  const { settings, authorities, audit } = options;
  const metrics = connectorMetrics(options.metrics);
  measureAuthorities(metrics, options);
  const { Application, Runtime } = settings.validitySeconds;
  const alarms = startAlarms({ ...options, metrics, issuerWarningSeconds: Math.max(Application, Runtime) + ISSUER_MARGIN_SECONDS });
  const operations = measured(operationsOf(options, metrics), metrics);
  const schema = loadSchema(options.schemaFolder, resolversOf(operations));
  void alarms.look().catch((error: unknown) => log().warn({ err: error }, 'what ends soon could not be looked at'));
  const server = await startServer({
    host: options.host,
    port: options.port,
    verifier: options.verifier,
    apollo: await startApollo(schema, settings.introspection),
    publicPaths: createPublicPaths([
      ...authorityRoutes(authorities, pkiUrls(settings.publicUrl), readFileSync(path.join(options.schemaFolder, 'pki.openapi.json'), 'utf8')),
      ...revocationRoutes({ registry: options.registry, authorities, lists: options.lists, now: options.now }),
      ...recoveryRoutes(recoveryOf(options, metrics)),
    ]),
    legacy: options.legacy && legacyRoutes({ ...options.legacy, operations, oneAtATime: createOneAtATime(options.registry) }),
    onUnauthenticated: (reason, requestId) => audit.record({ action: 'call.unauthenticated', requestId, details: { reason } }),
  });
  return {
    ...server,
    async close() {
      alarms.stop();
      await server.close();
    },
  };
}

/** Tries to recover with one certificate in a minute. */
const RECOVERY_TRIES = 10;

function recoveryOf(options: ConnectorOptions, metrics: ConnectorCounters): RecoverOptions {
  const { settings, envelopeKeys, now } = options;
  return {
    ...options,
    subject: settings.subject,
    spiffeIdOf: spiffeIdOf.bind(undefined, settings.trustDomain),
    unwantedExtensions: settings.unwantedExtensions,
    issue: issueOf(options, metrics),
    challenges: createChallenges(envelopeKeys),
    attempts: createTokenBuckets(RECOVERY_TRIES, 60_000, () => now().getTime()),
    windowSeconds: settings.recoveryWindowSeconds,
    newId: newUuidV7,
    onRefused: (reason) => metrics.certificates.inc({ event: `recovery refused: ${reason}`, issuer: '', alg: '', via: 'recovery' }),
  };
}

/** Issuing as every door does it, counted. */
function issueOf({ registry, issuer, audit, settings, now }: ConnectorOptions, { certificates }: ConnectorCounters): IssueCertificate {
  const issue = createIssueCertificate({
    registry,
    issuer,
    audit,
    subject: settings.subject,
    spiffeIdOf: spiffeIdOf.bind(undefined, settings.trustDomain),
    validitySeconds: settings.validitySeconds,
    keyMayBeShared: settings.keyMayBeShared,
    newId: newUuidV7,
    now,
  });
  return async (order) => {
    const chain = await issue(order);
    certificates.inc({ event: 'issued', issuer: chain.issuerId, alg: algorithmOf(chain.certificate.publicKey), via: order.via });
    return chain;
  };
}

type ConnectorCounters = ReturnType<typeof connectorMetrics>;

function operationsOf(options: ConnectorOptions, metrics: ConnectorCounters): Operations {
  const { registry, settings, authorities, audit, envelopeKeys, now } = options;
  const hashes = createKeyedHash(envelopeKeys, 'one-time-token');
  const derived = createDerivedTokens(envelopeKeys);
  const spiffeId = spiffeIdOf.bind(undefined, settings.trustDomain);
  const reissue = createReissueToken({
    registry,
    hashes,
    repeatKey: derivedKey(envelopeKeys, 'repeated configuration'),
    lifetimeSeconds: settings.tokenLifetimeSeconds,
    audit,
  });
  return {
    configuration: createConfiguration({
      subjectOf: (authId) => subjectText(settings.subject, authId),
      directorUrl: settings.directorUrl,
      certificateSecuredConnectorUrl: settings.certificateSecuredConnectorUrl,
      reissueToken: async (identity, context) => {
        const token = await reissue(identity, context);
        metrics.tokens.inc(token === undefined ? { event: 'refused', reason: 'identity-gone' } : { event: 'minted', reason: 'configuration' });
        return token;
      },
      deriveToken: ({ authId, certificate }) => derived.derive({ authId, fingerprint: certificate.fingerprint }, now()),
      renewAfter: createRenewAfter(registry, now),
    }),
    signCertificateSigningRequest: createSignCertificate({
      registry,
      authorities,
      audit,
      subject: settings.subject,
      spiffeIdOf: spiffeId,
      unwantedExtensions: settings.unwantedExtensions,
      rate: createSigningRate(settings.signingLimits, () => now().getTime()),
      issue: issueOf(options, metrics),
      onRefused: (reason) => metrics.certificates.inc({ event: `refused: ${reason}`, issuer: '', alg: '', via: '' }),
    }),
    revokeCertificate: createRevokeCertificate({
      registry,
      audit,
      onRevoked: (issuerId) => metrics.certificates.inc({ event: 'revoked', issuer: issuerId, alg: '', via: 'holder' }),
    }),
  };
}

function derivedKey(envelopeKeys: readonly Buffer[], context: string): Buffer {
  const [newest] = envelopeKeys;
  if (!newest) throw new Error('the Connector needs an envelope key');
  return Buffer.from(hkdfSync('sha256', newest, '', `binnacle ${context}`, 32));
}

function measured(operations: Operations, { signSeconds }: ConnectorCounters): Operations {
  return {
    ...operations,
    async signCertificateSigningRequest(csr: string, context: ConnectorContext) {
      const stop = signSeconds.startTimer();
      const result = await operations.signCertificateSigningRequest(csr, context);
      stop();
      return result;
    },
  };
}
