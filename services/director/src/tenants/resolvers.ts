import { DomainError } from '@binnacle/errors/domain-error';
import { checkLabel } from '../labels/label-rules.ts';
import { type AnyMutation, globalMutation } from '../call.ts';
import type {
  MutationDeleteTenantsArgs,
  MutationSetTenantLabelArgs,
  MutationUpdateTenantArgs,
  MutationWriteTenantArgs,
  MutationWriteTenantsArgs,
} from '../generated/graphql.ts';
import { requireId } from '../require-owner.ts';
import { tenantsOf } from './repository.ts';
import { keptId } from './tenant.ts';
import { writeTenants } from './write-tenants.ts';

const REASON = 'tenants belong to no tenant';

export const tenantMutations: Readonly<Record<string, AnyMutation>> = {
  writeTenants: globalMutation<MutationWriteTenantsArgs>(REASON, async (work, { in: inputs }, call) =>
    call.value(await writeTenants(work, call.newId, inputs ?? [])),
  ),

  writeTenant: globalMutation<MutationWriteTenantArgs>(REASON, async (work, { in: input }, call) => {
    const [id] = await writeTenants(work, call.newId, [input]);
    return call.value(id);
  }),

  updateTenant: globalMutation<MutationUpdateTenantArgs>(REASON, async (work, { id, in: input }, call) => {
    requireId(id, 'id');
    const [found] = await work.query('tenants.find', 'select id from tenant where id = $1', [id]);
    if (!found) throw new DomainError('NotFound', { object: 'tenant' });
    await writeTenants(work, call.newId, [input], new Map([[keptId(input), id]]));
    return call.read(work, 'Tenant', id);
  }),

  deleteTenants: globalMutation<MutationDeleteTenantsArgs>(REASON, async (work, { in: externalIds }, call) => {
    await tenantsOf(work).remove(externalIds ?? []);
    return call.value((externalIds ?? []).length);
  }),

  setTenantLabel: globalMutation<MutationSetTenantLabelArgs>(REASON, async (work, { tenantID, key, value }, call) => {
    checkLabel(key, value);
    if (!(await tenantsOf(work).setLabel(tenantID, key, value))) throw new DomainError('NotFound', { object: 'tenant' });
    return call.value({ key, value });
  }),
};
