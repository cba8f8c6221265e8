import type { ConsumerType } from '@binnacle/internal-token/caller';
import type { Registry } from '@binnacle/registry/registry';
import { OWNER_KIND } from '@binnacle/registry/tables';

/** Whose certificate it is, as the record has it. */
export interface CertificateIdentity {
  readonly authId: string;
  readonly type: ConsumerType;
  /** Id of the Application, Runtime or Integration System. */
  readonly objectId: string;
  /** Of Applications and Runtimes; its internal id only while it is active. */
  readonly tenant: { readonly id: string | undefined; readonly externalId: string } | undefined;
  readonly issuerId: string;
  /** Seconds, by the database's clock. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly isRevoked: boolean;
  /** Whether it is known already that the identity has come with a certificate. */
  readonly hasShown: boolean;
  /** Hex, without zeros in front. */
  readonly serial: string;
}

/** An authority whose certificates are accepted. */
export interface TrustedIssuer {
  readonly id: string;
  readonly role: 'root' | 'intermediate';
  readonly certificatePem: string;
}

const TYPES: Readonly<Record<number, ConsumerType>> = {
  [OWNER_KIND.application]: 'Application',
  [OWNER_KIND.runtime]: 'Runtime',
  [OWNER_KIND.integration_system]: 'Integration System',
};

/** What the doors for certificates read. The keys of issuers are not among it. */
export function certificateRepository(registry: Pick<Registry, 'read'>) {
  return {
    /** @param fingerprint SHA-256 of the certificate, hex */
    async findIdentity(fingerprint: string): Promise<CertificateIdentity | undefined> {
      if (!/^[0-9a-f]{64}$/.test(fingerprint)) return undefined;
      const [row] = await registry.read({ name: 'gateway.certificate', text: IDENTITY, values: [fingerprint] }, 'global');
      return row && identityFrom(row);
    },

    /** Those that are not retired. */
    async trustedIssuers(): Promise<readonly TrustedIssuer[]> {
      const rows = await registry.read({ name: 'gateway.issuers', text: ISSUERS, values: [] }, 'global');
      return rows.map(([id, role, pem]) => ({ id: String(id), role: role === 'root' ? 'root' : 'intermediate', certificatePem: String(pem) }));
    },
  };
}

function identityFrom(row: readonly unknown[]): CertificateIdentity {
  const [authId, kind, objectId, issuerId, notBefore, notAfter, isRevoked, hasShown, serial, tenant, externalTenant] = row;
  return {
    authId: String(authId),
    type: TYPES[Number(kind)] ?? 'Application',
    objectId: String(objectId),
    tenant: typeof externalTenant === 'string' ? { id: typeof tenant === 'string' ? tenant : undefined, externalId: externalTenant } : undefined,
    issuerId: String(issuerId),
    notBefore: Number(notBefore),
    notAfter: Number(notAfter),
    isRevoked: isRevoked === true,
    hasShown: hasShown === true,
    serial: String(serial).replace(/^0+(?=.)/, ''),
  };
}

const IDENTITY = `/* gateway.certificate */
select auth.id, auth.ref_kind, auth.ref_id, c.issuer_id, extract(epoch from c.not_before), extract(epoch from c.not_after), c.revoked_at is not null,
  auth.cert_cn is not distinct from auth.id::text, encode(c.serial, 'hex'), case when tenant.status = 'active' then tenant.id end, tenant.external_id
from certificate c join system_auth auth on auth.id = c.auth_id left join tenant on tenant.id = auth.tenant_id
where c.fingerprint_sha256 = decode($1, 'hex')`;

const ISSUERS = `/* gateway.issuers */ select id, role, certificate_pem from issuer where state <> 'retired' order by id`;
