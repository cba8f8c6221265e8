import type { Caller } from '@binnacle/internal-token/caller';
import { log } from '@binnacle/log/log';
import { OID } from '@binnacle/pki/oids';
import { type Certificate, isInDate, issuerOf } from '@binnacle/pki/read-certificate';
import type { RevocationView } from '@binnacle/trust/revocations';
import type { Authenticator } from '../authentication/authenticate.ts';
import { scopesOfConsumer } from '../authentication/consumer-scopes.ts';
import { ownTenant, type Tenancy, tenantOfHeader } from '../authentication/tenancy.ts';
import { tenantHeader } from '../authentication/tenant-header.ts';
import type { ResolvedTenant, TenantResolver } from '../authentication/tenants.ts';
import { type AuthenticationFailure, GatewayRefusal, unauthorized, unavailable } from '../refusal.ts';
import { tryRead } from './certificate-door.ts';
import { externalClientId, type ExternalSubjectRule } from './external-subject.ts';
import type { ReadShownCertificate, ShownCertificate } from './shown-certificate.ts';
import type { SubjectMapping, SubjectMappings } from './subject-mappings.ts';
import { type ActingGrants, mayActFor, parseUserContext } from './user-context.ts';

export interface ForeignCertificateDoorOptions {
  readonly shown: ReadShownCertificate;
  /** External authorities: for certificates that a proxy passes on; those of connections are verified in the handshake. */
  readonly authorities: readonly Certificate[];
  readonly mappings: Pick<SubjectMappings, 'find'>;
  readonly rule: ExternalSubjectRule;
  readonly revocations: Pick<RevocationView, 'isRevoked' | 'ageMs'>;
  readonly maxRevocationAgeMs: number;
  readonly tenants: Pick<TenantResolver, 'resolve'>;
  readonly grants: ActingGrants;
  /** Refuses words on somebody's behalf without a grant, instead of passing them over. */
  readonly strict: boolean;
  readonly onUserContext: (outcome: 'granted' | 'refused') => void;
  readonly now: () => Date;
}

/** Whom a certificate of an external authority stands for. */
export interface ForeignIdentity {
  readonly clientId: string;
  readonly mapping: SubjectMapping | undefined;
}

export interface ForeignCertificateDoor {
  readonly authenticator: Authenticator;
  identify(shown: ShownCertificate): ForeignIdentity | AuthenticationFailure;
}

/** Longest chain that a proxy may pass on. */
const MAX_CHAIN = 5;

/** A client certificate of an external authority: its holder is what the mapping of its subject says, or the client of the external service. */
export function foreignCertificateDoor(options: ForeignCertificateDoorOptions): ForeignCertificateDoor {
  const { revocations, mappings, rule, tenants } = options;

  function identify(shown: ShownCertificate): ForeignIdentity | AuthenticationFailure {
    if (revocations.ageMs() > options.maxRevocationAgeMs) throw unavailable('Revocations cannot be read');
    if (revocations.isRevoked(shown.fingerprint)) return 'revoked certificate';
    if (shown.certificate && !isInDate(shown.certificate, options.now())) return 'expired certificate';
    if (shown.via === 'proxy' && shown.certificate && !(isForClients(shown.certificate) && isVouchedFor(shown.certificate, shown.chain, options)))
      return 'unknown certificate';
    const clientId = externalClientId(shown.subject, rule);
    const mapping = mappings.find(shown.subject);
    if (clientId === undefined && !mapping?.internalConsumerId) return 'unknown certificate';
    return { clientId: mapping?.internalConsumerId ?? clientId ?? '', mapping };
  }

  async function callerOf({ clientId, mapping }: ForeignIdentity, header: string | undefined): Promise<Caller> {
    const consumerType = mapping?.consumerType ?? 'External Certificate';
    const tenancy = mapping && mapping.levels.length > 0 ? await byLevel(mapping, header) : await ofClient(clientId, header);
    return {
      consumerId: clientId,
      consumerType,
      flow: 'Certificate',
      scopes: new Set(scopesOfConsumer(consumerType)),
      ...tenancy,
      onBehalfOf: '',
      region: '',
      subject: '',
    };
  }

  /** @throws GatewayRefusal 403 for a tenant of a type that the mapping does not allow */
  async function byLevel({ levels }: SubjectMapping, header: string | undefined): Promise<Tenancy> {
    if (header === undefined && !levels.includes('global')) throw forbidden('this certificate needs the header Tenant');
    const tenant = header === undefined ? undefined : await tenants.resolve(header);
    // One that is not known has no type; the service behind says that there is none.
    if (tenant && !levels.includes(tenant.type)) throw forbidden(`this certificate may not work in a tenant of the type ${tenant.type}`);
    return { tenant: tenant?.id, externalTenant: header };
  }

  async function ofClient(clientId: string, header: string | undefined): Promise<Tenancy> {
    const tenant: ResolvedTenant | undefined = /^[A-Za-z0-9._-]{1,255}$/.test(clientId) ? await tenants.resolve(clientId) : undefined;
    return ownTenant({ id: tenant?.id, externalId: clientId }, header);
  }

  /** On somebody's behalf only with a grant: the words are the caller's own. */
  async function onBehalf(caller: Caller, header: string | undefined): Promise<Caller> {
    if (header === undefined) return caller;
    const { clientId, tenant, userName } = parseUserContext(header);
    const granted = mayActFor(options.grants, caller.consumerId, tenant);
    options.onUserContext(granted ? 'granted' : 'refused');
    log().info({ consumer: caller.consumerId, tenant, granted }, 'a call on behalf of somebody');
    if (!granted && options.strict) throw forbidden('this certificate may not act for others');
    if (!granted) return caller;
    return { ...caller, ...(await tenantOfHeader(tenant, tenants)), flow: 'Consumer-Provider', onBehalfOf: clientId, subject: userName };
  }

  return {
    identify,
    authenticator: (call) => {
      const found = tryRead(options.shown, call);
      if (!found) return undefined;
      const { errorStyle } = call.route;
      return async () => {
        if (found === 'fault') throw unauthorized(errorStyle, 'forwarded certificate');
        const header = tenantHeader(call.headers);
        const identity = identify(found);
        if (typeof identity === 'string') throw unauthorized(errorStyle, identity);
        return onBehalf(await callerOf(identity, header), call.headers.userContext);
      };
    },
  };
}

const isForClients = ({ isAuthority, extendedKeyUsages }: Certificate): boolean =>
  !isAuthority && (extendedKeyUsages === undefined || extendedKeyUsages.includes(OID.clientAuth));

type Vouching = Pick<ForeignCertificateDoorOptions, 'authorities' | 'now'>;

/** Whether one of the authorities has issued it, perhaps through those that came with it. */
function isVouchedFor(certificate: Certificate, chain: readonly Certificate[], vouching: Vouching): boolean {
  if (issuerOf(certificate, vouching.authorities, vouching.now())) return true;
  if (chain.length > MAX_CHAIN) return false;
  const next = issuerOf(certificate, chain, vouching.now());
  return (
    next !== undefined &&
    isVouchedFor(
      next,
      chain.filter((other) => other !== next),
      vouching,
    )
  );
}

const forbidden = (message: string): GatewayRefusal => new GatewayRefusal(403, 'FORBIDDEN', message, { extensions: { error_code: 26, error: 'Unauthorized' } });
