import { isUuid } from '@binnacle/read-compiler/compile-object';
import type { Arguments } from '@binnacle/read-compiler/declaration';

/** Ids of these names are UUIDs: anything else is the id of nothing. */
const UUID_ARGUMENTS = new Set(['id', 'runtimeID', 'appID', 'applicationTemplateID', 'objectID']);
const EXTERNAL_IDS = new Set(['tenantByExternalID']);

/** Whether an argument of a root field is an id that nothing can have, so that there is nothing to ask the database. */
export function namesNothing(root: string, args: Arguments): boolean {
  if (EXTERNAL_IDS.has(root)) return false;
  return Object.entries(args).some(([argument, value]) => UUID_ARGUMENTS.has(argument) && typeof value === 'string' && !isUuid(value));
}
