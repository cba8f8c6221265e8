import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DirectorUnderTest, startDirectorUnderTest } from '../testing/director-under-test.ts';

const WEBHOOKS = 'webhooks { type url auth { accessStrategy } }';
const discovery = (origin: string) => ({ type: 'OPEN_RESOURCE_DISCOVERY', url: `${origin}/describe/me`, auth: { accessStrategy: 'sap:cmp-mtls:v1' } });

describe('the webhook for discovery', () => {
  let director: DirectorUnderTest;
  let tenant: string;
  beforeAll(async () => {
    director = await startDirectorUnderTest({ discoveryPaths: { shop: '/describe/me' } });
    tenant = await director.tenant('acme');
  });
  afterAll(() => director.stop());

  const register = async (input: string): Promise<{ id: string; webhooks: object[] }> => {
    const { data, errors } = await director.call({ tenant }, `mutation { registerApplication(in: { ${input} }) { id ${WEBHOOKS} } }`);
    expect(errors).toBeUndefined();
    return data.registerApplication;
  };

  it('comes with a base URL and a type that has a path, and once only', async () => {
    const { id, webhooks } = await register('name: "a", labels: { applicationType: "shop" }');
    expect(webhooks).toEqual([]);
    for (const origin of ['https://a.example.com/', 'https://b.example.com']) {
      const { data } = await director.call({ tenant }, `mutation { updateApplication(id: "${id}", in: { baseUrl: "${origin}" }) { ${WEBHOOKS} } }`);
      expect(data.updateApplication.webhooks).toEqual([discovery('https://a.example.com')]);
    }
  });

  it('comes with the registration when the base URL is known then', async () => {
    expect((await register('name: "b", baseUrl: "https://b.example.com", labels: { applicationType: "shop" }')).webhooks).toEqual([
      discovery('https://b.example.com'),
    ]);
    const given = 'webhooks: [{ type: OPEN_RESOURCE_DISCOVERY, url: "https://own.example.com" }]';
    expect((await register(`name: "c", baseUrl: "https://c.example.com", labels: { applicationType: "shop" }, ${given}`)).webhooks).toEqual([
      { type: 'OPEN_RESOURCE_DISCOVERY', url: 'https://own.example.com', auth: null },
    ]);
  });

  it('does not come for other types', async () => {
    for (const type of ['"other"', '"toString"', '1', '["shop"]'])
      expect(
        (await register(`name: "other ${type.replaceAll('"', '')}", baseUrl: "https://d.example.com", labels: { applicationType: ${type} }`)).webhooks,
      ).toEqual([]);
  });
});
