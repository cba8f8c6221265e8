import type { Caller, ConsumerType } from '@binnacle/internal-token/caller';
import { callerClaims } from '@binnacle/internal-token/mint';
import type { Registry } from '@binnacle/registry/registry';
import { findIdentity } from '@binnacle/trust/system-auths';
import { scopesOfConsumer } from '../authentication/consumer-scopes.ts';
import { type GroupNames, scopesOfGroups } from '../authentication/scopes.ts';
import { ownTenant, tenantOfHeader } from '../authentication/tenancy.ts';
import type { TenantResolver } from '../authentication/tenants.ts';
import type { Envelope } from './envelope.ts';

export interface MapTenantOptions {
  readonly registry: Registry;
  readonly tenants: Pick<TenantResolver, 'resolve' | 'externalIdOf'>;
  readonly groups: GroupNames;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : text(value) === '' ? [] : [text(value)];

/** Fills in who an edge's caller is and what it may do; undefined when that cannot be told. */
export async function mapTenant(options: MapTenantOptions, given: Envelope, header: string | undefined): Promise<Envelope | undefined> {
  const tenant = given.header?.['Tenant']?.[0] || text(given.extra?.['tenant']) || header || undefined;
  const caller = await callerOf(options, given, tenant);
  if (!caller) return undefined;
  const { consumerID, consumerType, flow, onBehalfOf, region, scopes, tenant: tenants, tokenClientID } = callerClaims(caller);
  return { ...given, extra: { ...given.extra, consumerID, consumerType, flow, onBehalfOf, region, scope: scopes, tenant: tenants, tokenClientID } };
}

async function callerOf(options: MapTenantOptions, { subject, extra, header }: Envelope, tenant: string | undefined): Promise<Caller | undefined> {
  const nobody = { onBehalfOf: '', region: '', subject: '' };
  const name = text(extra?.['name']);
  if (name !== '') {
    const scopes = scopesOfGroups(texts(extra?.['groups']), options.groups);
    return { consumerId: name, consumerType: 'Static User', flow: 'JWT', scopes, ...(await tenantOfHeader(tenant, options.tenants)), ...nobody, subject };
  }
  const [byCertificate, byToken] = [header?.['Client-Id-From-Certificate']?.[0], header?.['Client-Id-From-Token']?.[0]];
  const external = header?.['Client-Certificate-Issuer']?.[0] === 'certificate-service';
  if (byCertificate !== undefined && external) return externalCaller(options, byCertificate, extra, tenant);
  const flow = byCertificate !== undefined ? 'Certificate' : byToken !== undefined ? 'OneTimeToken' : 'OAuth2';
  const authId = byCertificate ?? byToken ?? text(extra?.['client_id']);
  const identity = await findIdentity(options.registry, authId);
  if (!identity) return undefined;
  const externalId = identity.tenant === undefined ? undefined : await options.tenants.externalIdOf(identity.tenant);
  const own = identity.tenant === undefined || externalId === undefined ? undefined : { id: identity.tenant, externalId };
  const tenancy = identity.kind === 'Integration System' ? await tenantOfHeader(tenant, options.tenants) : ownTenant(own, tenant);
  const asked = flow === 'OAuth2' ? text(extra?.['scope']).split(' ').filter(Boolean) : [];
  const scopes = new Set(asked.length > 0 ? asked : flow === 'OAuth2' && identity.oauthScopes ? identity.oauthScopes : scopesOfConsumer(identity.kind));
  return { consumerId: identity.objectId, consumerType: identity.kind, flow, scopes, ...tenancy, ...nobody };
}

async function externalCaller(options: MapTenantOptions, clientId: string, extra: Envelope['extra'], tenant: string | undefined): Promise<Caller | undefined> {
  const consumerType = (text(extra?.['consumer_type']) || 'External Certificate') as ConsumerType; // of our own mapping, read a moment before
  const levels = texts(extra?.['tenant_access_levels']);
  const common = {
    consumerId: clientId,
    consumerType,
    flow: 'Certificate',
    scopes: new Set(scopesOfConsumer(consumerType)),
    onBehalfOf: '',
    region: '',
    subject: '',
  } as const;
  if (levels.length === 0) return { ...common, ...ownTenant({ id: (await options.tenants.resolve(clientId))?.id, externalId: clientId }, tenant) };
  if (tenant === undefined) return levels.includes('global') ? { ...common, tenant: undefined, externalTenant: undefined } : undefined;
  const resolved = await options.tenants.resolve(tenant);
  return resolved && !levels.includes(resolved.type) ? undefined : { ...common, tenant: resolved?.id, externalTenant: tenant };
}
