/**
 * The Director against a bare node:http server that sends the text of the very same SQL statement, both in processes of their own, in one run.
 * `./binnacle bench director-reads [applications [part of a read's name]]`
 */
import { generateSigningKey, mintInternalToken } from '@binnacle/internal-token/mint';
import { BIG_TENANT } from '../support/seed-applications.ts';
import { startLandscape } from './support/landscape.ts';
import { compare, inRounds, measure, print, ratioRow } from './support/measure.ts';
import { forkServer } from './support/processes.ts';

const APPLICATIONS = Number(process.argv[2] ?? 1_000);
const ONLY = process.argv[3] ?? '';
const ISSUER = 'load';
const FIELDS = 'id name description providerName status { condition timestamp } labels';
const NESTED = 'id name labels bundles { data { id name apiDefinitions { data { id name targetURL spec { type format data } version { value } } } } }';

interface Case {
  readonly name: string;
  readonly query: string;
  /** Every literal inlined and different in each request, as the Go clients write them. */
  readonly varied?: (n: number) => string;
  readonly target: number;
}

const cases: readonly Case[] = [
  {
    name: '100 applications, nested',
    query: `{ result: applications(first: 100) { data { ${NESTED} } pageInfo { endCursor hasNextPage } totalCount } }`,
    varied: (n) => `query { result: applications(first: ${90 + (n % 20)}) { data { ${NESTED} } pageInfo { endCursor hasNextPage } totalCount } }`,
    target: 0.8,
  },
  {
    name: '100 applications, flat',
    query: `{ result: applications(first: 100) { data { ${FIELDS} } } }`,
    varied: (n) => `query { result: applications(first: ${90 + (n % 20)}) { data { ${FIELDS} } } }`,
    target: 0.8,
  },
  {
    name: 'label filter',
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

function idOf(n: number): string {
  return `01970000-1000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

const landscape = await startLandscape({ tenants: 100, applications: Math.floor(APPLICATIONS / 2), bigTenantApplications: Math.ceil(APPLICATIONS / 2) });
const key = generateSigningKey();
const director = await forkServer('director-process.ts', { url: landscape.url, jwk: key.publicJwk, issuer: ISSUER });
const bare = await forkServer('bare-process.ts', { url: landscape.url });
const scopes = new Set(
  'application:read runtime:read application.auths:read runtime.auths:read application.webhooks:read api_spec.fetch_request:read'.split(' '),
);
const token = (): string =>
  mintInternalToken(
    key,
    {
      consumerId: 'tester',
      consumerType: 'Static User',
      flow: 'JWT',
      scopes,
      tenant: BIG_TENANT,
      externalTenant: 'big',
      onBehalfOf: '',
      region: '',
      subject: '',
    },
    ISSUER,
    'director',
    Math.floor(Date.now() / 1000),
  );
const ask = async (body: (n: number) => string, seconds = 1.5): Promise<number> => {
  const url = `http://127.0.0.1:${director.port}/graphql`;
  return (await measure({ url, headers: { authorization: `Bearer ${token()}` }, body }, seconds)).perSecond;
};

print(`${APPLICATIONS} applications in the registry, half of them in the tenant that asks; 16 connections; answers per second, medians of five rounds`, '');
print('| Read | Director | bare server | ratio (worst–best) | target | |', '| --- | ---: | ---: | --- | --- | --- |');
for (const { name, query, varied, target } of cases.filter((one) => one.name.includes(ONLY))) {
  const fixed = JSON.stringify({ query });
  await ask(() => fixed, 0.5);
  const { statement } = await director.ask<{ statement: object | null }>({});
  await bare.ask({ statement: name === 'viewer' ? null : statement });
  const [theirs = [], ours = [], variedOnes = []] = await inRounds([
    async () => (await measure({ url: `http://127.0.0.1:${bare.port}/`, headers: { authorization: `Bearer ${token()}` }, body: () => fixed }, 1.5)).perSecond,
    () => ask(() => fixed),
    ...(varied ? [() => ask((n) => JSON.stringify({ query: varied(n) }))] : []),
  ]);
  print(ratioRow(name, compare(ours, theirs), target));
  if (varied) print(ratioRow(`${name}, literals vary`, compare(variedOnes, theirs), target));
}
director.stop();
bare.stop();
await landscape.stop();
