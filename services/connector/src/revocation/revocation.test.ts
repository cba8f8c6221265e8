import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ConnectorUnderTest, type Credential, credentialOf, REVOKE, startConnectorUnderTest } from '../testing/connector-under-test.ts';
import { newRequest, type OpenSsl, openSsl, subjectOf } from '../testing/openssl.ts';

const HOUR_MS = 3_600_000;

describe('revocation, as everybody can read it', () => {
  let connector: ConnectorUnderTest;
  let ssl: OpenSsl;
  let issuerId: string;
  beforeAll(async () => {
    connector = await startConnectorUnderTest();
    ssl = openSsl();
    issuerId = connector.authorities.active().record.id;
    ssl.write('roots.pem', await text('/v1/pki/roots.pem'));
    ssl.write('ca.pem', await text('/v1/pki/ca.pem'));
  });
  afterAll(async () => {
    ssl.remove();
    await connector.stop();
  });

  const text = async (path: string): Promise<string> => (await fetch(`${connector.url}${path}`)).text();

  /** A certificate in `<name>.pem`. */
  async function certificate(name: string): Promise<Credential> {
    const authId = await connector.identity();
    const { data } = await connector.sign({ kind: 'token', authId }, await newRequest(ssl, subjectOf(authId), { name }));
    ssl.write(`${name}.pem`, Buffer.from(data.result.clientCertificate as string, 'base64'));
    return credentialOf(data.result.clientCertificate as string, authId);
  }
  async function revoke(credential: Credential): Promise<void> {
    expect((await connector.call(credential, REVOKE)).data).toEqual({ result: true });
    await connector.lists.refresh();
  }
  async function fetchLists(): Promise<void> {
    const roots = connector.authorities.trusted().filter(({ record }) => record.role === 'root');
    const ids = [issuerId, ...roots.map(({ record }) => record.id)];
    ssl.write('lists.pem', (await Promise.all(ids.map((id) => text(`/v1/pki/crl/${id}.pem`)))).join(''));
  }
  const verify = (name: string): Promise<{ code: number; output: string }> =>
    ssl.run(`verify -crl_check_all -CRLfile lists.pem -CAfile roots.pem -untrusted ca.pem ${name}.pem`);
  const numberOf = async (path: string): Promise<number> => {
    ssl.write('list.der', Buffer.from(await (await fetch(`${connector.url}${path}`)).arrayBuffer()));
    return Number((await ssl.run('crl -inform DER -in list.der -noout -crlnumber')).output.trim().replace('crlNumber=', ''));
  };
  const ocsp = (name: string, more = ''): Promise<{ code: number; output: string }> =>
    ssl.run(`ocsp -issuer ca.pem -cert ${name}.pem -url ${connector.url}/v1/pki/ocsp -CAfile roots.pem -verify_other ca.pem ${more}`);

  it('lists: openssl accepts a good certificate and refuses a revoked one', async () => {
    const [, bad] = [await certificate('good'), await certificate('bad')];
    await fetchLists();
    expect((await verify('good')).output).toBe('good.pem: OK\n');
    expect((await verify('bad')).output).toBe('bad.pem: OK\n');
    await revoke(bad);
    await fetchLists();
    expect((await verify('good')).output).toBe('good.pem: OK\n');
    const refused = await verify('bad');
    expect(refused).toEqual({ code: 2, output: expect.stringContaining('certificate revoked') });
  });

  it('lists: come without being asked for soon after a revocation', async () => {
    const credential = await certificate('soon');
    const before = connector.lists.find(issuerId)?.full.number;
    await connector.call(credential, REVOKE);
    while (connector.lists.find(issuerId)?.full.number === before) await new Promise((resolve) => setImmediate(resolve));
    await fetchLists();
    expect((await verify('soon')).code).toBe(2);
  });

  it('lists: have numbers that only grow, also across processes', async () => {
    const first = await numberOf(`/v1/pki/crl/${issuerId}.der`);
    await revoke(await certificate('one'));
    const second = await numberOf(`/v1/pki/crl/${issuerId}.der`);
    expect(second).toBeGreaterThan(first);
    const { keepRevocationLists } = await import('./revocation-lists.ts');
    const options = {
      registry: connector.registry,
      authorities: connector.authorities,
      deltaUrlOf: () => 'http://x/',
      lifeSeconds: 86_400,
      now: connector.now,
    };
    const others = await Promise.all([keepRevocationLists(options), keepRevocationLists(options)]);
    // Nothing changed: both found what the first process built.
    expect(others.map((lists) => lists.find(issuerId)?.full.number)).toEqual([BigInt(second), BigInt(second)]);
    await connector.call(await certificate('two'), REVOKE);
    await Promise.all([...others, connector.lists].map((lists) => lists.refresh()));
    const numbers = [...others, connector.lists].map((lists) => Number(lists.find(issuerId)?.full.number));
    expect(new Set(numbers).size).toBe(1);
    expect(numbers[0]).toBeGreaterThan(second);
    for (const lists of others) lists.stop();
  });

  it('lists: are built again at half of their life', async () => {
    const before = await numberOf(`/v1/pki/crl/${issuerId}.der`);
    await connector.lists.refresh();
    expect(await numberOf(`/v1/pki/crl/${issuerId}.der`)).toBe(before);
    connector.shift(13 * HOUR_MS);
    await connector.lists.refresh();
    connector.shift(-13 * HOUR_MS);
    expect(await numberOf(`/v1/pki/crl/${issuerId}.der`)).toBeGreaterThan(before);
  });

  it('lists: have a delta list that openssl reads, with what was revoked since its base', async () => {
    await revoke(await certificate('delta'));
    ssl.write('delta.der', Buffer.from(await (await fetch(`${connector.url}/v1/pki/crl/${issuerId}.delta.der`)).arrayBuffer()));
    const { output } = await ssl.run('crl -inform DER -in delta.der -noout -text');
    const { output: serial } = await ssl.run('x509 -in delta.pem -noout -serial');
    expect(output).toContain('X509v3 Delta CRL Indicator: critical');
    expect(output).toContain(serial.trim().replace('serial=', ''));
  });

  it('lists: can be kept for a while, and asked for only if they changed', async () => {
    const first = await fetch(`${connector.url}/v1/pki/crl/${issuerId}.der`);
    expect(first.headers.get('content-type')).toBe('application/pkix-crl');
    expect(first.headers.get('cache-control')).toBe('public, max-age=60');
    const etag = first.headers.get('etag') ?? '';
    expect((await fetch(`${connector.url}/v1/pki/crl/${issuerId}.der`, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await fetch(`${connector.url}/v1/pki/crl/${issuerId}.der`, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    const head = await fetch(`${connector.url}/v1/pki/crl/${issuerId}.der`, { method: 'HEAD' });
    expect([head.status, (await head.arrayBuffer()).byteLength, Number(head.headers.get('content-length'))]).toEqual([
      200,
      0,
      (await first.arrayBuffer()).byteLength,
    ]);
    expect((await fetch(`${connector.url}/v1/pki/crl/${issuerId}.der`, { method: 'PUT' })).headers.get('allow')).toBe('GET');
    expect((await fetch(`${connector.url}/v1/pki/crl/${'0'.repeat(36)}.der`)).status).toBe(404);
  });

  it('OCSP: good, revoked and unknown, by POST and by GET, with and without a nonce', async () => {
    const bad = await certificate('ocsp-bad');
    await certificate('ocsp-good');
    await connector.call(bad, REVOKE);
    const [good, revoked] = [await ocsp('ocsp-good'), await ocsp('ocsp-bad', '-no_nonce')];
    expect(good.output).toContain('Response verify OK');
    expect(good.output).toContain('ocsp-good.pem: good');
    expect(good.output).not.toContain('no nonce in response');
    expect(revoked.output).toContain('ocsp-bad.pem: revoked');
    const unknown = await ssl.run(`ocsp -issuer ca.pem -serial 0x4fabcdef -url ${connector.url}/v1/pki/ocsp -CAfile roots.pem -verify_other ca.pem`);
    expect(unknown.output).toContain('0x4fabcdef: unknown');

    await ssl.run('ocsp -issuer ca.pem -cert ocsp-good.pem -no_nonce -reqout request.der');
    const { readFileSync } = await import('node:fs');
    const request = readFileSync(`${ssl.folder}/request.der`).toString('base64');
    const response = await fetch(`${connector.url}/v1/pki/ocsp/${encodeURIComponent(request)}`);
    expect(response.headers.get('cache-control')).toBe('public, max-age=60');
    ssl.write('response.der', Buffer.from(await response.arrayBuffer()));
    const got = await ssl.run('ocsp -respin response.der -issuer ca.pem -cert ocsp-good.pem -CAfile roots.pem -verify_other ca.pem -no_nonce');
    expect(got.output).toContain('ocsp-good.pem: good');
  });

  it('OCSP: an authority below the root is good', async () => {
    const root = connector.authorities.trusted().find(({ record }) => record.role === 'root');
    ssl.write('root.pem', await text(`/v1/pki/certificates/${root?.record.id}.pem`));
    const { output } = await ssl.run(`ocsp -issuer root.pem -cert ca.pem -url ${connector.url}/v1/pki/ocsp -CAfile roots.pem`);
    expect(output).toContain('ca.pem: good');
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a text', Buffer.from('nonsense')],
    ['bytes', Buffer.alloc(500, 0x30)],
  ])('OCSP: %s is answered with malformedRequest and 200', async (_, body) => {
    const response = await fetch(`${connector.url}/v1/pki/ocsp`, { method: 'POST', headers: { 'content-type': 'application/ocsp-request' }, body });
    expect([response.status, Buffer.from(await response.arrayBuffer()).toString('hex')]).toEqual([200, '30030a0101']);
    expect((await fetch(`${connector.url}/v1/pki/ocsp`, { method: 'POST', body: Buffer.alloc(12_000) })).status).toBe(413);
  });

  it('is measured: age of the lists, end of the issuers', async () => {
    const metrics = await connector.metrics.metrics();
    expect(metrics).toMatch(new RegExp(`connector_crl_age_seconds\\{issuer="${issuerId}",service="connector"\\} \\d`));
    expect(metrics).toMatch(new RegExp(`connector_revocation_lag_seconds\\{issuer="${issuerId}",service="connector"\\} \\d`));
    expect(metrics).toMatch(new RegExp(`connector_issuer_not_after_seconds\\{issuer="${issuerId}",state="active",service="connector"\\} \\d{10}`));
  });
});
