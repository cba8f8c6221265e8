/** Kinds of consumers, spelt as they stand in tokens. */
export const CONSUMER_TYPES = [
  'Runtime',
  'External Certificate',
  'Application',
  'Integration System',
  'Static User',
  'Super Admin',
  'Technical Client',
  'Business Integration',
  'Managed Application Provider Operator',
  'Managed Application Consumer',
  'Application Provider',
  'Landscape Resource Operator',
  'Tenant Discovery Operator',
  'Instance Creator',
  'Formation Viewer',
  'Internal Component',
] as const;

export type ConsumerType = (typeof CONSUMER_TYPES)[number];

export type Flow = 'OAuth2' | 'Certificate' | 'OneTimeToken' | 'JWT' | 'Consumer-Provider' | 'Internal';

/** Services that internal tokens are made for: each accepts its own only. */
export type Audience = 'director' | 'connector' | 'provisioner';

/** Who calls, for which tenant, with which rights: what the Gateway found out and a service may rely on. */
export interface Caller {
  readonly consumerId: string;
  readonly consumerType: ConsumerType;
  readonly flow: Flow;
  /** In the order in which they stand in the token, which error texts repeat. */
  readonly scopes: ReadonlySet<string>;
  /** Internal id. */
  readonly tenant: string | undefined;
  readonly externalTenant: string | undefined;
  readonly onBehalfOf: string;
  readonly region: string;
  readonly subject: string;
  /** The system auth that the caller's credential belongs to: OAuth client id and common name of its certificates. */
  readonly systemAuthId?: string;
  /** The one-time token that was spent for this call. */
  readonly oneTimeTokenId?: string;
  /** The client certificate that the connection was made with. */
  readonly certificate?: CallerCertificate;
}

export interface CallerCertificate {
  /** SHA-256 of the DER certificate, lower-case hex. */
  readonly fingerprint: string;
  /** Lower-case hex without leading zeros. */
  readonly serial: string;
}
