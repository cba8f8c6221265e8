import type { StackAddresses } from './stack.ts';

/** What a newcomer needs after the start: addresses, how to get a token, three things to try. */
export function welcome(
  { gateway, gatewayTls, gatewayMtls, issuer }: StackAddresses,
  { seconds, folder, ca }: { readonly seconds: number; readonly folder: string; readonly ca: string },
): string {
  return `
Binnacle is ready (${seconds.toFixed(1)} s). Data and logs: ${folder}

  GraphQL         ${gateway}/director/graphql
  Playground      ${gateway}/playground
  Specification   ${gateway}/specification
  With TLS        ${gatewayTls}   (curl --cacert ${ca})
  Certificates    ${gatewayMtls}   (callers show a client certificate)
  Login           ${issuer}   (users: admin, operator, viewer, partner; no password here)

Get a token       TOKEN=$(./binnacle token --user admin)

Try next
  1. Open the playground, log in as admin, and run one of its examples: ${gateway}/playground
  2. Ask for the demo landscape from the shell:
       curl -s ${gateway}/director/graphql -H "Authorization: Bearer $TOKEN" -H 'Tenant: acme' -H 'Content-Type: application/json' \\
         -d '{"query":"{ applications { totalCount data { name labels } } }"}'
  3. Register an application of your own, as the five-minute tour in README.md shows.

Ctrl-C stops everything.
`;
}
