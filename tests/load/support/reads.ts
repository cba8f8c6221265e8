const FIELDS = 'id name description providerName status { condition timestamp } labels';
const NESTED = 'id name labels bundles { data { id name apiDefinitions { data { id name targetURL spec { type format data } version { value } } } } }';

/** A read that is measured. */
export interface Read {
  readonly name: string;
  readonly query: string;
  /** Every literal inlined and different in each request, as the Go clients write them. */
  readonly varied?: (n: number) => string;
  /** Least share of what a bare server answers. */
  readonly target: number;
}

export const READS: readonly Read[] = [
  {
    name: '100 applications, nested',
    query: `{ result: applications(first: 100) { data { ${NESTED} } pageInfo { endCursor hasNextPage } } }`,
    varied: (n) => `query { result: applications(first: ${90 + (n % 20)}) { data { ${NESTED} } pageInfo { endCursor hasNextPage } } }`,
    target: 0.8,
  },
  {
    name: '100 applications, flat',
    query: `{ result: applications(first: 100) { data { ${FIELDS} } } }`,
    varied: (n) => `query { result: applications(first: ${90 + (n % 20)}) { data { ${FIELDS} } } }`,
    target: 0.8,
  },
  {
    name: 'label filter, 50 hits',
    query: `{ result: applications(first: 50, filter: [{ key: "picked", query: "\\"yes\\"" }]) { data { ${FIELDS} } } }`,
    varied: (n) => `query { result: applications(first: ${40 + (n % 20)}, filter: [{ key: "picked", query: "\\"yes\\"" }]) { data { ${FIELDS} } } }`,
    target: 0.8,
  },
  {
    name: 'label filter, a twentieth of the tenant',
    query: `{ result: applications(first: 50, filter: [{ key: "region", query: "\\"eu-3\\"" }]) { data { ${FIELDS} } } }`,
    varied: (n) => `query { result: applications(first: 50, filter: [{ key: "region", query: "\\"eu-${n % 20}\\"" }]) { data { ${FIELDS} } } }`,
    target: 0.8,
  },
  {
    name: '100 runtimes with labels',
    query: '{ result: runtimes(first: 100) { data { id name labels status { condition } } } }',
    varied: (n) => `query { result: runtimes(first: ${90 + (n % 20)}) { data { id name labels status { condition } } } }`,
    target: 0.8,
  },
  {
    name: 'one application by id',
    query: `{ result: application(id: "${idOf(7)}") { ${FIELDS} } }`,
    varied: (n) => `query { result: application(id: "${idOf(1 + (n % 90))}") { ${FIELDS} } }`,
    target: 0.6,
  },
  // Nothing is read for it, and it has no literals.
  { name: 'viewer', query: '{ viewer { id type } }', target: 0.6 },
];

/** Id of an application of the big tenant. */
function idOf(n: number): string {
  return `01970000-1000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}
