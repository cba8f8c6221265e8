import type { DirectorClient } from '../director-client.ts';
import type { ServiceOwner } from './find-application.ts';
import { besideOf, definitionsOf, type DirectorDocument } from './from-bundle.ts';
import type { WantedService } from './read-input.ts';
import { findService } from './read-service.ts';
import { documentsOf, type Step } from './steps.ts';

/**
 * Makes a service what the client wants it to be; its identifier stays. Several changes of the Director: the first that it refuses ends it,
 * and what is refused most is tried first. The same call again makes up for what is missing.
 * @throws LegacyRefusal 404 when the Application has none with this id, 400 for what the Director does not take
 */
export async function updateService(director: DirectorClient, owner: ServiceOwner, id: string, wanted: WantedService): Promise<void> {
  const { bundle } = await findService(director, owner, id);
  const { api, events } = definitionsOf(bundle);
  const stages = [
    definitionStep('API', bundle.id, api?.id, api && wanted.api ? { ...besideOf(api), ...wanted.api } : wanted.api),
    definitionStep('Event', bundle.id, events?.id, events && wanted.events ? { ...besideOf(events), ...wanted.events } : wanted.events),
    [
      {
        field: 'updateBundle(id: $id, in: $in)',
        variables: {
          id: ['ID!', bundle.id],
          in: ['BundleUpdateInput!', { instanceAuthRequestInputSchema: bundle.instanceAuthRequestInputSchema, ...wanted.bundle }],
        },
      } as const,
    ],
    sameDocuments(bundle.documents.data, wanted.documents) ? [] : documentSteps(bundle.id, bundle.documents.data, wanted.documents),
  ];
  for (const { query, variables } of stages.flatMap(documentsOf)) await director.run(owner, query, variables);
}

function definitionStep(kind: 'API' | 'Event', bundleId: string, id: string | undefined, wanted: object | undefined): readonly Step[] {
  const input = `${kind}DefinitionInput!`;
  if (id !== undefined && wanted) return [{ field: `update${kind}Definition(id: $id, in: $in)`, variables: { id: ['ID!', id], in: [input, wanted] } }];
  if (id !== undefined) return [{ field: `delete${kind}Definition(id: $id)`, variables: { id: ['ID!', id] } }];
  return wanted ? [{ field: `add${kind}DefinitionToBundle(bundleID: $id, in: $in)`, variables: { id: ['ID!', bundleId], in: [input, wanted] } }] : [];
}

/** New ones first: a refused one leaves the old ones where they are. */
function documentSteps(bundleId: string, known: readonly DirectorDocument[], wanted: WantedService['documents']): readonly Step[] {
  return [
    ...wanted.map(
      (document): Step => ({
        field: 'addDocumentToBundle(bundleID: $id, in: $in)',
        variables: { id: ['ID!', bundleId], in: ['DocumentInput!', document] },
      }),
    ),
    ...known.map(({ id }): Step => ({ field: 'deleteDocument(id: $id)', variables: { id: ['ID!', id] } })),
  ];
}

function sameDocuments(known: readonly DirectorDocument[], wanted: WantedService['documents']): boolean {
  const asText = (documents: readonly Readonly<Record<string, unknown>>[]): string =>
    JSON.stringify(documents.map(({ title, kind, data }) => [title, kind ?? '', data ?? '']));
  return asText(known.map((document) => ({ ...document }))) === asText(wanted);
}
