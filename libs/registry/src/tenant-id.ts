import { DomainError } from '@binnacle/errors/domain-error';

/** The internal id of a tenant. Only `tenantId` makes one, so a bare string does not pass as a tenant. */
export type TenantId = string & { readonly __brand: 'TenantId' };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text has the form of a UUID, which every id of ours has. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** @throws DomainError TenantRequired when the text cannot be an internal tenant id */
export function tenantId(text: string): TenantId {
  if (!isUuid(text)) throw new DomainError('TenantRequired');
  return text as TenantId; // the brand's only source
}
