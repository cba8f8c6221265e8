import { DomainError } from '@binnacle/errors/domain-error';
import type { GlobalWork } from '@binnacle/registry/work';
import { type TenantRow, tenantsOf } from './repository.ts';
import { keptId, labelsOf, type TenantInput, withoutLeadingZeros } from './tenant.ts';

const TYPES = new Set(['unknown', 'customer', 'account', 'subaccount', 'organization', 'folder', 'resource-group', 'cost-object']);

/**
 * Writes tenants, new ones and changed ones, with their parents. Answers internal ids in the order given. The number of statements does
 * not depend on the number of tenants.
 * @throws DomainError InvalidData for an unknown type, a blank id or name, or a tenant that is given twice; NotFound for an unknown parent
 */
export async function writeTenants(
  work: GlobalWork,
  newId: () => string,
  inputs: readonly TenantInput[],
  known: ReadonlyMap<string, string> = new Map(),
): Promise<readonly string[]> {
  if (inputs.length === 0) return [];
  inputs.forEach(check);
  const tenants = tenantsOf(work);
  const own = inputs.map(keptId);
  if (new Set(own).size !== own.length) throw new DomainError('InvalidData', { reason: 'a tenant is given twice' });
  const parents = inputs.flatMap((input) => (input.parents ?? []).filter((parent) => parent !== null));
  const ids = new Map([...(await tenants.idsOf([...own, ...parents, ...parents.map(withoutLeadingZeros)])), ...known]);
  for (const external of own) if (!ids.has(external)) ids.set(external, newId());
  const rows = inputs.map(
    (input, index): TenantRow => ({
      id: ids.get(own[index] ?? '') ?? '',
      external_id: own[index] ?? '',
      name: input.name,
      type: input.type,
      provider: input.provider,
      labels: labelsOf(input),
      parents: (input.parents ?? []).filter((parent) => parent !== null).map((parent) => parentId(ids, parent)),
    }),
  );
  await tenants.write(rows);
  await tenants.settle(rows.map(({ id }) => id));
  return rows.map(({ id }) => id);
}

function parentId(ids: ReadonlyMap<string, string>, external: string): string {
  const id = ids.get(external) ?? ids.get(withoutLeadingZeros(external));
  if (id === undefined) throw new DomainError('NotFound', { ID: external, object: 'tenant' });
  return id;
}

function check(input: TenantInput): void {
  const faults: Record<string, string> = {};
  if (input.externalTenant.trim() === '') faults['externalTenant'] = 'cannot be blank';
  else if (input.externalTenant.length > 255) faults['externalTenant'] = 'the length must be no more than 255';
  if (input.name.trim() === '') faults['name'] = 'cannot be blank';
  else if (input.name.length > 255) faults['name'] = 'the length must be no more than 255';
  if (input.provider.length > 255) faults['provider'] = 'the length must be no more than 255';
  if (!TYPES.has(input.type)) faults['type'] = `must be one of ${[...TYPES].join(', ')}`;
  if (Object.keys(faults).length > 0) throw new DomainError('InvalidData', faults, { subject: 'BusinessTenantMappingInput' });
}
