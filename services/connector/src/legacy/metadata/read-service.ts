import type { DirectorClient } from '../director-client.ts';
import { LegacyRefusal } from '../refusal.ts';
import type { ServiceOwner } from './find-application.ts';
import { AUTH_FRAGMENT, BUNDLE_FIELDS, detailsJson, type DirectorBundle } from './from-bundle.ts';
import { IDENTIFIERS_LABEL, type Identifiers, parseIdentifiers } from './identifiers.ts';

interface Answer {
  readonly application: { readonly labels: Readonly<Record<string, unknown>> | null; readonly bundle: DirectorBundle | null } | null;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @throws LegacyRefusal 404 when the Application has no such service */
export async function findService(
  director: DirectorClient,
  owner: ServiceOwner,
  id: string,
): Promise<{ readonly bundle: DirectorBundle; readonly identifiers: Identifiers }> {
  const { application } = UUID.test(id)
    ? await director.run<Answer>(owner, BUNDLE, { id: owner.applicationId, bundle: id, label: IDENTIFIERS_LABEL })
    : { application: null };
  if (!application?.bundle) throw new LegacyRefusal(404, `service with ID ${id} not found`);
  return { bundle: application.bundle, identifiers: parseIdentifiers(application.labels?.[IDENTIFIERS_LABEL]) };
}

const BUNDLE = `query ($id: ID!, $bundle: ID!, $label: String!) { application(id: $id) { labels(key: $label) bundle(id: $bundle) { ${BUNDLE_FIELDS} } } }
${AUTH_FRAGMENT}`;

/** A service as JSON. @throws LegacyRefusal 404 when the Application has none, 500 when it holds more than a service can show */
export async function readService(director: DirectorClient, owner: ServiceOwner, id: string): Promise<string> {
  const { bundle, identifiers } = await findService(director, owner, id);
  return detailsJson(bundle, identifiers.get(bundle.id));
}
