import { log } from '@binnacle/log/log';
import type { DirectorClient } from '../director-client.ts';
import { LegacyRefusal } from '../refusal.ts';
import { identifiersOf, type ServiceOwner } from './find-application.ts';
import { IDENTIFIERS_LABEL, type Identifiers, printIdentifiers } from './identifiers.ts';
import { listServices } from './list-services.ts';
import type { OneAtATime } from './one-at-a-time.ts';
import type { WantedService } from './read-input.ts';

/**
 * Makes a service and answers its id.
 * @throws LegacyRefusal 409 when the Application has one with this identifier, 400 for what the Director does not take
 */
export async function createService(director: DirectorClient, oneAtATime: OneAtATime, owner: ServiceOwner, wanted: WantedService): Promise<string> {
  const { identifier } = wanted;
  if (identifier === undefined) return addBundle(director, owner, wanted);
  // Identifiers are one label: who changes it must be alone from reading to writing.
  return oneAtATime(owner.applicationId, async () => {
    const taken = await living(director, owner, await identifiersOf(director, owner));
    if ([...taken.values()].includes(identifier)) throw new LegacyRefusal(409, `Service with Identifier ${identifier} already exists`);
    const id = await addBundle(director, owner, wanted);
    try {
      await writeIdentifiers(director, owner, new Map([...taken, [id, identifier]]));
    } catch (error) {
      // Without its identifier the service would be made twice by a client that tries again.
      await deleteBundle(director, owner, id).catch((left: unknown) => log().error({ err: left, bundleId: id }, 'a service without its identifier is left'));
      throw error;
    }
    return id;
  });
}

/** Services may have been deleted by other doors: what is left of them here holds no identifier. */
async function living(director: DirectorClient, owner: ServiceOwner, identifiers: Identifiers): Promise<Identifiers> {
  if (identifiers.size === 0) return identifiers;
  const ids = new Set((await listServices(director, owner)).map(({ id }) => id));
  return new Map([...identifiers].filter(([id]) => ids.has(id)));
}

export async function writeIdentifiers(director: DirectorClient, { applicationId, ...call }: ServiceOwner, identifiers: Identifiers): Promise<void> {
  await director.run(call, SET_LABEL, { id: applicationId, key: IDENTIFIERS_LABEL, value: printIdentifiers(identifiers) });
}

export async function deleteBundle(director: DirectorClient, owner: ServiceOwner, id: string): Promise<void> {
  await director.run(owner, DELETE_BUNDLE, { id });
}

async function addBundle(director: DirectorClient, owner: ServiceOwner, { bundle, api, events, documents }: WantedService): Promise<string> {
  const { addBundle: added } = await director.run<{ readonly addBundle: { readonly id: string } }>(owner, ADD_BUNDLE, {
    id: owner.applicationId,
    in: { ...bundle, apiDefinitions: api ? [api] : [], eventDefinitions: events ? [events] : [], documents },
  });
  return added.id;
}

const ADD_BUNDLE = 'mutation ($id: ID!, $in: BundleCreateInput!) { addBundle(applicationID: $id, in: $in) { id } }';
const DELETE_BUNDLE = 'mutation ($id: ID!) { deleteBundle(id: $id) { id } }';
const SET_LABEL = 'mutation ($id: ID!, $key: String!, $value: Any!) { setApplicationLabel(applicationID: $id, key: $key, value: $value) { key } }';
