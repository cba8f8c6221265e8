import type { DirectorClient } from '../director-client.ts';
import type { ServiceOwner } from './find-application.ts';
import { type DirectorBundle, summaryOf } from './from-bundle.ts';
import { IDENTIFIERS_LABEL, parseIdentifiers } from './identifiers.ts';
import type { ServiceSummary } from './service-details.ts';

type Bundle = Pick<DirectorBundle, 'id' | 'name' | 'description'>;

interface Answer {
  readonly application: {
    readonly labels: Readonly<Record<string, unknown>> | null;
    readonly bundles: { readonly data: readonly Bundle[]; readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean } };
  } | null;
}

/** Every service of the Application, whoever made it. */
export async function listServices(director: DirectorClient, owner: ServiceOwner): Promise<readonly ServiceSummary[]> {
  const found: ServiceSummary[] = [];
  let after: string | undefined = '';
  while (after !== undefined) {
    const page: Page = await pageAfter(director, owner, after);
    found.push(...page.services);
    after = page.next;
  }
  return found;
}

interface Page {
  readonly services: readonly ServiceSummary[];
  readonly next: string | undefined;
}

async function pageAfter(director: DirectorClient, owner: ServiceOwner, after: string): Promise<Page> {
  const { application } = await director.run<Answer>(owner, BUNDLES, { id: owner.applicationId, after, label: IDENTIFIERS_LABEL });
  if (!application) return { services: [], next: undefined };
  const identifiers = parseIdentifiers(application.labels?.[IDENTIFIERS_LABEL]);
  const { data, pageInfo } = application.bundles;
  return { services: data.map((bundle) => summaryOf(bundle, identifiers.get(bundle.id))), next: pageInfo.hasNextPage ? pageInfo.endCursor : undefined };
}

const BUNDLES = `query ($id: ID!, $after: PageCursor, $label: String!) { application(id: $id) {
  labels(key: $label) bundles(first: 200, after: $after) { data { id name description } pageInfo { endCursor hasNextPage } } } }`;
