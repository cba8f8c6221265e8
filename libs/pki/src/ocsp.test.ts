import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Authority, makeOcspResponder } from './certificate-authority.ts';
import { answerOcsp, decodeOcspPath, type OcspAnswer, type OcspStatus } from './ocsp.ts';
import { readOcspRequest } from './ocsp-request.ts';
import { type Certificate, certificatePem } from './read-certificate.ts';
import { type Hierarchy, makeHierarchy, named } from './testing/authorities.ts';
import { openOpenSsl, type OpenSsl } from './testing/openssl.ts';

const run = promisify(execFile);

describe('OCSP (B12)', () => {
  const now = new Date();
  const statuses = new Map<string, OcspStatus>();
  let openssl: OpenSsl;
  let authorities: Hierarchy;
  let responder: Authority;
  let good: Certificate;
  let revoked: Certificate;
  let server: Server;
  let url: string;

  const answer = (body: Uint8Array, signer = responder): Promise<OcspAnswer> =>
    answerOcsp(body, {
      responders: [{ issuer: authorities.intermediate.certificate, signer }],
      statusOf: (_, serial) => statuses.get(serial) ?? { kind: 'unknown' },
      now,
      validitySeconds: 600,
    });

  beforeAll(async () => {
    openssl = openOpenSsl();
    authorities = await makeHierarchy('rsa', now);
    responder = await makeOcspResponder(authorities.intermediate, { subject: named('OCSP'), kind: 'p256', validitySeconds: 3_600 }, now);
    const [first, second, third] = await Promise.all([authorities.leaf(), authorities.leaf(), authorities.leaf()]);
    good = first;
    revoked = second;
    statuses.set(good.serial, { kind: 'good' });
    statuses.set(revoked.serial, { kind: 'revoked', at: new Date('2026-01-02T03:04:05Z'), reason: 'keyCompromise' });
    for (const [file, certificate] of Object.entries({
      root: authorities.root.certificate,
      ca: authorities.intermediate.certificate,
      good,
      revoked,
      unknown: third,
    })) {
      openssl.write(`${file}.pem`, certificatePem(certificate));
    }
    openssl.write('trust.pem', certificatePem(authorities.root.certificate) + certificatePem(authorities.intermediate.certificate));
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        void answer(Buffer.concat(chunks)).then(({ der }) => response.setHeader('content-type', 'application/ocsp-response').end(der));
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ocsp`;
  });
  afterAll(() => {
    server.close();
    openssl.remove();
  });

  it.each([
    ['good', /good\.pem: good\n\tThis Update: .*\n\tNext Update: /],
    ['revoked', /revoked\.pem: revoked\n\tThis Update: .*\n\tNext Update: .*\n\tReason: keyCompromise\n\tRevocation Time: Jan {2}2 03:04:05 2026 GMT/],
    ['unknown', /unknown\.pem: unknown/],
  ])('tells openssl that a certificate is %s, with its nonce and a responder that it trusts', async (file, said) => {
    for (const hash of ['-sha1', '-sha256']) {
      const { stdout, stderr } = await run('openssl', ['ocsp', hash, '-issuer', 'ca.pem', '-cert', `${file}.pem`, '-url', url, '-CAfile', 'trust.pem'], {
        cwd: openssl.directory,
      });
      expect(stdout).toMatch(said);
      expect(stderr).toContain('Response verify OK');
      expect(stderr).not.toContain('nonce');
    }
  });

  const requestFor = (issuer: string, files: readonly string[], ...more: readonly string[]): Buffer => {
    const certs = files.flatMap((file) => ['-cert', `${file}.pem`]);
    openssl.run('ocsp', '-issuer', `${issuer}.pem`, ...certs, ...more, '-reqout', 'request.der');
    return readFileSync(path.join(openssl.directory, 'request.der'));
  };

  it('may be kept without a nonce, and not with one', async () => {
    expect((await answer(requestFor('ca', ['good'], '-no_nonce'))).validUntil).toEqual(new Date(now.getTime() + 600_000));
    expect((await answer(requestFor('ca', ['good']))).validUntil).toBeUndefined();
  });

  it('answers for several certificates at once, and the authority itself may sign', async () => {
    const body = requestFor('ca', ['good', 'revoked'], '-no_nonce');
    for (const signer of [responder, authorities.intermediate]) {
      openssl.write('response.der', (await answer(body, signer)).der);
      const said = openssl.run(
        'ocsp',
        '-no_nonce',
        '-respin',
        'response.der',
        '-issuer',
        'ca.pem',
        '-cert',
        'good.pem',
        '-cert',
        'revoked.pem',
        '-CAfile',
        'trust.pem',
      );
      expect(said).toContain('good.pem: good');
      expect(said).toContain('revoked.pem: revoked');
    }
  });

  it('is unauthorized to speak about certificates of others', async () => {
    const { kind, der } = await answer(requestFor('root', ['good']));
    expect([kind, der.toString('hex')]).toEqual(['unauthorized', '30030a0106']);
  });

  it('calls every body that is no request malformed, whatever it is', async () => {
    const body = requestFor('ca', ['good']);
    expect((await answer(Buffer.from('garbage'))).der.toString('hex')).toBe('30030a0101');
    expect((await answer(Buffer.alloc(0))).kind).toBe('malformedRequest');
    expect((await answer(Buffer.alloc(10_000, 0x30))).kind).toBe('malformedRequest');
    await fc.assert(
      fc.asyncProperty(fc.nat(body.length - 1), fc.nat(255), async (at, octet) => {
        const changed = Buffer.from(body);
        changed[at] = octet;
        expect(['successful', 'malformedRequest', 'unauthorized']).toContain((await answer(changed)).kind);
      }),
      { numRuns: 500 },
    );
  });

  it('reads the path form of a request', () => {
    const body = requestFor('ca', ['good'], '-no_nonce');
    expect(decodeOcspPath(body.toString('base64'))).toEqual(body);
    expect(readOcspRequest(decodeOcspPath(body.toString('base64url').padEnd(Math.ceil(body.length / 3) * 4, '=')) ?? Buffer.alloc(0)).certIds[0]?.serial).toBe(
      good.serial,
    );
    expect(decodeOcspPath('%%')).toBeUndefined();
  });
});
