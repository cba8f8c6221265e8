import { DomainError } from '@binnacle/errors/domain-error';
import type { TenantWork } from '@binnacle/registry/work';
import { refuseUnavailable } from '../not-available.ts';
import { requireId } from '../require-owner.ts';
import { requireType } from './formation.ts';
import { formationsOf, type MemberKind } from './repository.ts';

const KINDS: Readonly<Record<string, MemberKind>> = { APPLICATION: 1, RUNTIME: 2 };

/**
 * Makes an Application or Runtime a member of a formation of the work's tenant. Doing it twice changes nothing. Answers the formation's id.
 * Statements: 3, whatever the number of members.
 * @throws DomainError NotFound for an unknown formation or object; InvalidOperation when its template does not take the object, or the object is being deleted
 */
export async function assignFormation(work: TenantWork, objectId: string, objectType: string, formationName: string): Promise<string> {
  const kind = kindOf(objectType);
  requireId(objectId, 'objectID');
  const formations = formationsOf(work);
  const formation = await formations.lock(formationName);
  const noun = kind === 1 ? 'application' : 'runtime';
  const candidate = await formations.candidate(kind, objectId);
  if (!candidate) throw new DomainError('NotFound', { object: noun });
  if (candidate.status === 'DELETING') throw new DomainError('InvalidOperation', { reason: `the ${noun} is being deleted` });
  requireType(noun, candidate.type, formation, kind === 1 ? formation.applicationTypes : formation.runtimeTypes);
  await formations.assign(formation, kind, objectId);
  return formation.id;
}

/** Takes an object out of a formation; one that is not in it, or was put in automatically, is left alone. Answers the formation's id. */
export async function unassignFormation(work: TenantWork, objectId: string, objectType: string, formationName: string): Promise<string> {
  kindOf(objectType);
  requireId(objectId, 'objectID');
  const formation = await formationsOf(work).lock(formationName);
  await formationsOf(work).unassign(formation.id, objectId);
  return formation.id;
}

function kindOf(objectType: string): MemberKind {
  const kind = KINDS[objectType];
  if (kind === undefined) refuseUnavailable(objectType, `objectType ${objectType}`);
  return kind ?? 1;
}
