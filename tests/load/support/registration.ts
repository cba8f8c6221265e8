const QUERY = `mutation ($in: ApplicationRegisterInput!) { result: registerApplication(in: $in) { id name labels bundles { data { id name apiDefinitions { data { id name spec { type format data } } } } } } }`;
const run = Date.now().toString(36);

/** Names that no other registration of this run has. */
export const nameOf = (n: number): string => `load-${run}-${n}`;
let registered = 0;

/** An application with a bundle and an API definition, another one each time. */
export function registration(): string {
  const name = nameOf((registered += 1));
  return JSON.stringify({
    query: QUERY,
    variables: {
      in: {
        name,
        providerName: 'load',
        description: 'Registered under load',
        labels: { region: 'eu-1', stage: ['load'] },
        bundles: [
          {
            name: 'orders',
            description: 'Orders',
            apiDefinitions: [
              {
                name: 'orders-api',
                targetURL: 'https://api.example.com/orders',
                version: { value: '1.0.0' },
                spec: { type: 'OPEN_API', format: 'JSON', data: `{"openapi":"3.1.0","info":{"title":"${name}","description":"${'x'.repeat(280)}"}}` },
              },
            ],
          },
        ],
      },
    },
  });
}
