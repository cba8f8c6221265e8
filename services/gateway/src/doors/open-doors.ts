import { certificatePem } from '@binnacle/pki/read-certificate';
import type { Registry } from '@binnacle/registry/registry';
import { startRevocationView } from '@binnacle/trust/revocations';
import type { UseRecorder } from '@binnacle/trust/use-recorder';
import type { Authenticators } from '../authentication/authenticate.ts';
import type { GroupNames } from '../authentication/scopes.ts';
import type { TenantResolver } from '../authentication/tenants.ts';
import { certificateDoor } from '../certificates/certificate-door.ts';
import { type CertificateWatch, watchCertificates } from '../certificates/certificate-watch.ts';
import { foreignCertificateDoor } from '../certificates/foreign-certificate-door.ts';
import { shownCertificates } from '../certificates/shown-certificate.ts';
import { followSubjectMappings } from '../certificates/subject-mappings.ts';
import { followTrustedIssuers, type TrustedIssuers } from '../certificates/trusted-issuers.ts';
import { createHydrator, type ServeHydrator } from '../hydrator/serve-hydrator.ts';
import { keepServerCertificate } from '../listener/keep-server-certificate.ts';
import type { Entrance } from '../listener/open-listener.ts';
import type { EntranceTls, TlsSource } from '../listener/tls.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { HOST_CLASSES, type HostClass } from '../routing/hosts.ts';
import { oneTimeTokens } from '../tokens/one-time-token.ts';
import type { DoorSettings } from './door-settings.ts';

export interface DoorOptions {
  readonly settings: DoorSettings;
  readonly registry: Registry;
  /** 32 bytes each, newest first. */
  readonly envelopeKeys: readonly Buffer[];
  readonly tenants: TenantResolver;
  readonly recorder: UseRecorder;
  readonly groups: GroupNames;
  /** Those of services, who may ask the hydrator. */
  readonly services: Authenticators;
  readonly metrics: Pick<GatewayMetrics, 'tokens' | 'userContexts'>;
  /** Seconds of the database's clock. */
  readonly nowSeconds: () => number;
}

export interface Doors {
  readonly authenticators: Authenticators;
  readonly certificates: CertificateWatch;
  readonly serveHydrator: ServeHydrator;
  /** Of the listener for TLS, and of the one for callers with certificates of ours; undefined without a certificate of the Gateway's own. */
  readonly entrances: { readonly tls: readonly [Entrance, ...Entrance[]]; readonly mtls: readonly [Entrance] } | undefined;
  /** To be called after whatever may have ended an identity. */
  readonly onChange: () => void;
  stop(): void;
}

const OWN: ReadonlySet<HostClass> = new Set<HostClass>(['cert', 'adapter-cert']);
const FOREIGN: ReadonlySet<HostClass> = new Set<HostClass>(['foreign']);

/** Opens the doors for client certificates and one-time tokens. @throws RegistryUnavailable when what they must know cannot be read */
export async function openDoors(options: DoorOptions): Promise<Doors> {
  const { settings, registry, tenants, recorder, metrics, nowSeconds } = options;
  const revocations = await startRevocationView(registry);
  const issuers = await followTrustedIssuers(registry);
  const mappings = await followSubjectMappings(registry, settings.subjectMappings);
  const now = (): Date => new Date(nowSeconds() * 1_000);
  const shown = shownCertificates({ proxyAuthorities: settings.proxyAuthorities, subjectOnly: settings.believeForwardedSubjects, now });
  const { maxRevocationAgeMs } = settings;
  const own = certificateDoor({ registry, shown, issuers, revocations, maxRevocationAgeMs, tenants, recorder, nowSeconds });
  const foreign = foreignCertificateDoor({
    shown,
    authorities: settings.externalAuthorities,
    mappings,
    rule: settings.externalRule,
    revocations,
    maxRevocationAgeMs,
    tenants,
    grants: settings.actingGrants,
    strict: settings.strict,
    onUserContext: (outcome) => metrics.userContexts.inc({ outcome }),
    now,
  });
  const tokens = oneTimeTokens({
    registry,
    envelopeKeys: options.envelopeKeys,
    tenants,
    recorder,
    refusalsPerMinute: settings.refusedTokensPerMinute,
    lifetimeSeconds: settings.tokenLifetimeSeconds,
    onOutcome: (event) => metrics.tokens.inc({ event }),
  });
  const { stop: stopEntrances, entrances } = openEntrances(settings, issuers);
  return {
    authenticators: { token: tokens.authenticator, certificate: own.authenticator, 'foreign-certificate': foreign.authenticator },
    certificates: watchCertificates(revocations),
    serveHydrator: createHydrator({
      registry,
      tenants,
      groups: options.groups,
      own,
      foreign: settings.externalAuthorities.length > 0 || settings.believeForwardedSubjects || settings.openHydrator ? foreign : undefined,
      revocations,
      subject: settings.subject,
      believeSubjects: settings.believeForwardedSubjects || settings.openHydrator,
      tokens,
      authenticators: options.services,
      certificateDataHeader: settings.certificateDataHeader,
    }),
    entrances,
    onChange: own.onChange,
    stop() {
      stopEntrances();
      own.stop();
      mappings.stop();
      issuers.stop();
      revocations.stop();
    },
  };
}

function openEntrances(settings: DoorSettings, issuers: TrustedIssuers): Pick<Doors, 'entrances' | 'stop'> {
  if (!settings.serverCertificate) return { entrances: undefined, stop: () => undefined };
  const server = keepServerCertificate(settings.serverCertificate);
  const source = (callers?: () => Pick<EntranceTls, 'callersFrom'>): TlsSource => ({
    current: () => ({ ...server.current(), ...callers?.() }),
    onChange(listener) {
      const stops = [server.onChange(listener), issuers.onChange(listener)];
      return () => stops.forEach((stop) => stop());
    },
  });
  const proxies = settings.proxyAuthorities.map(certificatePem);
  const ofOurs = source(() => ({ callersFrom: [...issuers.certificates(), ...proxies] }));
  const ofOthers = source(() => ({ callersFrom: [...settings.externalAuthorities.map(certificatePem), ...proxies] }));
  const others = HOST_CLASSES.filter((host) => !OWN.has(host) && !FOREIGN.has(host));
  return {
    entrances: {
      tls: [
        { hosts: new Set(others), tls: source() },
        { hosts: OWN, tls: ofOurs },
        { hosts: FOREIGN, tls: ofOthers },
      ],
      mtls: [{ hosts: OWN, tls: ofOurs }],
    },
    stop: server.stop,
  };
}
