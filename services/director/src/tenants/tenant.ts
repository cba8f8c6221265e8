/** A tenant as it is given; parents and its own id are external ids. */
export interface TenantInput {
  readonly name: string;
  readonly externalTenant: string;
  readonly parents?: readonly (string | null)[] | null;
  readonly subdomain?: string | null;
  readonly region?: string | null;
  readonly type: string;
  readonly provider: string;
  readonly licenseType?: string | null;
  readonly customerId?: string | null;
  readonly costObjectId?: string | null;
  readonly costObjectType?: string | null;
}

const LABELS = {
  subdomain: 'subdomain',
  region: 'region',
  licenseType: 'licensetype',
  customerId: 'customerId',
  costObjectId: 'costObjectId',
  costObjectType: 'costObjectType',
} as const;

/** Labels that members of the input become. */
export function labelsOf(input: TenantInput): Readonly<Record<string, string>> {
  const given = Object.entries(LABELS).flatMap(([member, label]) => {
    const value = input[member as keyof typeof LABELS];
    return value === null || value === undefined ? [] : [[label, value] as const];
  });
  return Object.fromEntries(given);
}

/** Ids of customers are numbers that some systems write with leading zeros. */
export const withoutLeadingZeros = (id: string): string => id.replace(/^0+(?=.)/, '');

/** The id under which a tenant is kept. */
export const keptId = (input: TenantInput): string => (input.type === 'customer' ? withoutLeadingZeros(input.externalTenant) : input.externalTenant);
