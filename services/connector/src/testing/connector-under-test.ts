import { createHash, X509Certificate } from 'node:crypto';
import path from 'node:path';
import { createMetrics, type Metrics } from '@binnacle/http/admin-server';
import type { Caller, ConsumerType } from '@binnacle/internal-token/caller';
import { generateSigningKey, mintInternalToken } from '@binnacle/internal-token/mint';
import { createTokenVerifier, staticKeys } from '@binnacle/internal-token/verify';
import { startLog } from '@binnacle/log/log';
import { openRegistry, type Registry } from '@binnacle/registry/registry';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { createEnvelope } from '@binnacle/secrets/envelope';
import { createLandscape, type Landscape } from '@binnacle/testkit/landscape';
import { burnToken } from '@binnacle/trust/burn-token';
import { createDerivedTokens } from '@binnacle/trust/derived-token';
import { createKeyedHash } from '@binnacle/trust/keyed-hash';
import { mintToken } from '@binnacle/trust/mint-token';
import { addIdentity } from '@binnacle/trust/system-auths';
import type { Audit, SecurityEvent } from '../audit.ts';
import { createRegistryAudit } from '../registry-audit.ts';
import { type ConnectorOptions, type ConnectorSettings, startConnector } from '../connector.ts';
import { type Authorities, openAuthorities } from '../issuers/authorities.ts';
import { createBuiltInIssuer } from '../issuers/built-in-issuer.ts';
import { initAuthority } from '../issuers/init-authority.ts';
import type { AuthorityPlan } from '../issuers/make-authority.ts';
import { pkiUrls } from '../pki/pki-urls.ts';
import { keepRevocationLists, type RevocationLists } from '../revocation/revocation-lists.ts';

const ISSUER = 'test-gateway';
const DAY = 86_400;

// oxlint-disable-next-line typescript/no-explicit-any -- answers are as varied as the documents of the tests
type Json = any;

export interface Answer {
  readonly status: number;
  readonly data: Json;
  readonly errors: Json;
  readonly headers: Headers;
}

/** What a caller holds: as the Gateway would tell it. */
export type Credential =
  | { readonly kind: 'token'; readonly authId: string; readonly tokenId?: string }
  | { readonly kind: 'certificate'; readonly authId: string; readonly fingerprint: string; readonly serial: string };

export interface CallOptions {
  readonly tenant?: string | undefined;
  readonly consumerType?: ConsumerType;
  readonly consumerId?: string;
  readonly scopes?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ConnectorUnderTest {
  readonly url: string;
  readonly scene: Landscape;
  readonly registry: Registry;
  readonly authorities: Authorities;
  readonly lists: RevocationLists;
  readonly settings: ConnectorSettings;
  readonly plan: AuthorityPlan;
  readonly audit: Audit;
  readonly events: SecurityEvent[];
  readonly metrics: Metrics;
  /** Time as the Connector sees it; what a test adds to it. */
  shift(ms: number): void;
  now(): Date;
  /** With a reason, events cannot be stored. */
  failAudit(reason: string | undefined): void;
  /** A new identity of the scene's application or runtime. */
  identity(kind?: 'Application' | 'Runtime'): Promise<string>;
  /** Mints a token for the identity, spends it as the Gateway does, and answers what the Connector is told. */
  spentToken(authId: string): Promise<Credential>;
  /** Spends a token that somebody was given, as the Gateway does. */
  spend(token: string): Promise<Credential>;
  internalToken(credential: Credential | undefined, options?: CallOptions): string;
  call(credential: Credential | undefined, query: string, options?: CallOptions): Promise<Answer>;
  /** Makes the identity's first certificate from a request (base64 of PEM). */
  sign(credential: Credential, csr: string, options?: CallOptions): Promise<Answer>;
  stop(): Promise<void>;
}

/** Documents as existing clients send them: anonymous, aliased, arguments written into them, empty argument lists. */
export const CONFIGURATION = `query {
  result: configuration() {
    token { token }
    certificateSigningRequestInfo { subject keyAlgorithm }
    managementPlaneInfo { directorURL certificateSecuredConnectorURL }
  }
}`;
export const REVOKE = 'mutation { result: revokeCertificate }';
export const signDocument = (csr: string): string =>
  `mutation { result: signCertificateSigningRequest(csr: "${csr}") { certificateChain caCertificate clientCertificate } }`;

export const TEST_SETTINGS: ConnectorSettings = {
  subject: { country: 'PL', organization: 'Org', organizationalUnit: 'OrgUnit', locality: 'Locality', province: 'State' },
  trustDomain: 'binnacle.test',
  validitySeconds: { Application: 90 * DAY, Runtime: 90 * DAY },
  tokenLifetimeSeconds: { Application: 300, Runtime: 3_600 },
  unwantedExtensions: 'refuse',
  keyMayBeShared: false,
  signingLimits: { perIdentityAnHour: 10_000, perTenantAMinute: 100_000 },
  directorUrl: 'https://gateway-mtls.test/director/graphql',
  certificateSecuredConnectorUrl: 'https://gateway-mtls.test/connector/graphql',
  publicUrl: 'http://gateway.test',
  recoveryWindowSeconds: 90 * DAY,
  revocationListSeconds: DAY,
  introspection: true,
};

/** @param legacyOf what the older REST API needs in this landscape; left out: it is not served */
export async function startConnectorUnderTest(
  changes: Partial<ConnectorSettings> = {},
  legacyOf?: (scene: Landscape) => Promise<NonNullable<ConnectorOptions['legacy']>>,
): Promise<ConnectorUnderTest> {
  // What reaches the log at this level is a fault; the test that caused it shows it.
  startLog({ service: 'connector', level: 'error' });
  const scene = await createLandscape();
  const settings = { ...TEST_SETTINGS, ...changes };
  const registry = openRegistry({ url: scene.database.connectorUrl, applicationName: 'connector under test', poolSize: 20 });
  const director = openRegistry({ url: scene.database.directorUrl, applicationName: 'director', poolSize: 2 });
  const gateway = openRegistry({ url: scene.database.gatewayUrl, applicationName: 'gateway', poolSize: 5 });
  const key = generateSigningKey();
  const nowSeconds = (): number => Math.floor(Date.now() / 1000);
  const envelope = createEnvelope([scene.key]);
  let shiftMs = 0;
  let auditFault: string | undefined;
  const now = (): Date => new Date(Date.now() + shiftMs);
  const urls = pkiUrls(settings.publicUrl);
  const plan: AuthorityPlan = {
    envelope,
    newId: newUuidV7,
    kind: 'p256',
    subject: settings.subject,
    rootValiditySeconds: 3_650 * DAY,
    intermediateValiditySeconds: 730 * DAY,
    trustDomain: settings.trustDomain,
    urlsOf: urls.publishedBy,
  };
  await initAuthority(registry, plan, now());
  const authorities = await openAuthorities({ registry, envelope, keyFiles: undefined, now });
  const lists = await keepRevocationLists({ registry, authorities, deltaUrlOf: urls.deltaCrl, lifeSeconds: settings.revocationListSeconds, now });
  const registryAudit = createRegistryAudit(registry, newUuidV7);
  const events: SecurityEvent[] = [];
  const audit: Audit = {
    async record(event, work) {
      if (auditFault !== undefined) throw new Error(auditFault);
      await registryAudit.record(event, work);
      if (work) work.afterCommit(() => void events.push(event));
      else events.push(event);
    },
  };
  const metrics = createMetrics('connector');
  const legacy = await legacyOf?.(scene);
  const connector = await startConnector({
    host: '127.0.0.1',
    port: 0,
    schemaFolder: path.resolve(import.meta.dirname, '../../../../schema/connector'),
    settings,
    registry,
    envelopeKeys: [scene.key],
    authorities,
    issuer: createBuiltInIssuer(authorities, settings.subject, urls.publishedBy),
    lists,
    verifier: createTokenVerifier({ keys: staticKeys([key.publicJwk]), issuer: ISSUER, audience: 'connector', nowSeconds }),
    audit,
    metrics,
    ...(legacy ? { legacy } : {}),
    now,
  });
  const url = `http://127.0.0.1:${connector.port}`;
  const hashes = createKeyedHash([scene.key], 'one-time-token');
  const under: ConnectorUnderTest = {
    url,
    scene,
    registry,
    authorities,
    lists,
    settings,
    plan,
    audit,
    events,
    metrics,
    now,
    failAudit: (reason) => void (auditFault = reason),
    shift: (ms) => void (shiftMs += ms),
    async identity(kind = 'Application') {
      const id = newUuidV7();
      await director.asTenant(scene.tenant, (work) => addIdentity(work, { id, kind, objectId: kind === 'Application' ? scene.application : scene.runtime }));
      return id;
    },
    async spentToken(authId) {
      const minted = await director.asTenant(scene.tenant, (work) => mintToken(work, hashes, { authId, lifetimeSeconds: settings.tokenLifetimeSeconds }));
      if (!minted) throw new Error('no token was minted');
      return under.spend(minted.token);
    },
    async spend(token) {
      const derived = { tokens: createDerivedTokens([scene.key]), lifetimeSeconds: settings.tokenLifetimeSeconds };
      const outcome = await gateway.asGlobal('burn', (work) => burnToken(work, hashes, { token, use: 'other', derived }));
      if (outcome.kind !== 'burned') throw new Error(`the token was refused: ${JSON.stringify(outcome)}`);
      return { kind: 'token', authId: outcome.identity.authId, tokenId: outcome.identity.tokenId };
    },
    internalToken(credential, options = {}) {
      const caller: Caller = {
        consumerId: options.consumerId ?? scene.application,
        consumerType: options.consumerType ?? 'Application',
        flow: credential === undefined ? 'JWT' : credential.kind === 'token' ? 'OneTimeToken' : 'Certificate',
        scopes: new Set(options.scopes),
        tenant: 'tenant' in options ? options.tenant : scene.tenant,
        externalTenant: 'acme',
        onBehalfOf: '',
        region: '',
        subject: '',
        ...(credential ? { systemAuthId: credential.authId } : {}),
        ...(credential?.kind === 'token' && credential.tokenId ? { oneTimeTokenId: credential.tokenId } : {}),
        ...(credential?.kind === 'certificate' ? { certificate: { fingerprint: credential.fingerprint, serial: credential.serial } } : {}),
      };
      return mintInternalToken(key, caller, ISSUER, 'connector', nowSeconds());
    },
    async call(credential, query, options = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          accept: 'application/json; charset=utf-8',
          authorization: `Bearer ${under.internalToken(credential, options)}`,
          ...options.headers,
        },
        body: JSON.stringify({ query, variables: null }),
      });
      const { data, errors } = JSON.parse(await response.text()) as { data: Json; errors: Json };
      return { status: response.status, data, errors, headers: response.headers };
    },
    sign: (credential, csr, options) => under.call(credential, signDocument(csr), options),
    async stop() {
      await connector.close();
      lists.stop();
      authorities.stop();
      await Promise.all([registry.close(), director.close(), gateway.close()]);
      await scene.database.drop();
    },
  };
  return under;
}

/** The credential that a certificate of an answer is, as the Gateway would tell it. */
export function credentialOf(clientCertificate: string, authId: string): Credential {
  const certificate = new X509Certificate(Buffer.from(clientCertificate, 'base64').toString());
  const fingerprint = createHash('sha256').update(certificate.raw).digest('hex');
  return { kind: 'certificate', authId, fingerprint, serial: certificate.serialNumber.toLowerCase() };
}
