import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DirectorUnderTest, startDirectorUnderTest } from './testing/director-under-test.ts';

describe('a landscape', () => {
  let director: DirectorUnderTest;
  let acme: string;
  beforeAll(async () => {
    director = await startDirectorUnderTest();
    acme = await director.tenant('acme');
  });
  afterAll(() => director.stop());

  it('smoke', async () => {
    const r = await director.call(
      { tenant: acme },
      `mutation { registerApplication(in: { name: "shop", labels: {applicationType: "SAP Commerce Cloud", a: [1]}, webhooks: [{type: CONFIGURATION_CHANGED, url: "https://x.example.com", auth: {credential: {basic: {username: "u", password: "p"}}}}], bundles: [{name: "b", defaultInstanceAuth: {credential: {oauth: {clientId: "i", clientSecret: "s", url: "https://t.example.com"}}}, apiDefinitions: [{name: "api", targetURL: "https://t.example.com/x", version: {value: "1.0.0"}, spec: {type: OPEN_API, format: JSON, data: "{}"}}], documents: [{title:"t", displayName: "d", description: "x", format: MARKDOWN, data: "# x"}]}]}) { id name labels baseUrl status { condition timestamp } webhooks { type url auth { credential { __typename ... on BasicCredentialData { username password } } additionalHeaders certCommonName } } bundles { totalCount pageInfo { endCursor hasNextPage startCursor } data { name defaultInstanceAuth { credential { ... on OAuthCredentialData { clientId clientSecret url } } } apiDefinitions { data { name version { value deprecated } spec { data type format } } } documents(first: 1) { data { title data } } eventDefinitions { data { id } totalCount } } } auths { id } } }`,
    );
    expect(r.errors).toBeUndefined();
    console.log(JSON.stringify(r.data, null, 1));
    const q = await director.call(
      { tenant: acme },
      '{ applications(filter: [{key: "a", query: "1"}]) { totalCount data { name labels(key: "name") l2: labels } } viewer { id type } tenants(searchTerm: "ACM") { totalCount data { id name parents labels } } labelDefinitions { key } formationTemplates { data { name runtimeTypes applicationTypes } } healthChecks { totalCount data { type } } }',
    );
    console.log(JSON.stringify(q));
    const f = await director.call(
      { tenant: acme },
      `mutation { createFormation(formation: {name: "one"}) { id name state status { condition errors { message } } error { message errorCode } } a: assignFormation(objectID: "${r.data.registerApplication.id}", objectType: APPLICATION, formation: {name: "one"}) { name status { condition } formationAssignments { totalCount data { source sourceType sourceEntity { __typename ... on Application { name labels } } state configuration assignmentOperations { data { operationType triggeredBy } } } } } }`,
    );
    console.log(JSON.stringify(f));
    const g = await director.call({ tenant: acme, scopes: ['formation:read', 'application:read'] }, '{ formations { data { name tenantID } } }');
    console.log(JSON.stringify(g));
    const h = await director.call(
      { tenant: acme },
      '{ applications(filter: [{key: "scenarios", query: "$[*] ? (@ == \\"one\\")"}]) { data { name labels } } labelDefinitions { schema } __schema { queryType { name } } }',
    );
    console.log(JSON.stringify(h));
    const i = await director.call(
      { tenant: acme },
      '{ applications(filter: [{key: "scenarios", query: "$[*] ? (@ == \\"one\\")"}]) { data { name labels } } labelDefinitions { schema } }',
    );
    console.log(JSON.stringify(i));
  });
});
