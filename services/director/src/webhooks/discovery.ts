import { addWebhook, type Content, type ContentMaker } from '../bundles/content.ts';

/** Path under the base URL where applications of a type describe themselves, by that type. */
export type DiscoveryPaths = Readonly<Record<string, string>>;

/** Whether a setting holds paths. */
export function isDiscoveryPaths(value: unknown): value is DiscoveryPaths {
  return typeof value === 'object' && value !== null && Object.values(value).every((path) => typeof path === 'string' && path.startsWith('/'));
}

/** Webhook type of the address where an application describes what it offers. */
export const DISCOVERY = 'OPEN_RESOURCE_DISCOVERY';

/** Calls to it are made with the certificate that we hold. */
const ACCESS_STRATEGY = 'sap:cmp-mtls:v1';

/** What decides whether an application gets a webhook for discovery. */
export interface DiscoveryCandidate {
  readonly type: unknown;
  readonly baseUrl: string | null;
  readonly hasOne: boolean;
}

/** Adds the webhook for discovery to the content of an application whose type has a path, once its base URL is known. */
export function addDiscoveryWebhook(content: Content, maker: ContentMaker, paths: DiscoveryPaths, { type, baseUrl, hasOne }: DiscoveryCandidate): boolean {
  const path = typeof type === 'string' && Object.hasOwn(paths, type) ? paths[type] : undefined;
  if (path === undefined || baseUrl === null || hasOne) return false;
  addWebhook(content, maker, { type: DISCOVERY, url: `${baseUrl.replace(/\/$/, '')}${path}`, auth: { accessStrategy: ACCESS_STRATEGY } });
  return true;
}
