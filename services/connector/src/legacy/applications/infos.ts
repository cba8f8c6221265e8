import type { Configuration } from '../../configuration/configuration.ts';
import type { DirectorClient } from '../director-client.ts';
import { type LegacyCall, requireApplication } from '../legacy-call.ts';
import { applicationName } from '../metadata/find-application.ts';
import { noteConnected } from '../note-connected.ts';
import { LegacyRefusal } from '../refusal.ts';

/** Where this adapter is reached from outside, without a slash at the end. */
export interface AdapterUrls {
  /** By holders of one-time tokens. */
  readonly token: string;
  /** By holders of certificates. */
  readonly certificate: string;
}

/** What an Application needs for its certificate request. */
export interface SigningInfo {
  readonly csrUrl: string;
  readonly api: ApiUrls & { readonly infoUrl: string; readonly certificatesUrl: string };
  readonly certificate: CertificateInfo;
}

/** What an Application that has a certificate needs. */
export interface ManagementInfo {
  readonly clientIdentity: { readonly application: string };
  readonly urls: ApiUrls & { readonly renewCertUrl: string; readonly revokeCertUrl: string };
  readonly certificate: CertificateInfo;
}

interface ApiUrls {
  readonly eventsInfoUrl: string;
  readonly eventsUrl: string;
  readonly metadataUrl: string;
}

interface CertificateInfo {
  readonly subject: string;
  readonly extensions: '';
  readonly 'key-algorithm': string;
}

export interface InfoOptions {
  readonly urls: AdapterUrls;
  readonly director: DirectorClient;
  readonly configuration: (call: LegacyCall) => Promise<Configuration>;
}

const BASE = '/v1/applications';
const READ = 'application:read';

/** @throws LegacyRefusal, ConnectorError; the token of the answer is in the address as it is, since clients call that address as it is */
export async function signingInfo({ urls, director, configuration }: InfoOptions, call: LegacyCall): Promise<SigningInfo> {
  const application = await applicationOf(director, call);
  const answer = await configuration(call);
  return {
    csrUrl: `${urls.token}${BASE}/certificates?token=${answer.token.token}`,
    api: {
      ...apiUrls(urls, application),
      infoUrl: `${urls.certificate}${BASE}/management/info`,
      certificatesUrl: `${urls.token}${BASE}/certificates`,
    },
    certificate: certificateInfo(answer),
  };
}

/** @throws LegacyRefusal, ConnectorError */
export async function managementInfo({ urls, director, configuration }: InfoOptions, call: LegacyCall): Promise<ManagementInfo> {
  const application = await applicationOf(director, call);
  const answer = await configuration(call);
  if (call.caller.flow === 'Certificate') await noteConnected(director, requireApplication(call, READ), application);
  return {
    clientIdentity: { application: application.name },
    urls: {
      ...apiUrls(urls, application),
      renewCertUrl: `${urls.certificate}${BASE}/certificates/renewals`,
      revokeCertUrl: `${urls.certificate}${BASE}/certificates/revocations`,
    },
    certificate: certificateInfo(answer),
  };
}

interface LegacyApplication {
  readonly name: string;
  /** "" while no runtime takes its events. */
  readonly events: string;
  readonly status: { readonly condition: string } | null;
}

interface Answer {
  readonly application: {
    readonly name: string;
    readonly labels: Readonly<Record<string, unknown>> | null;
    readonly eventingConfiguration: { readonly defaultURL: string } | null;
    readonly status: { readonly condition: string } | null;
  } | null;
}

async function applicationOf(director: DirectorClient, call: LegacyCall): Promise<LegacyApplication> {
  const owner = requireApplication(call, READ);
  const { application } = await director.run<Answer>(owner, APPLICATION, { id: owner.applicationId });
  if (!application) throw new LegacyRefusal(404, `application with ID ${owner.applicationId} not found`);
  return { name: applicationName(application), events: application.eventingConfiguration?.defaultURL ?? '', status: application.status };
}

const APPLICATION = 'query ($id: ID!) { application(id: $id) { name labels(key: "name") eventingConfiguration { defaultURL } status { condition } } }';

function apiUrls(urls: AdapterUrls, { name, events }: LegacyApplication): ApiUrls {
  return {
    eventsInfoUrl: events === '' ? '' : `${events}/subscribed`,
    eventsUrl: events,
    metadataUrl: `${urls.certificate}/${name}/v1/metadata/services`,
  };
}

const certificateInfo = ({ certificateSigningRequestInfo: { subject, keyAlgorithm } }: Configuration): CertificateInfo => ({
  subject,
  extensions: '',
  'key-algorithm': keyAlgorithm,
});
