import type { DirectorClient } from '../director-client.ts';
import { deleteBundle, writeIdentifiers } from './create-service.ts';
import { identifiersOf, type ServiceOwner } from './find-application.ts';
import type { OneAtATime } from './one-at-a-time.ts';
import { findService } from './read-service.ts';

/** Removes a service and sets its identifier free. @throws LegacyRefusal 404 when the Application has none with this id */
export async function deleteService(director: DirectorClient, oneAtATime: OneAtATime, owner: ServiceOwner, id: string): Promise<void> {
  const { bundle, identifiers } = await findService(director, owner, id);
  await deleteBundle(director, owner, bundle.id);
  if (!identifiers.has(bundle.id)) return;
  await oneAtATime(owner.applicationId, async () => {
    const now = await identifiersOf(director, owner);
    await writeIdentifiers(director, owner, new Map([...now].filter(([bundleId]) => bundleId !== bundle.id)));
  });
}
