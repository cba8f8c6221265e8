import { DomainError } from '@binnacle/errors/domain-error';
import type { TenantWork } from '@binnacle/registry/work';
import type { Answer, Call } from '../call.ts';
import { judgeOwner, requireId } from '../require-owner.ts';
import { applicationsOf } from './repository.ts';

/**
 * Removes an Application and answers it as it was.
 * @throws DomainError InvalidOperation while it is in a formation, its own ones by name
 */
export async function unregisterApplication(work: TenantWork, id: string, call: Call): Promise<Answer> {
  const applications = applicationsOf(work);
  const name = await requireApplication(work, id);
  const { formations, inAny } = await applications.memberships(id);
  if (formations.length > 0)
    throw new DomainError('InvalidOperation', { reason: `System ${name} is part of the following formations : ${formations.join(', ')}` });
  if (inAny) throw new DomainError('InvalidOperation', { reason: `System ${name} is part of a formation of another tenant` });
  const answer = await call.read(work, 'Application', id, { deleted: true });
  await applications.remove(id);
  return answer;
}

/**
 * Takes the credentials of an Application away and sets it back to INITIAL.
 * @throws DomainError InvalidOperation while it is in a formation together with a runtime
 */
export async function unpairApplication(work: TenantWork, id: string): Promise<void> {
  const applications = applicationsOf(work);
  const name = await requireApplication(work, id);
  const { formations, runtimes } = await applications.memberships(id);
  if (runtimes.length > 0) {
    throw new DomainError('InvalidOperation', {
      reason: `System ${name} is still used and cannot be deleted. Unassign the system from the following formations first: ${formations.join(', ')}. Then, unassign the system from the following runtimes, too: ${runtimes.join(', ')}`,
    });
  }
  await applications.unpair(id);
}

async function requireApplication(work: TenantWork, id: string): Promise<string> {
  requireId(id, 'id');
  const found = await applicationsOf(work).find(id);
  judgeOwner(found?.owner, 'application');
  return found?.name ?? '';
}
