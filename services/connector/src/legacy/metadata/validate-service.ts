import type { Credentials, CsrfInfo, ServiceApi, ServiceDetails } from './service-details.ts';

const STRUCTURE = 'Incorrect structure of service definition, ';

/**
 * What is wrong with a service, in the words that clients know; undefined when nothing is.
 * @param specs the descriptions, as they will be stored
 */
export function faultOfService(service: ServiceDetails, specs: { readonly events: string | undefined }): string | undefined {
  const faults = [
    ...missing(service, { provider: 'Provider', name: 'Name', description: 'Description' }),
    ...(service.api ? faultsOfApi(service.api) : []),
    ...(service.events && specs.events === undefined ? ['spec cannot be empty'] : []),
  ];
  if (faults.length > 0) return STRUCTURE + faults.join(';');
  if (!service.api && !service.events) return "At least one of service definition attributes: 'api', 'events' have to be provided";
  const tooMany = [['CredentialsWithCSRF', service.api?.credentials] as const, ['Credentials', service.api?.specificationCredentials] as const].find(
    ([, credentials]) => credentials && Object.keys(credentials).length > 1,
  );
  return tooMany && `api.${tooMany[0]} is invalid: too many authentication methods provided`;
}

function faultsOfApi(api: ServiceApi): readonly string[] {
  return [
    ...urlFaults('targetUrl', api.targetUrl),
    ...(api.specificationUrl ? urlFaults('specificationUrl', api.specificationUrl) : []),
    ...faultsOfCredentials(api.credentials ?? {}),
    ...faultsOfCredentials(api.specificationCredentials ?? {}),
  ];
}

function faultsOfCredentials({ oauth, basic, certificateGen }: Credentials): readonly string[] {
  return [
    ...(oauth
      ? [...urlFaults('url', oauth.url, 'oauth url'), ...missing(oauth, { clientId: 'oauth clientId', clientSecret: 'oauth clientSecret' }), ...csrf(oauth)]
      : []),
    ...(basic ? [...missing(basic, { username: 'basic auth username', password: 'basic auth password' }), ...csrf(basic)] : []),
    ...(certificateGen ? [...missing(certificateGen, { commonName: 'certificateGen commonName' }), ...csrf(certificateGen)] : []),
  ];
}

const csrf = ({ csrfInfo }: { readonly csrfInfo?: CsrfInfo }): readonly string[] => (csrfInfo ? urlFaults('tokenEndpointURL', csrfInfo.tokenEndpointURL) : []);

function missing<T extends object>(value: T, labels: Readonly<Partial<Record<keyof T & string, string>>>): readonly string[] {
  const given = value as Readonly<Record<string, unknown>>;
  return Object.entries(labels).flatMap(([name, label]) =>
    given[name] === undefined || given[name] === '' ? [`${String(label)} field cannot be empty.`] : [],
  );
}

function urlFaults(field: string, url: string | undefined, label = field): readonly string[] {
  if (url === undefined || url === '') return [`${label} field cannot be empty.`];
  return isUrl(url) ? [] : [`${field}: ${url} does not validate as url`];
}

/** An address with or without scheme whose host has a name that can be looked up. */
function isUrl(text: string): boolean {
  if (/\s/.test(text) || text.length > 2_083) return false;
  const parsed = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  if (!parsed || parsed.hostname === '' || !/^(?:https?|ftp):$/.test(parsed.protocol)) return false;
  return text.includes('://') || parsed.hostname.includes('.') || parsed.hostname === 'localhost';
}
