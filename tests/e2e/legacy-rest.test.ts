import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Stack, startStack } from '../support/stack.ts';

const START_LIMIT_MS = 180_000;
const REFUSED = { code: 403, error: 'invalid token or certificate' };

interface Answer {
  readonly status: number;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are as varied as the paths
  readonly json: any;
}

describe('an application of the older REST API, with nothing but curl and openssl (TestConnector, TestAppRegistry)', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-legacy-'));
  let stack: Stack;
  let admin: string;
  let id: string;
  beforeAll(async () => {
    stack = await startStack({});
    admin = stack.token('admin');
    const { body } = await stack.call({ query: 'mutation { result: registerApplication(in: { name: "old shop" }) { id } }', token: admin, tenant: 'acme' });
    id = body.data.result.id as string;
  }, START_LIMIT_MS);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await stack.stop();
  });

  const run = (program: string, args: readonly string[]): string => {
    const { stdout, stderr, status } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}`);
    return stdout;
  };
  const curl = (args: readonly string[]): Answer => {
    const lines = run('curl', ['-sS', '-w', '\n%{http_code}', ...args]).split('\n');
    const text = lines.slice(0, -1).join('\n');
    return { status: Number(lines.at(-1)), text, json: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : undefined };
  };
  const withCertificate = (args: readonly string[]): Answer =>
    curl(['--cert', 'app.crt', '--key', 'app.key', '--cacert', path.join(stack.folder, 'tls/ca.pem'), ...args]);
  const requestFor = (subject: string, key: readonly string[]): string => {
    run('openssl', ['req', '-new', ...key, '-out', 'app.csr', '-subj', `/${subject.replaceAll(',', '/')}`]);
    return JSON.stringify({ csr: run('openssl', ['base64', '-in', 'app.csr']) });
  };
  const address = async (): Promise<string> => {
    const { body } = await stack.call({
      query: `mutation { result: requestOneTimeTokenForApplication(id: "${id}") { legacyConnectorURL } }`,
      token: admin,
      tenant: 'acme',
    });
    return body.data.result.legacyConnectorURL as string;
  };
  const statusOf = async (): Promise<string> => {
    const { body } = await stack.call({ query: `{ result: application(id: "${id}") { status { condition } } }`, token: admin, tenant: 'acme' });
    return body.data.result.status.condition as string;
  };

  it('connects, registers a service, renews, is revoked and then refused', async () => {
    const info = curl([await address()]);
    expect(info.status).toBe(200);
    const { csrUrl, api, certificate } = info.json;
    expect([api.metadataUrl, certificate['key-algorithm']]).toEqual([expect.stringMatching(/\/mp-old-shop\/v1\/metadata\/services$/), 'rsa2048']);

    const made = curl([csrUrl, '-d', requestFor(certificate.subject, ['-newkey', 'rsa:2048', '-nodes', '-keyout', 'app.key'])]);
    expect(made.status).toBe(201);
    const chain = Buffer.from(made.json.crt as string, 'base64').toString();
    writeFileSync(path.join(folder, 'app.crt'), chain);
    writeFileSync(path.join(folder, 'ca.crt'), Buffer.from(made.json.caCrt as string, 'base64'));
    expect(chain.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(run('openssl', ['verify', '-partial_chain', '-CAfile', 'ca.crt', 'app.crt'])).toBe('app.crt: OK\n');
    expect(await statusOf()).toBe('INITIAL');

    const management = withCertificate([api.infoUrl]);
    expect([management.status, management.json.certificate, management.json.clientIdentity]).toEqual([200, certificate, { application: 'mp-old-shop' }]);
    expect(await statusOf()).toBe('CONNECTED');

    const service = { name: 'orders', description: 'what is ordered', api: { targetUrl: 'https://orders.example.com', spec: { openapi: '3.0.3', paths: {} } } };
    expect(withCertificate([api.metadataUrl]).json).toEqual([]);
    const { json: created } = withCertificate([api.metadataUrl, '-d', JSON.stringify({ ...service, provider: 'p' })]);
    const details = `${api.metadataUrl}/${String(created.id)}`;
    expect(withCertificate([details]).json).toEqual({ ...service, api: { ...service.api, apiType: 'OPEN_API' }, provider: '', labels: {} });
    const changed = { ...service, provider: 'p', name: 'other orders' };
    expect(withCertificate([details, '-X', 'PUT', '-d', JSON.stringify(changed)]).json).toMatchObject({ name: 'other orders' });
    expect(withCertificate([api.metadataUrl]).json).toMatchObject([{ id: created.id, name: 'other orders', description: 'what is ordered' }]);
    expect(withCertificate([details, '-X', 'DELETE'])).toMatchObject({ status: 204, text: '' });
    expect(withCertificate([api.metadataUrl]).json).toEqual([]);

    const { renewCertUrl, revokeCertUrl } = management.json.urls;
    const renewal = requestFor(certificate.subject, ['-key', 'app.key']);
    const renewed = withCertificate([renewCertUrl, '-d', renewal]);
    expect(renewed.status).toBe(201);
    writeFileSync(path.join(folder, 'app.crt'), Buffer.from(renewed.json.crt as string, 'base64'));
    expect(withCertificate([api.infoUrl]).status).toBe(200);
    expect(withCertificate([revokeCertUrl, '-X', 'POST'])).toMatchObject({ status: 201, text: '' });
    for (const refused of [withCertificate([renewCertUrl, '-d', renewal]), withCertificate([api.metadataUrl])])
      expect([refused.status, refused.json]).toEqual([403, REFUSED]);
  });

  it('is told what is wrong as it always was', async () => {
    const wrong = (await address()).replace(/token=.*/, 'token=incorrectToken');
    expect(curl([wrong])).toMatchObject({ status: 403, json: REFUSED });
    expect(curl([wrong.replace('signingRequests/info', 'certificates'), '-d', '{"csr":""}'])).toMatchObject({ status: 403, json: REFUSED });
    expect(curl([wrong.replace(/\?.*/, '')])).toMatchObject({ status: 403, json: REFUSED });
    const spent = await address();
    const { json: info } = curl([spent]);
    expect(curl([spent])).toMatchObject({ status: 403, json: REFUSED });
    const encoding = 'Error while decoding Certificate Signing Request: Error while parsing base64 content. Incorrect value provided.';
    expect(curl([info.csrUrl, '-d', '{"csr":"wrong-csr"}'])).toMatchObject({ status: 400, json: { code: 400, error: expect.stringContaining(encoding) } });
    const { json: again } = curl([await address()]);
    const subject = requestFor(`${String(again.certificate.subject).replace(/CN=.*/, 'CN=somebody')}`, [
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'other.key',
    ]);
    expect(curl([again.csrUrl, '-d', subject])).toMatchObject({
      status: 400,
      json: { code: 400, error: expect.stringContaining('CSR: Invalid common name provided.') },
    });
    expect(curl([`${stack.gateway}/v1/health`])).toMatchObject({ status: 200, text: '' });
  });
});
