import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeIntermediate, makeRoot } from '@binnacle/pki/certificate-authority';
import { readCertificateRequest } from '@binnacle/pki/certificate-request';
import { issueCertificate } from '@binnacle/pki/issue-certificate';
import { readSinglePem } from '@binnacle/pki/pem';
import { certificatePem } from '@binnacle/pki/read-certificate';
import { openRegistry } from '@binnacle/registry/registry';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { createTestDatabase } from '@binnacle/testkit/test-database';
import { TEST_SETTINGS } from '../../testing/connector-under-test.ts';
import { describeIssuer } from '../../testing/describe-issuer.ts';
import { createForeignIssuer } from '../foreign-issuer.ts';
import { createIssuerHttp } from '../issuer-http.ts';
import { createVault } from './vault-issuer.ts';

const DAY = 86_400;
const { subject } = TEST_SETTINGS;

/** Speaks the two calls of the PKI secrets engine that the driver makes, with the members and refusals of its documentation; signs with keys of its own. */
async function startEngine() {
  const now = new Date();
  const root = await makeRoot({ subject: [[{ type: 'CN', value: 'vault root' }]], kind: 'rsa', validitySeconds: 3_650 * DAY }, now);
  const between = await makeIntermediate(root, { subject: [[{ type: 'CN', value: 'vault CA' }]], kind: 'rsa', validitySeconds: 365 * DAY }, {}, now);
  const token = randomBytes(12).toString('hex');
  const chain = [between, root].map(({ certificate }) => certificatePem(certificate)).join('');

  async function sign(asked: Readonly<Record<string, unknown>>): Promise<object> {
    const notAfter = Date.parse(String(asked['not_after']));
    if (notAfter > between.certificate.notAfter.getTime()) throw new Error('cannot satisfy request, as TTL would result in notAfter beyond the issuer');
    const request = readCertificateRequest(readSinglePem(String(asked['csr'])).der);
    const validitySeconds = Math.round((notAfter - Date.now()) / 1_000);
    const profile = { clientId: String(asked['common_name']), subject, uri: String(asked['uri_sans']), validitySeconds, urls: {} };
    const certificate = certificatePem(await issueCertificate(between, request, profile, new Date()));
    return { certificate, issuing_ca: certificatePem(between.certificate), ca_chain: [] };
  }

  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.headers['x-vault-token'] !== token) return answer(403, { errors: ['permission denied'] });
      if (request.url === '/v1/pki/cert/ca_chain') return answer(200, { data: { certificate: chain } });
      if (request.url !== '/v1/pki/sign/binnacle') return answer(404, { errors: [] });
      return void sign(JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>).then(
        (data) => answer(200, { data }),
        (error: Error) => answer(400, { errors: [error.message] }),
      );
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    rootPem: certificatePem(root.certificate),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

describeIssuer('Vault PKI (its documented calls)', async () => {
  const engine = await startEngine();
  const database = await createTestDatabase();
  const registry = openRegistry({ url: database.connectorUrl, applicationName: 'connector', poolSize: 2 });
  const http = createIssuerHttp({ url: engine.url, headers: () => ({ 'x-vault-token': engine.token }) });
  return {
    issuer: createForeignIssuer(registry, createVault({ http, mount: 'pki', role: 'binnacle' }), newUuidV7),
    subject,
    roots: () => Promise.resolve(engine.rootPem),
    disconnect: engine.stop,
    async stop() {
      await http.close();
      await registry.close();
      await database.drop();
    },
  };
});
