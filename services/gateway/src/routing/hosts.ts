import { GatewayRefusal, malformed } from '../refusal.ts';

/** Kinds of names under which the Gateway is called: each has doors of its own. */
export const HOST_CLASSES = ['bare', 'jwt', 'oauth', 'token', 'cert', 'foreign', 'adapter', 'adapter-cert', 'health', 'internal'] as const;

export type HostClass = (typeof HOST_CLASSES)[number];

/** The first label of each name, as clients of this API know it. `bare` and `internal` have no names of this kind. */
const LABELS: readonly (readonly [label: string, host: HostClass])[] = [
  ['compass-gateway', 'jwt'],
  ['compass-gateway-auth-oauth', 'oauth'],
  ['compass-gateway-mtls', 'cert'],
  ['compass-gateway-sap-mtls', 'foreign'],
  ['adapter-gateway', 'adapter'],
  ['adapter-gateway-mtls', 'adapter-cert'],
  ['oauth2', 'token'],
  ['connector', 'health'],
  ['hydrator', 'health'],
];

/** Which names a listener serves. */
export interface HostTable {
  readonly names: ReadonlyMap<string, HostClass>;
  /** The class of every other name: a listener that is bound to one class does not look at names. */
  readonly otherwise?: HostClass;
}

/** A listener that serves one class under any name. */
export const boundTo = (host: HostClass): HostTable => ({ names: new Map(), otherwise: host });

export interface HostNames {
  /** Domain below which the known labels stand. */
  readonly domain: string | undefined;
  /** Other labels than the known ones, by their class. */
  readonly labels?: ReadonlyMap<string, HostClass>;
  /** Names at which the credential alone chooses the way in. */
  readonly bare: readonly string[];
}

/** A listener that tells its doors apart by name, and serves no other name. */
export function namedHosts({ domain, labels = new Map(), bare }: HostNames): HostTable {
  const names = new Map<string, HostClass>();
  if (domain !== undefined) for (const [label, host] of [...LABELS, ...labels]) names.set(`${label}.${domain}`.toLowerCase(), host);
  for (const name of bare) names.set(name.toLowerCase(), 'bare');
  return { names };
}

const HOST = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9_](?:[a-z0-9_.-]{0,252}[a-z0-9_])?)\.?(?::([0-9]{1,5}))?$/i;

/**
 * The class of the name that a client says it calls. Compared as a whole: in lower case, without port and final dot.
 * @throws GatewayRefusal 400 for what is no host name, 421 for a name that is not served here
 */
export function hostClassOf(host: string, { names, otherwise }: HostTable): HostClass {
  const [, name, port] = HOST.exec(host) ?? [];
  if (name === undefined || Number(port ?? 0) > 65_535) throw malformed('the header Host is not a host name');
  const found = names.get(name.toLowerCase()) ?? otherwise;
  if (found === undefined) throw misdirected();
  return found;
}

/** The name, or what it stands for, belongs to another connection. */
export function misdirected(): GatewayRefusal {
  return new GatewayRefusal(421, 'MISDIRECTED_REQUEST', 'this name is not served here', { headers: { connection: 'close' } });
}
