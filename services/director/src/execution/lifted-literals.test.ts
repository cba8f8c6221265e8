import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DirectorUnderTest, startDirectorUnderTest } from '../testing/director-under-test.ts';

/** Documents that differ in their literals only are prepared once; each call still means its own. */
describe('documents of one shape', () => {
  let director: DirectorUnderTest;
  let tenant: string;
  const ids: string[] = [];
  beforeAll(async () => {
    director = await startDirectorUnderTest();
    tenant = await director.tenant('acme');
    for (const name of ['one', 'two', 'three']) {
      const { data } = await director.call(
        { tenant },
        `mutation { registerApplication(in: { name: "${name}", bundles: [{ name: "b1" }, { name: "b2" }] }) { id } }`,
      );
      ids.push(data.registerApplication.id);
    }
  });
  afterAll(() => director.stop());

  it('answer each its own object when read', async () => {
    for (const [index, name] of ['one', 'two', 'three'].entries()) {
      const { data } = await director.call({ tenant }, `{ application(id: "${ids[index]}") { name bundles(first: ${index + 1}) { data { name } } } }`);
      expect(data.application).toEqual({ name, bundles: { data: [{ name: 'b1' }, { name: 'b2' }].slice(0, index + 1) } });
    }
  });

  it('answer each its own object beside introspection', async () => {
    for (const [index, name] of ['one', 'two', 'three'].entries()) {
      const { data } = await director.call({ tenant }, `{ __schema { queryType { name } } application(id: "${ids[index]}") { name } }`);
      expect(data.application).toEqual({ name });
    }
  });

  it('answer each its own object where a nested field fails', async () => {
    for (const [index, name] of ['one', 'two', 'three'].entries()) {
      const size = index === 1 ? 1 : 0;
      const { data, errors } = await director.call({ tenant }, `{ application(id: "${ids[index]}") { id name bundles(first: ${size}) { totalCount } } }`);
      expect(data.application).toEqual({ id: ids[index], name, bundles: size === 0 ? null : { totalCount: 2 } });
      expect(errors === undefined).toBe(size === 1);
    }
  });

  it('change each its own object where a nested field of the answer fails', async () => {
    for (const [description, size] of [
      ['first', 1],
      ['second', 0],
      ['third', 201],
      ['fourth', 2],
    ] as const) {
      const { data, errors } = await director.call(
        { tenant },
        `mutation { updateApplication(id: "${ids[0]}", in: { description: "${description}" }) { description bundles(first: ${size}) { data { name } } } }`,
      );
      const shown = size === 1 || size === 2;
      expect(data.updateApplication).toEqual({ description, bundles: shown ? { data: [{ name: 'b1' }, { name: 'b2' }].slice(0, size) } : null });
      expect(errors?.[0].path).toEqual(shown ? undefined : ['updateApplication', 'bundles']);
    }
  });

  it('refuse a literal that does not fit, though one before it did', async () => {
    const ask = (first: string) => director.call({ tenant }, `{ applications(first: ${first}) { totalCount } }`);
    expect((await ask('1')).data.applications.totalCount).toBe(3);
    for (const wrong of ['1.5', '99999999999', '"1"', 'true']) expect((await ask(wrong)).status).toBe(422);
    expect((await ask('2')).data.applications.totalCount).toBe(3);
  });
});

describe('directives with variables', () => {
  let director: DirectorUnderTest;
  beforeAll(async () => {
    director = await startDirectorUnderTest();
  });
  afterAll(() => director.stop());

  it.each([true, false])('decide what a mutation that answers a plain value shows: %s', async (yes) => {
    const tenant = await director.tenant(`acme-${yes}`);
    const { data: made } = await director.call({ tenant }, 'mutation { registerApplication(in: { name: "a" }) { id } }');
    const { data, errors } = await director.call(
      { tenant },
      `mutation ($yes: Boolean!) { setApplicationLabel(applicationID: "${made.registerApplication.id}", key: "a", value: 1) { key value @include(if: $yes) shown: value @skip(if: $yes) } }`,
      { yes },
    );
    expect(errors).toBeUndefined();
    expect(data.setApplicationLabel).toEqual(yes ? { key: 'a', value: 1 } : { key: 'a', shown: 1 });
  });
});
