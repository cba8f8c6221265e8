import type { Credentials, Documentation, RequestParameters, ServiceApi, ServiceDetails } from './service-details.ts';
import { specFormat } from './spec-text.ts';

type Input = Readonly<Record<string, unknown>>;

/** Descriptions as they are stored: taken out of the client's document as they were written there. */
export interface SpecTexts {
  readonly api: string | undefined;
  readonly events: string | undefined;
}

/** A service in the words of the Director: a bundle with at most one API and one event definition. */
export interface ServiceInput {
  readonly bundle: Input;
  readonly api: Input | undefined;
  readonly events: Input | undefined;
  readonly documents: readonly Input[];
}

export function toServiceInput(service: ServiceDetails, specs: SpecTexts): ServiceInput {
  const { name, description, api, events, documentation } = service;
  return {
    bundle: { name, description, defaultInstanceAuth: api && authOf(api.credentials, parametersOf(api)) },
    api: api && { name, targetURL: api.targetUrl, spec: apiSpec(api, specs.api) },
    events: events && { name, spec: specs.events === undefined ? undefined : { data: specs.events, type: 'ASYNC_API', format: specFormat(specs.events) } },
    documents: documentsOf(documentation),
  };
}

function documentsOf(documentation: Documentation | undefined): readonly Input[] {
  return (documentation?.docs ?? []).map(({ title = '', type = '', source = '' }) => ({
    title,
    displayName: title,
    description: ' ',
    format: 'MARKDOWN',
    kind: type,
    data: source,
  }));
}

function apiSpec(api: ServiceApi, spec: string | undefined): Input | undefined {
  const type = api.apiType?.toLowerCase() === 'odata' ? 'ODATA' : 'OPEN_API';
  if (spec !== undefined) return { data: spec, type, format: specFormat(spec) };
  const url = api.specificationUrl || (type === 'ODATA' ? `${String(api.targetUrl).replace(/\/+$/, '')}/$metadata` : '');
  if (url === '') return undefined;
  const auth = authOf(api.specificationCredentials, api.specificationRequestParameters);
  return { fetchRequest: { url, ...(auth ? { auth } : {}) }, type, format: type === 'ODATA' ? 'XML' : /\.ya?ml$/i.test(url) ? 'YAML' : 'JSON' };
}

/** The newer place of headers and query parameters wins over the older one. */
function parametersOf({ requestParameters, headers, queryParameters }: ServiceApi): RequestParameters {
  const [newer, older] = [requestParameters ?? {}, { headers, queryParameters }];
  return withoutEmpty({ headers: newer.headers ?? older.headers, queryParameters: newer.queryParameters ?? older.queryParameters });
}

/** Certificates to be generated, and parameters of token requests, are taken and not kept. */
function authOf(credentials: Credentials | undefined, parameters: RequestParameters | undefined): Input | undefined {
  const { oauth, basic, certificateGen } = credentials ?? {};
  const csrf = (oauth ?? basic ?? certificateGen)?.csrfInfo;
  const credential = oauth
    ? { oauth: { clientId: oauth.clientId, clientSecret: oauth.clientSecret, url: oauth.url } }
    : basic && { basic: { username: basic.username, password: basic.password } };
  const auth = withoutEmpty({
    credential,
    additionalHeaders: filled(parameters?.headers),
    additionalQueryParams: filled(parameters?.queryParameters),
    requestAuth: csrf && { csrf: { tokenEndpointURL: csrf.tokenEndpointURL } },
  });
  return Object.keys(auth).length === 0 ? undefined : auth;
}

const filled = <T extends object>(value: T | undefined): T | undefined => (value && Object.keys(value).length > 0 ? value : undefined);

type Filled<T> = { readonly [K in keyof T]?: NonNullable<T[K]> };
const withoutEmpty = <T extends object>(value: T): Filled<T> =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Filled<T>; // nothing but its undefined members is gone
