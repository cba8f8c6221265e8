import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { name, type ClientCertificate, DOMAIN, type DoorCall, type DoorsUnderTest, startDoorsUnderTest } from '../testing/doors-under-test.ts';

const MTLS = 'compass-gateway-mtls';

const xfcc = ({ cert, fingerprint }: Pick<ClientCertificate, 'cert' | 'fingerprint'>, more = ''): string =>
  `By=spiffe://proxy;Hash=${fingerprint};Cert="${encodeURIComponent(cert)}"${more}`;
const subjectOnly = (fingerprint: string, subject: string): string => `By=spiffe://proxy;Hash=${fingerprint};Subject="${subject}";URI=`;
const standard = ({ cert }: Pick<ClientCertificate, 'cert'>): string => `:${cert.replace(/-----[^-]+-----|\s/g, '')}:`;

describe('certificates that a proxy passes on', () => {
  let trusting: DoorsUnderTest;
  let distrusting: DoorsUnderTest;
  let proving: DoorsUnderTest;
  let compatible: DoorsUnderTest;
  let wary: DoorsUnderTest;
  let authId: string;
  let victim: string;
  let certificate: ClientCertificate;
  let all: readonly DoorsUnderTest[];
  beforeAll(async () => {
    trusting = await startDoorsUnderTest({ GATEWAY_TRUSTED_PROXIES: '127.0.0.0/8' });
    distrusting = await startDoorsUnderTest({ GATEWAY_TRUSTED_PROXIES: '192.0.2.0/24' }, trusting.scene);
    proving = await startDoorsUnderTest({ GATEWAY_TRUSTED_PROXIES: '127.0.0.0/8', PROXY_CA: 'yes' }, trusting.scene);
    wary = await startDoorsUnderTest({ GATEWAY_STRICT: 'true' }, trusting.scene);
    compatible = await startDoorsUnderTest({ GATEWAY_TRUSTED_PROXIES: '127.0.0.0/8', GATEWAY_XFCC_SUBJECT_ONLY: 'true' }, trusting.scene);
    all = [distrusting, proving, compatible, wary, trusting];
  });
  afterAll(async () => {
    for (const doors of all) await doors.stop();
  });
  beforeEach(async () => {
    authId = await trusting.identity();
    victim = await trusting.identity('Runtime');
    certificate = await trusting.issue(authId);
    for (const doors of all) doors.seen.length = 0;
  });

  const through = (doors: DoorsUnderTest, headers: DoorCall['headers'], call: DoorCall = {}) =>
    doors.call({ at: 'http', label: MTLS, ...(headers ? { headers } : {}), ...call });

  it.each([
    ['X-Forwarded-Client-Cert', () => ({ 'x-forwarded-client-cert': xfcc(certificate) })],
    ['Client-Cert', () => ({ 'client-cert': standard(certificate) })],
  ] as const)('in %s are those of the client, when it is a trusted one', async (_, headers) => {
    expect((await through(trusting, headers())).status).toBe(200);
    expect(await trusting.callerOf(trusting.seen.at(-1))).toMatchObject({ systemAuthId: authId, certificate: { fingerprint: certificate.fingerprint } });
    expect(trusting.seen.at(-1)?.headers).not.toHaveProperty('x-forwarded-client-cert');
  });

  it.each([
    ['X-Forwarded-Client-Cert', () => ({ 'x-forwarded-client-cert': xfcc(certificate) })],
    ['Client-Cert', () => ({ 'client-cert': standard(certificate) })],
    ['both', () => ({ 'x-forwarded-client-cert': xfcc(certificate), 'client-cert': standard(certificate) })],
  ] as const)('in %s are nothing from any other address', async (_, headers) => {
    expect(await through(distrusting, headers())).toMatchObject({ status: 401, json: { data: null, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } });
    expect(distrusting.seen).toEqual([]);
  });

  it('are nothing from a trusted address without the proxy’s own certificate, where it must show one', async () => {
    const headers = { 'x-forwarded-client-cert': xfcc(certificate) };
    expect((await through(proving, headers)).status).toBe(401);
    const proxy = await proving.externalCertificate(name(['CN', 'proxy']), proving.proxyAuthority);
    expect((await proving.call({ at: 'mtls', certificate: proxy, headers })).status).toBe(200);
    expect(await proving.callerOf(proving.seen.at(-1))).toMatchObject({ systemAuthId: authId });
    // The proxy itself is nobody, and a client is not believed as a proxy is.
    expect((await proving.call({ at: 'mtls', certificate: proxy })).status).toBe(401);
    const own = await proving.issue(victim);
    expect((await proving.call({ at: 'mtls', certificate: own, headers })).status).toBe(200);
    expect(await proving.callerOf(proving.seen.at(-1))).toMatchObject({ systemAuthId: victim });
  });

  it.each([
    ['two elements', (): string => `${xfcc(certificate)},${xfcc(certificate)}`],
    ['an element of the client’s before the proxy’s', (): string => `${subjectOnly('ab', `CN=${victim}`)},${xfcc(certificate)}`],
    ['the subject alone', (): string => subjectOnly(certificate.fingerprint, `CN=${authId}`)],
    ['quotes in the subject', (): string => subjectOnly(certificate.fingerprint, `CN=a\\",CN=${victim}`)],
    ['a unit that looks like a name', (): string => subjectOnly(certificate.fingerprint, `OU=CN=${victim}`)],
    ['the fingerprint of another certificate', (): string => xfcc({ ...certificate, fingerprint: 'ab'.repeat(32) })],
    ['two fingerprints', (): string => xfcc(certificate, `;Hash=${'ab'.repeat(32)}`)],
    ['an attribute nobody knows', (): string => xfcc(certificate, ';Name=x')],
    ['quotes that are not closed', (): string => `${xfcc(certificate)};Subject="CN=x`],
    [
      'a certificate that is none',
      (): string => `Hash=${certificate.fingerprint};Cert="${encodeURIComponent('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')}"`,
    ],
    ['nothing', (): string => ''],
  ] as const)('are nobody’s with %s', async (_, header) => {
    expect(await through(trusting, { 'x-forwarded-client-cert': header() })).toMatchObject({ status: 401 });
    expect(trusting.seen).toEqual([]);
  });

  it('are nobody’s when there are two headers of them', async () => {
    expect((await through(trusting, { 'x-forwarded-client-cert': [xfcc(certificate), xfcc(certificate)] })).status).toBe(401);
    expect((await through(trusting, { 'x-forwarded-client-cert': xfcc(certificate), 'client-cert': standard(certificate) })).status).toBe(401);
  });

  it('are those of the certificate, whatever the text beside it says', async () => {
    expect((await through(trusting, { 'x-forwarded-client-cert': xfcc(certificate, `;Subject="CN=${victim}"`) })).status).toBe(200);
    expect(await trusting.callerOf(trusting.seen.at(-1))).toMatchObject({ systemAuthId: authId });
    const forged = await trusting.issue(authId, { subject: name(['CN', 'attacker'], ['serialNumber', `CN=${victim}`]) });
    expect((await through(trusting, { 'x-forwarded-client-cert': xfcc(forged) })).status).toBe(401);
  });

  it('are refused when revoked, as others are', async () => {
    await trusting.scene.sql(`update certificate set revoked_at = now() where fingerprint_sha256 = decode($1, 'hex')`, [certificate.fingerprint]);
    expect((await through(trusting, { 'x-forwarded-client-cert': xfcc(certificate) })).status).toBe(401);
  });

  it('may be told by subject and fingerprint alone where that is configured: still only those on record', async () => {
    const text = `CN=${authId},OU=OrgUnit,O=Org,L=Locality,ST=State,C=PL`;
    expect((await through(compatible, { 'x-forwarded-client-cert': subjectOnly(certificate.fingerprint, text) })).status).toBe(200);
    expect(await compatible.callerOf(compatible.seen.at(-1))).toMatchObject({ systemAuthId: authId });
    for (const forged of [subjectOnly(certificate.fingerprint, text.replace(authId, victim)), subjectOnly('ab'.repeat(32), text), `Subject="${text}"`])
      expect((await through(compatible, { 'x-forwarded-client-cert': forged })).status).toBe(401);
  });

  it('say nothing at names where callers show tokens', async () => {
    const headers = { 'x-forwarded-client-cert': xfcc(certificate) };
    expect((await trusting.call({ at: 'http', label: 'compass-gateway', path: '/connector/graphql', headers })).status).toBe(401);
    expect((await trusting.call({ at: 'http', label: 'compass-gateway-auth-oauth', headers })).status).toBe(401);
  });

  it('leave the address and the protocol of the client to the trusted proxy alone', async () => {
    const noted = { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'internal', forwarded: 'for=1.1.1.1' };
    await through(trusting, { 'x-forwarded-client-cert': xfcc(certificate), ...noted });
    expect(trusting.seen.at(-1)?.headers).toMatchObject({
      'x-forwarded-for': '198.51.100.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': `${MTLS}.${DOMAIN}`,
    });
    expect(trusting.seen.at(-1)?.headers).not.toHaveProperty('forwarded');
    await distrusting.call({ at: 'mtls', certificate, headers: noted });
    expect(distrusting.seen.at(-1)?.headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'localhost' });
  });

  it.each([
    'Client-Id-From-Certificate',
    'client-id-from-certificate',
    'CLIENT_ID_FROM_CERTIFICATE',
    'Client-Id-From-Token',
    'Client-Certificate-Hash',
    'Certificate-Data',
    'Subject-From-Certificate',
    'Client-Certificate-Issuer',
    'X-Flow-Identity',
    'X-Authorization',
    'X-Consumer-Type',
    'X-Forwarded-Client-Cert',
    'Client-Cert',
  ])('are not imitated by the header %s of a client: nothing of it arrives, and with strictness it is refused', async (header) => {
    const value = header === 'X-Flow-Identity' ? 'Super Admin' : header === 'X-Forwarded-Client-Cert' ? xfcc(await trusting.issue(victim)) : victim;
    expect((await distrusting.call({ at: 'mtls', certificate, headers: { [header]: [value, value] } })).status).toBe(200);
    const seen = distrusting.seen.at(-1);
    expect(await distrusting.callerOf(seen)).toMatchObject({ systemAuthId: authId, consumerType: 'Application' });
    expect(JSON.stringify(seen?.rawHeaders)).not.toContain(victim);
    expect(seen?.headers).not.toHaveProperty(header.toLowerCase());
    expect(await wary.call({ at: 'mtls', certificate: await wary.issue(authId), headers: { [header]: value } })).toMatchObject({ status: 400 });
    expect(await distrusting.metrics.metrics()).toMatch(new RegExp(`gateway_spoofed_header_total\\{header="${header.toLowerCase().replaceAll('_', '-')}"`));
  });

  it.each(['Authorization', 'Client-Id-From-Certificate, Tenant', 'x-forwarded-client-cert'])(
    'are not undone by naming %s as a header of the connection',
    async (names) => {
      expect((await distrusting.call({ at: 'mtls', certificate, headers: { connection: `keep-alive, ${names}` } })).status).toBe(200);
      expect(await distrusting.callerOf(distrusting.seen.at(-1))).toMatchObject({ systemAuthId: authId });
    },
  );
});
