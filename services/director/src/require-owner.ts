import { DomainError } from '@binnacle/errors/domain-error';
import { ACCESS_KIND, type RootTable } from '@binnacle/registry/tables';
import { isUuid } from '@binnacle/registry/tenant-id';
import type { TenantWork } from '@binnacle/registry/work';

const OBJECT: Readonly<Record<RootTable, string>> = { application: 'application', runtime: 'runtime', runtime_context: 'runtimeContext' };

/** @throws DomainError InvalidData when the id has not the form of one */
export function requireId(id: string, argument: string): void {
  if (!isUuid(id)) throw new DomainError('InvalidData', { [argument]: 'must be a UUID' });
}

/**
 * Checks that this tenant owns an object: needed for every change and every new child.
 * @throws DomainError NotFound when it does not see the object, whether there is one or not; Unauthorized when it sees it only
 */
export async function requireOwner(work: TenantWork, table: RootTable, id: string, argument = 'id'): Promise<void> {
  requireId(id, argument);
  const rows = await work.query<{ owner: boolean | null }>(
    'access.owner',
    'select bool_or(access.owner) as owner from access where access.tenant_id = $1 and access.kind = $2 and access.resource_id = $3',
    [ACCESS_KIND[table], id],
  );
  judgeOwner(rows[0]?.owner, OBJECT[table]);
}

/** What follows from an owner flag: undefined or null is "not visible". @throws DomainError NotFound, Unauthorized */
export function judgeOwner(owner: boolean | null | undefined, object: string): void {
  if (owner === null || owner === undefined) throw new DomainError('NotFound', { object });
  if (!owner) throw new DomainError('Unauthorized', { reason: 'Owner access is needed for resource modification' });
}
