import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DirectorUnderTest, startDirectorUnderTest } from '../testing/director-under-test.ts';

describe('integration systems', () => {
  let director: DirectorUnderTest;
  beforeAll(async () => {
    director = await startDirectorUnderTest();
  });
  afterAll(() => director.stop());

  const register = (name: string) =>
    director.call({}, `mutation { registerIntegrationSystem(in: { name: "${name}", description: "d" }) { id name description auths { id } } }`);

  it('are registered, read, changed, listed and removed, without a tenant', async () => {
    const { data } = await register('int-system');
    const { id } = data.registerIntegrationSystem;
    expect(data.registerIntegrationSystem).toEqual({ id, name: 'int-system', description: 'd', auths: [] });
    const changed = await director.call({}, `mutation { updateIntegrationSystem(id: "${id}", in: { name: "new-int-system" }) { name description } }`);
    expect(changed.data.updateIntegrationSystem).toEqual({ name: 'new-int-system', description: null });
    const read = await director.call({}, `{ integrationSystem(id: "${id}") { name } integrationSystems(first: 100, after: "") { data { id } totalCount } }`);
    expect(read.data).toEqual({ integrationSystem: { name: 'new-int-system' }, integrationSystems: { data: [{ id }], totalCount: 1 } });
    const removed = await director.call({}, `mutation { unregisterIntegrationSystem(id: "${id}") { id auths { id } } }`);
    expect(removed.data.unregisterIntegrationSystem).toEqual({ id, auths: [] });
    expect((await director.call({}, `{ integrationSystem(id: "${id}") { name } }`)).data).toEqual({ integrationSystem: null });
    const again = await director.call({}, `mutation { unregisterIntegrationSystem(id: "${id}") { id } }`);
    expect(again.errors[0].message).toBe('Object not found [object=integrationSystem]');
  });

  it('have names that are unique and like DNS names', async () => {
    await register('taken');
    expect((await register('taken')).errors[0]).toMatchObject({ message: 'Object is not unique [object=integrationSystem]', extensions: { error_code: 21 } });
    expect((await register('0taken')).errors[0].message).toBe('Invalid data IntegrationSystemInput [name=cannot start with digit]');
    expect((await register('Taken')).errors[0].extensions.error_code).toBe(22);
    expect((await register('a'.repeat(37))).errors[0].extensions.error_code).toBe(22);
  });

  it('stay, with their credentials, while an Application refers to them', async () => {
    const tenant = await director.tenant('acme');
    const { data } = await register('needed');
    const { id } = data.registerIntegrationSystem;
    const client = await director.call({}, `mutation { requestClientCredentialsForIntegrationSystem(id: "${id}") { id } }`);
    const app = await director.call({ tenant }, `mutation { registerApplication(in: { name: "a", integrationSystemID: "${id}" }) { id } }`);
    const remove = () => director.call({}, `mutation { unregisterIntegrationSystem(id: "${id}") { id } }`);
    expect((await remove()).errors[0]).toMatchObject({
      message: expect.stringContaining('The record cannot be deleted because another record refers to it'),
      extensions: { error_code: 27 },
    });
    const kept = await director.call({}, `{ integrationSystem(id: "${id}") { auths { id } } }`);
    expect(kept.data.integrationSystem.auths).toEqual([{ id: client.data.requestClientCredentialsForIntegrationSystem.id }]);
    await director.call({ tenant }, `mutation { unregisterApplication(id: "${app.data.registerApplication.id}") { id } }`);
    expect((await remove()).errors).toBeUndefined();
  });
});
