/** A request at the edge of what the limits let pass. */
export interface HeavyRequest {
  readonly name: string;
  readonly query: string;
  readonly variables?: object;
}

const times = (count: number, make: (n: number) => string): string => Array.from({ length: count }, (_, n) => make(n)).join(' ');
const APIS = 'apiDefinitions { data { id name spec { type format data } version { value } } }';

/** Requests that are different for each `n`, so that nothing of them is known from before. */
export function heavyRequests(n: number): readonly HeavyRequest[] {
  const register = `mutation q${n}($in: ApplicationRegisterInput!) { registerApplication(in: $in) { id } }`;
  return [
    {
      name: '20 root fields of 100 fields each',
      query: `query q${n} { ${times(20, (i) => `a${i}: applications(first: 100) { data { ${times(40, () => 'id labels')} ${times(2, () => `bundles { data { name ${APIS} } }`)} } }`)} }`,
    },
    {
      name: 'one field a hundred times, with what is below it',
      query: `query q${n} { applications(first: 100) { data { ${times(100, () => 'labels bundles { data { id name } } status { condition }')} } } }`,
    },
    {
      name: '48 fragments in a chain',
      query: `query q${n} { applications(first: 100) { data { ...f0 } } } ${times(48, (i) => `fragment f${i} on Application { id name bundles { data { id name } } ${i < 47 ? `...f${i + 1}` : ''} }`)}`,
    },
    {
      name: '2,000 label filters',
      query: `query q${n}($filter: [LabelFilter!]) { applications(first: 5, filter: $filter) { data { id } } }`,
      variables: { filter: Array.from({ length: 2_000 }, (_, i) => ({ key: `k${i}`, query: '"v"' })) },
    },
    { name: 'a literal of 1.9 MB', query: `query q${n} { application(id: "${'x'.repeat(1_900_000)}") { id } }` },
    { name: 'registration with a specification of 1.9 MB', query: register, variables: { in: bigApplication(`big-${n}`) } },
    {
      name: 'registration with 900 bundles',
      query: register,
      variables: {
        in: {
          name: `many-${n}`,
          bundles: Array.from({ length: 900 }, (_, i) => ({
            name: `b${i}`,
            apiDefinitions: [{ name: 'a', targetURL: 'https://a.example.com', spec: { type: 'OPEN_API', format: 'JSON', data: `{"n":${i}}` } }],
          })),
        },
      },
    },
    ...[10, 25].map((count) => ({
      name: `an answer of ${count * 1.9} MB`,
      query: `query q${n} { applications(first: ${count}, filter: [{ key: "big", query: "\\"yes\\"" }]) { data { bundles { data { ${APIS} } } } } }`,
    })),
    {
      name: 'introspection',
      query: `query q${n} { __schema { types { name description fields(includeDeprecated: true) { name description args { name description type { ...t } defaultValue } type { ...t } } inputFields { name type { ...t } defaultValue } enumValues { name } interfaces { ...t } possibleTypes { ...t } } directives { name args { name type { ...t } } } } } fragment t on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`,
    },
    { name: '400 unknown fields', query: `query q${n} { applications(first: 5) { data { ${times(400, (i) => `unknown${i}`)} } } }` },
  ];
}

/** An application with one API whose specification fills a request. */
export const bigApplication = (name: string): object => ({
  name,
  labels: { big: 'yes' },
  bundles: [
    {
      name: 'b',
      apiDefinitions: [
        {
          name: 'a',
          targetURL: 'https://a.example.com',
          spec: { type: 'OPEN_API', format: 'JSON', data: `{"title":"${name}","x":"${'x'.repeat(1_900_000)}"}` },
        },
      ],
    },
  ],
});
