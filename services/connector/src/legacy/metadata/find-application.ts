import type { DirectorCall, DirectorClient } from '../director-client.ts';
import { noteConnected } from '../note-connected.ts';
import { LegacyRefusal } from '../refusal.ts';
import { IDENTIFIERS_LABEL, type Identifiers, parseIdentifiers } from './identifiers.ts';

export interface ServiceOwner extends DirectorCall {
  readonly applicationId: string;
}

interface Found {
  readonly name: string;
  readonly labels: Readonly<Record<string, unknown>> | null;
  readonly status: { readonly condition: string } | null;
}

/**
 * Requires that a name in a path is that of the caller: by its label `name`, or by its name where it has no such label.
 * The first call notes that the Application is connected.
 * @throws LegacyRefusal 404 for no Application and for another one than the caller, 500 when several have that label
 */
export async function requireOwnName(director: DirectorClient, owner: ServiceOwner, name: string): Promise<void> {
  const { labelled, own } = await director.run<{ readonly labelled: { readonly data: readonly { readonly id: string }[] }; readonly own: Found | null }>(
    owner,
    APPLICATIONS,
    {
      filter: [{ key: 'name', query: JSON.stringify(name) }],
      id: owner.applicationId,
    },
  );
  if (labelled.data.length > 1) throw new LegacyRefusal(500, `found more than 1 application with name ${name}`);
  const byLabel = labelled.data[0]?.id === owner.applicationId;
  const byName = labelled.data.length === 0 && own !== null && applicationName(own) === name;
  if (!byLabel && !byName) throw new LegacyRefusal(404, `application with name ${name} not found`);
  if (own) await noteConnected(director, owner, own);
}

const APPLICATIONS = `query ($filter: [LabelFilter!], $id: ID!) {
  labelled: applications(filter: $filter, first: 2) { data { id } }
  own: application(id: $id) { name labels(key: "name") status { condition } } }`;

/** The name by which legacy clients know an Application. */
export function applicationName({ name, labels }: Pick<Found, 'name' | 'labels'>): string {
  const label = labels?.['name'];
  return typeof label === 'string' && label !== '' ? label : name;
}

/** Identifiers that the caller gave to its services. */
export async function identifiersOf(director: DirectorClient, owner: ServiceOwner): Promise<Identifiers> {
  const { application } = await director.run<{ readonly application: { readonly labels: Readonly<Record<string, unknown>> | null } | null }>(owner, LABEL, {
    id: owner.applicationId,
    key: IDENTIFIERS_LABEL,
  });
  return parseIdentifiers(application?.labels?.[IDENTIFIERS_LABEL]);
}

const LABEL = 'query ($id: ID!, $key: String!) { application(id: $id) { labels(key: $key) } }';
