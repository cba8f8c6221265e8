import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DirectorUnderTest, startDirectorUnderTest } from '../testing/director-under-test.ts';

const API = '{ name: "orders", targetURL: "https://orders.example.com", version: { value: "v2" } }';

describe('clients that say package where this API says bundle', () => {
  let director: DirectorUnderTest;
  let tenant: string;
  beforeAll(async () => {
    director = await startDirectorUnderTest();
    tenant = await director.tenant('acme');
  });
  afterAll(() => director.stop());

  it('register, read and change, and get the names that they used', async () => {
    const registered = await director.call(
      { tenant },
      `mutation { registerApplication(in: { name: "old", labels: { packages: "package data", applicationType: "package" }, packages: [{ name: "a package", apiDefinitions: [${API}] }] }) {
        id labels(key: "packages") packages { data { id name apiDefinitions { data { version { value } } } } } } }`,
    );
    expect(registered.errors).toBeUndefined();
    const { id, packages, labels } = registered.data.registerApplication;
    expect({ labels, packages }).toEqual({
      labels: { packages: 'package data' },
      packages: { data: [{ id: expect.any(String), name: 'a package', apiDefinitions: { data: [{ version: { value: 'v2' } }] } }] },
    });
    const [{ id: packageId }] = packages.data;
    const read = await director.call(
      { tenant },
      `{ application(id: "${id}") { package(id: "${packageId}") { name } mine: packages { totalCount } ...rest } } fragment rest on Application { packages { totalCount } }`,
    );
    expect(read.data).toEqual({ application: { package: { name: 'a package' }, mine: { totalCount: 1 }, packages: { totalCount: 1 } } });
    const changed = await director.call(
      { tenant },
      'mutation ($app: ID!, $in: PackageCreateInput!) { addPackage(applicationID: $app, in: $in) { name documents { data { data } } } }',
      { app: id, in: { name: 'package two', documents: [{ title: 'packages', displayName: 'd', description: 'd', format: 'MARKDOWN', data: 'packages' }] } },
    );
    expect(changed.data).toEqual({ addPackage: { name: 'package two', documents: { data: [{ data: 'packages' }] } } });
    const added = await director.call(
      { tenant },
      `mutation { addAPIDefinitionToPackage(packageID: "${packageId}", in: { name: "n", targetURL: "https://n.example.com" }) { name } }`,
    );
    expect(added.data).toEqual({ addAPIDefinitionToPackage: { name: 'n' } });
  });

  it('get what they ask for where a nested field fails, too', async () => {
    const { data, errors } = await director.call({ tenant }, '{ applications { data { packages(first: 0) { totalCount } } } }');
    expect(errors[0]).toMatchObject({ path: ['applications', 'data', 0, 'packages'], extensions: { error_code: 22 } });
    expect(data.applications).toEqual({ data: [{ packages: null }] });
  });

  it('are refused names that never were', async () => {
    const { status, errors } = await director.call({ tenant }, '{ applications { data { packagez { totalCount } } } }');
    expect({ status, code: errors[0].extensions.code }).toEqual({ status: 422, code: 'GRAPHQL_VALIDATION_FAILED' });
  });

  it('are told apart: a Runtime that asks for bundles by this name is labelled so', async () => {
    const register = async (name: string): Promise<string> =>
      (await director.call({ tenant }, `mutation { registerRuntime(in: { name: "${name}" }) { id } }`)).data.registerRuntime.id;
    const [oldOne, newOne] = [await register('old'), await register('new')];
    await director.call({ tenant, consumerType: 'Runtime', consumerId: oldOne }, '{ applications { data { packages { totalCount } } } }');
    await director.call({ tenant, consumerType: 'Runtime', consumerId: newOne }, '{ applications { data { name } } }');
    await director.call({ tenant, consumerType: 'Runtime', consumerId: newOne }, '{ applications { data { bundles { totalCount } } } }');
    const { data } = await director.call(
      { tenant },
      `{ a: runtime(id: "${oldOne}") { labels(key: "useBundles") } b: runtime(id: "${newOne}") { labels(key: "useBundles") } }`,
    );
    expect(data).toEqual({ a: { labels: {} }, b: { labels: { useBundles: 'true' } } });
  });
});
