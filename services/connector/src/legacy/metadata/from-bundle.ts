import { LegacyRefusal } from '../refusal.ts';
import type { Credentials, RequestParameters, ServiceSummary } from './service-details.ts';
import { rawSpec } from './spec-text.ts';

/** What the Director answers of credentials. */
export interface DirectorAuth {
  readonly credential: {
    readonly username?: string;
    readonly password?: string;
    readonly clientId?: string;
    readonly clientSecret?: string;
    readonly url?: string;
  } | null;
  readonly additionalHeaders: RequestParameters['headers'] | null;
  readonly additionalQueryParams: RequestParameters['queryParameters'] | null;
  readonly requestAuth: { readonly csrf: { readonly tokenEndpointURL: string } | null } | null;
}

interface DirectorSpec {
  readonly type: string;
  readonly data: string | null;
  readonly fetchRequest: { readonly url: string; readonly auth: DirectorAuth | null } | null;
}

interface Page<T> {
  readonly data: readonly T[];
}

export interface DirectorDocument {
  readonly id: string;
  readonly title: string;
  readonly kind: string | null;
  readonly data: string | null;
}

/** What a definition has beside what a service can say of it. */
interface Beside {
  readonly description: string | null;
  readonly group: string | null;
  readonly version: object | null;
}

/** A service as the Director knows it. */
export interface DirectorBundle {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly instanceAuthRequestInputSchema: string | null;
  readonly defaultInstanceAuth: DirectorAuth | null;
  readonly apiDefinitions: Page<Beside & { readonly id: string; readonly targetURL: string; readonly spec: DirectorSpec | null }>;
  readonly eventDefinitions: Page<Beside & { readonly id: string; readonly spec: { readonly data: string | null } | null }>;
  readonly documents: Page<DirectorDocument>;
}

const BESIDE = 'description group version { value deprecated deprecatedSince forRemoval }';

/** The fields that `DirectorBundle` needs. */
export const BUNDLE_FIELDS = `id name description instanceAuthRequestInputSchema defaultInstanceAuth { ...auth }
  apiDefinitions(first: 2) { data { id ${BESIDE} targetURL spec { type data fetchRequest { url auth { ...auth } } } } }
  eventDefinitions(first: 2) { data { id ${BESIDE} spec { data } } }
  documents { data { id title kind data } }`;

export const AUTH_FRAGMENT = `fragment auth on Auth {
  credential { ... on BasicCredentialData { username password } ... on OAuthCredentialData { clientId clientSecret url } }
  additionalHeaders additionalQueryParams requestAuth { csrf { tokenEndpointURL } } }`;

/** The API and the event definition of a bundle. @throws LegacyRefusal 500 when there are more than a service can show */
export function definitionsOf({ id, apiDefinitions, eventDefinitions }: DirectorBundle) {
  const [api, otherApi] = apiDefinitions.data;
  const [events, otherEvents] = eventDefinitions.data;
  if (otherApi) throw new LegacyRefusal(500, `service with ID ${id} has more than one API definition`);
  if (otherEvents) throw new LegacyRefusal(500, `service with ID ${id} has more than one event definition`);
  return { api, events };
}

/** What a change through this door leaves as it is: it came through another. */
export const besideOf = ({ description, group, version }: Beside): object => ({ description, group, version });

/** Provider and labels are not kept: they read as nothing. */
export function summaryOf({ id, name, description }: Pick<DirectorBundle, 'id' | 'name' | 'description'>, identifier: string | undefined): ServiceSummary {
  return { id, provider: '', name, description: description ?? '', ...(identifier === undefined ? {} : { identifier }), labels: {} };
}

/** A service as clients read it, as JSON: descriptions stand in it as they were written. */
export function detailsJson(bundle: DirectorBundle, identifier: string | undefined): string {
  const { api, events } = definitionsOf(bundle);
  const { id: _, ...summary } = summaryOf(bundle, identifier);
  const documents = bundle.documents.data;
  const auth = bundle.defaultInstanceAuth;
  return jsonObject({
    ...members(summary),
    api: api && jsonObject({ ...members({ targetUrl: api.targetURL, credentials: credentialsOf(auth) }), ...specMembers(api.spec), ...parameters(auth) }),
    events: events && jsonObject({ spec: typeof events.spec?.data === 'string' ? rawSpec(events.spec.data) : 'null' }),
    documentation: documents.length === 0 ? undefined : JSON.stringify(documentationOf(documents)),
  });
}

function documentationOf(documents: readonly DirectorDocument[]): object {
  const docs = documents.map(({ title, data }) => ({ title, type: '.md', source: data ?? '' }));
  return { displayName: 'ServiceDocumentation', description: 'Documents for legacy Service', type: '', docs };
}

type Members = Readonly<Record<string, string | undefined>>;

function specMembers(spec: DirectorSpec | null): Members {
  if (!spec) return {};
  const { type, data, fetchRequest } = spec;
  const auth = fetchRequest?.auth ?? null;
  return {
    spec: data === null ? undefined : rawSpec(data),
    ...members({
      specificationUrl: fetchRequest?.url,
      apiType: type,
      specificationCredentials: credentialsOf(auth),
      specificationRequestParameters: parametersOf(auth),
    }),
  };
}

/** At the newer and at the older place. */
function parameters(auth: DirectorAuth | null): Members {
  const found = parametersOf(auth);
  return members({ requestParameters: found, headers: found?.headers, queryParameters: found?.queryParameters });
}

function parametersOf(auth: DirectorAuth | null): RequestParameters | undefined {
  const { additionalHeaders: headers, additionalQueryParams: queryParameters } = auth ?? {};
  if (!headers && !queryParameters) return undefined;
  return { ...(headers ? { headers } : {}), ...(queryParameters ? { queryParameters } : {}) };
}

function credentialsOf(auth: DirectorAuth | null): Credentials | undefined {
  const { clientId, clientSecret, url, username, password } = auth?.credential ?? {};
  const csrf = auth?.requestAuth?.csrf;
  const csrfInfo = csrf ? { csrfInfo: { tokenEndpointURL: csrf.tokenEndpointURL } } : {};
  if (url !== undefined && clientId !== undefined && clientSecret !== undefined) return { oauth: { url, clientId, clientSecret, ...csrfInfo } };
  if (username !== undefined && password !== undefined) return { basic: { username, password, ...csrfInfo } };
  return undefined;
}

/** Values as JSON; `undefined` stays what it is. */
function members(value: object): Members {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, JSON.stringify(member)]));
}

function jsonObject(given: Members): string {
  const present = Object.entries(given).flatMap(([name, json]) => (json === undefined ? [] : [`${JSON.stringify(name)}:${json}`]));
  return `{${present.join(',')}}`;
}
