import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Authority, makeIntermediate, makeRoot } from '@binnacle/pki/certificate-authority';
import { issueCertificate } from '@binnacle/pki/issue-certificate';
import { acceptCertificateRequest } from '@binnacle/pki/request-policy';
import { TEST_SETTINGS } from '../testing/connector-under-test.ts';
import { newRequest, openSsl, subjectOf } from '../testing/openssl.ts';
import type { CertificateOrder, IssuedChain } from './certificate-issuer.ts';
import { checkIssued } from './check-issued.ts';

const DAY = 86_400;
const CLIENT = '0197a2c4-5f1e-7000-8000-2f6b1c9d0e11';
const { subject } = TEST_SETTINGS;

describe('what an issuer answers', () => {
  const now = new Date();
  let root: Authority;
  let ca: Authority;
  let order: CertificateOrder;
  let strange: CertificateOrder;
  beforeAll(async () => {
    const ssl = openSsl();
    const request = async (): Promise<CertificateOrder> => ({
      request: acceptCertificateRequest(await newRequest(ssl, subjectOf(CLIENT)), { clientId: CLIENT, subject }),
      clientId: CLIENT,
      uri: 'spiffe://binnacle.test/tenant/a/application/b',
      validitySeconds: DAY,
    });
    [order, strange] = [await request(), await request()];
    ssl.remove();
    root = await makeRoot({ subject: [[{ type: 'CN', value: 'root' }]], kind: 'p256', validitySeconds: 100 * DAY }, now);
    ca = await makeIntermediate(root, { subject: [[{ type: 'CN', value: 'ca' }]], kind: 'p256', validitySeconds: 50 * DAY }, {}, now);
  });

  async function chain(changes: { clientId?: string; uri?: string | undefined; of?: CertificateOrder; by?: Authority; at?: Date } = {}): Promise<IssuedChain> {
    const by = changes.by ?? ca;
    const uri = 'uri' in changes ? changes.uri : order.uri;
    const profile = { clientId: changes.clientId ?? CLIENT, subject, validitySeconds: DAY, urls: {}, ...(uri === undefined ? {} : { uri }) };
    const certificate = await issueCertificate(by, (changes.of ?? order).request, profile, changes.at ?? now);
    return { certificate, authorities: [by.certificate], issuerId: 'i' };
  }
  const faultOf = (issued: IssuedChain, at = now): string => {
    try {
      checkIssued(issued, order, subject, at);
      return 'none';
    } catch (error) {
      return (error as Error).message.replace('the issuer answered a certificate that was not ordered: ', '');
    }
  };

  it('passes when it is what was ordered', async () => {
    expect(faultOf(await chain())).toBe('none');
    expect(faultOf({ ...(await chain()), authorities: [ca.certificate, root.certificate] })).toBe('none');
  });

  it('is stopped when it is anything else', async () => {
    expect(faultOf(await chain({ of: strange }))).toBe('it is for another key');
    expect(faultOf(await chain({ clientId: 'somebody-else' }))).toBe('it has another subject');
    expect(faultOf(await chain({ uri: 'spiffe://binnacle.test/tenant/a/application/c' }))).toBe('it has other names');
    expect(faultOf(await chain({ uri: undefined }))).toBe('it has other names');
    expect(faultOf(await chain(), new Date(now.getTime() + 2 * DAY * 1_000))).toBe('it is not valid now');
    expect(faultOf({ ...(await chain()), authorities: [root.certificate] })).toBe('its chain does not verify it');
    expect(faultOf({ ...(await chain()), authorities: [ca.certificate, ca.certificate] })).toBe('its chain does not verify it');
    expect(faultOf({ ...(await chain()), certificate: ca.certificate })).toBe('it is for another key');
  });
});
