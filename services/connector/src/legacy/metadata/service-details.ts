import { anything, type JsonReader, list, map, object, text } from '../json-reader.ts';

const lists = map(list(text));
const requestParameters = object({ headers: lists, queryParameters: lists });
const csrfInfo = object({ tokenEndpointURL: text });
const oauth = object({ url: text, clientId: text, clientSecret: text, requestParameters, csrfInfo });
const basic = object({ username: text, password: text, csrfInfo });

const api = object({
  targetUrl: text,
  credentials: object({ oauth, basic, certificateGen: object({ commonName: text, certificate: text, csrfInfo }) }),
  spec: anything,
  specificationUrl: text,
  apiType: text,
  requestParameters,
  specificationCredentials: object({ oauth, basic }),
  specificationRequestParameters: requestParameters,
  /** The older place of `requestParameters`. */
  headers: lists,
  queryParameters: lists,
});

const documentation = object({
  displayName: text,
  description: text,
  type: text,
  tags: list(text),
  docs: list(object({ title: text, type: text, source: text })),
});

/** A service as clients write it and read it. */
export const readDetails = object({
  provider: text,
  name: text,
  description: text,
  shortDescription: text,
  identifier: text,
  labels: map(text),
  api,
  events: object({ spec: anything }),
  documentation,
});

type Value<R> = R extends JsonReader<infer T> ? T : never;

export type ServiceDetails = Value<typeof readDetails>;
export type ServiceApi = Value<typeof api>;
export type Credentials = NonNullable<ServiceApi['credentials']>;
export type CsrfInfo = Value<typeof csrfInfo>;
export type RequestParameters = Value<typeof requestParameters>;
export type Documentation = Value<typeof documentation>;
/** A service in a list. */
export type ServiceSummary = Required<Pick<ServiceDetails, 'provider' | 'name' | 'description' | 'labels'>> & {
  readonly id: string;
  readonly identifier?: string;
};
