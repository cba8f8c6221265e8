import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DirectorUnderTest, startDirectorUnderTest } from '../testing/director-under-test.ts';

const ALL = 'id subject consumerType internalConsumerID tenantAccessLevels createdAt updatedAt';

describe('certificate subject mappings', () => {
  let director: DirectorUnderTest;
  beforeAll(async () => {
    director = await startDirectorUnderTest();
  });
  afterAll(() => director.stop());

  const input = (cn: string, extra = {}) => ({
    subject: `C=DE, L=here, O=Org, OU=Region, OU=Unit, OU=2c0f, CN=${cn}`,
    consumerType: 'Integration System',
    internalConsumerID: 'e01a1918-5ee9-40c4-8ec7-e407264d43d2',
    tenantAccessLevels: ['account', 'global'],
    ...extra,
  });
  const create = (given: object) =>
    director.call({}, `mutation ($in: CertificateSubjectMappingInput!) { createCertificateSubjectMapping(in: $in) { ${ALL} } }`, { in: given });

  it('are created sorted, read, changed and deleted', async () => {
    const { data } = await create(input('one'));
    const made = data.createCertificateSubjectMapping;
    expect(made).toMatchObject({ ...input('one'), subject: 'CN=one, OU=2c0f, OU=Region, OU=Unit, O=Org, L=here, C=DE', updatedAt: null });
    const { data: read } = await director.call({}, `{ certificateSubjectMapping(id: "${made.id}") { ${ALL} } }`);
    expect(read.certificateSubjectMapping).toEqual(made);
    const { data: changed } = await director.call(
      {},
      `mutation ($in: CertificateSubjectMappingInput!) { updateCertificateSubjectMapping(id: "${made.id}", in: $in) { ${ALL} } }`,
      { in: { subject: input('two').subject, consumerType: 'Runtime', tenantAccessLevels: ['customer'] } },
    );
    expect(changed.updateCertificateSubjectMapping).toMatchObject({ consumerType: 'Runtime', internalConsumerID: null, tenantAccessLevels: ['customer'] });
    expect(changed.updateCertificateSubjectMapping.updatedAt).not.toBeNull();
    const remove = () => director.call({}, `mutation { deleteCertificateSubjectMapping(id: "${made.id}") { ${ALL} } }`);
    expect((await remove()).data.deleteCertificateSubjectMapping).toEqual(changed.updateCertificateSubjectMapping);
    expect(await remove()).toMatchObject({
      data: { deleteCertificateSubjectMapping: null },
      errors: [{ message: 'Object not found [object=certSubjectMapping]', extensions: { error_code: 20 } }],
    });
    expect((await director.call({}, `{ certificateSubjectMapping(id: "${made.id}") { id } }`)).errors[0].extensions.error_code).toBe(20);
  });

  it('come in pages of at most 300', async () => {
    await create(input('a'));
    await create(input('b'));
    const page = (args: string) => director.call({}, `{ certificateSubjectMappings${args} { data { id } pageInfo { endCursor hasNextPage } totalCount } }`);
    const first = (await page('(first: 1)')).data.certificateSubjectMappings;
    expect(first).toMatchObject({ totalCount: 2, pageInfo: { hasNextPage: true } });
    const second = (await page(`(first: 300, after: "${first.pageInfo.endCursor}")`)).data.certificateSubjectMappings;
    expect(second.data).toHaveLength(1);
    expect(second.data).not.toEqual(first.data);
    expect((await page('(first: 301)')).errors[0].message).toBe('Invalid data [reason=page size must be between 1 and 300]');
  });

  it('are one for a subject, however it is written', async () => {
    await create(input('unique'));
    const again = await create(input('unique', { subject: 'CN=unique,OU=Unit,OU=2c0f,OU=Region,O=Org,L=here,C=DE' }));
    expect(again.errors[0]).toMatchObject({ message: 'Object is not unique [object=certSubjectMapping]', extensions: { error_code: 21 } });
  });

  it('say everything that is wrong with them at once', async () => {
    const { errors } = await create({ subject: 'CN=a', consumerType: 'Nobody', tenantAccessLevels: ['continent'] });
    expect(errors[0].extensions.error_code).toBe(22);
    expect(errors[0].message).toBe(
      'Invalid data CertificateSubjectMappingInput [consumerType=must be a valid value; subject=must have C, O, OU, L; tenantAccessLevels=must be a valid value]',
    );
  });
});
