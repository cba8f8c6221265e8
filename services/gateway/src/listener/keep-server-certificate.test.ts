import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Authority, makeRoot, privateKeyPem } from '@binnacle/pki/certificate-authority';
import { certificatePem } from '@binnacle/pki/read-certificate';
import { makeServerCertificate } from '@binnacle/pki/server-certificate';
import { boundTo } from '../routing/hosts.ts';
import { type KeptServerCertificate, keepServerCertificate } from './keep-server-certificate.ts';
import { type Listener, openListener } from './open-listener.ts';

const now = new Date();
const CN = (value: string) => [[{ type: 'CN', value }]];

describe('the certificate of the Gateway', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-certificate-'));
  const files = { certificate: path.join(folder, 'tls.crt'), key: path.join(folder, 'tls.key') };
  let root: Authority;
  let kept: KeptServerCertificate;
  let listener: Listener;
  beforeAll(async () => {
    root = await makeRoot({ subject: CN('root'), kind: 'p256', validitySeconds: 3_600 }, now);
    await renew('first');
    kept = keepServerCertificate(files, 20);
    listener = await openListener({
      host: '127.0.0.1',
      port: 0,
      names: boundTo('bare'),
      entrances: [{ tls: kept }],
      http: {},
      connectionsPerAddress: 100,
      attach: (server) => void server.on('request', (_, response) => void response.end('ok')),
    });
  });
  afterAll(async () => {
    await listener.close();
    kept.stop();
    rmSync(folder, { recursive: true });
  });

  async function renew(title: string): Promise<void> {
    const made = await makeServerCertificate(root, { subject: CN(title), kind: 'p256', validitySeconds: 600, names: ['localhost'] }, now);
    writeFileSync(files.certificate, certificatePem(made.certificate));
    writeFileSync(files.key, privateKeyPem(made));
  }
  /** Who answers a new connection. */
  async function shown(): Promise<string> {
    const socket = connect({ host: '127.0.0.1', port: listener.port, servername: 'localhost', ca: certificatePem(root.certificate) });
    await once(socket, 'secureConnect');
    const { CN: title } = socket.getPeerCertificate().subject;
    socket.destroy();
    return String(title);
  }

  it('is exchanged while the Gateway runs: open connections stay, new ones get the new one', async () => {
    const open = connect({ host: '127.0.0.1', port: listener.port, servername: 'localhost', ca: certificatePem(root.certificate) });
    await once(open, 'secureConnect');
    expect(await shown()).toBe('first');
    await renew('second');
    for (const end = performance.now() + 2_000; (await shown()) !== 'second'; ) expect(performance.now()).toBeLessThan(end);
    open.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    const [answer] = (await once(open, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200/);
    open.destroy();
  });

  it('stays when the new files cannot be used', async () => {
    const other = await makeServerCertificate(root, { subject: CN('other'), kind: 'p256', validitySeconds: 600, names: ['localhost'] }, now);
    const before = await shown();
    let looked = 0;
    const stop = kept.onChange(() => (looked += 1));
    writeFileSync(files.key, privateKeyPem(other));
    for (let round = 0; round < 20; round += 1) expect(await shown()).toBe(before);
    writeFileSync(files.certificate, 'nonsense');
    for (let round = 0; round < 20; round += 1) expect(await shown()).toBe(before);
    expect(looked).toBe(0);
    stop();
    await renew('third');
    for (const end = performance.now() + 2_000; (await shown()) !== 'third'; ) expect(performance.now()).toBeLessThan(end);
  });

  it('must be usable at the start', async () => {
    const other = await makeServerCertificate(root, { subject: CN('other'), kind: 'p256', validitySeconds: 600, names: ['localhost'] }, now);
    const wrong = path.join(folder, 'wrong.key');
    writeFileSync(wrong, privateKeyPem(other));
    expect(() => keepServerCertificate({ ...files, key: wrong })).toThrow('are not a certificate and its key');
    expect(() => keepServerCertificate({ ...files, key: path.join(folder, 'missing') })).toThrow('ENOENT');
  });
});
