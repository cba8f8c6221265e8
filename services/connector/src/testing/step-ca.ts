import { spawn } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeIntermediate, makeRoot, privateKeyPem } from '@binnacle/pki/certificate-authority';
import { certificatePem } from '@binnacle/pki/read-certificate';
import { GO_INSTALL_LIMIT_MS, installGoProgram } from '@binnacle/testkit/go-toolchain';

const MODULE = 'github.com/smallstep/certificates/cmd/step-ca@v0.28.4';
const READY_LIMIT_MS = 30_000;
const DAY = 86_400;

/** How long a test may take to have its step-ca, built first. */
export const STEP_CA_LIMIT_MS = GO_INSTALL_LIMIT_MS + READY_LIMIT_MS;

export interface StepCaUnderTest {
  readonly url: string;
  readonly rootPem: string;
  readonly provisioner: string;
  /** Private JWK of the provisioner. */
  readonly provisionerKey: string;
  stop(): Promise<void>;
}

/** The real step-ca with a root and an intermediate of its own, in memory, on a free port. */
export async function startStepCa(template: string): Promise<StepCaUnderTest> {
  const program = await installGoProgram(MODULE);
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-step-ca-'));
  const write = (name: string, text: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const now = new Date();
  const root = await makeRoot({ subject: [[{ type: 'CN', value: 'step root' }]], kind: 'p256', validitySeconds: 3_650 * DAY }, now);
  const between = await makeIntermediate(root, { subject: [[{ type: 'CN', value: 'step CA' }]], kind: 'p256', validitySeconds: 365 * DAY }, {}, now);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = randomUUID();
  const { d, ...publicJwk } = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })).export({ format: 'jwk' });
  const port = await freePort();
  const config = {
    root: write('root.crt', certificatePem(root.certificate)),
    crt: write('ca.crt', certificatePem(between.certificate)),
    key: write('ca.key', privateKeyPem(between)),
    address: `127.0.0.1:${port}`,
    dnsNames: ['localhost'],
    logger: { format: 'json' },
    authority: {
      provisioners: [
        {
          type: 'JWK',
          name: 'binnacle',
          key: { ...publicJwk, kid, use: 'sig', alg: 'ES256' },
          claims: { maxTLSCertDuration: `${100 * 365 * 24}h`, defaultTLSCertDuration: '24h' },
          options: { x509: { template } },
        },
      ],
    },
    tls: { minVersion: 1.2, maxVersion: 1.3 },
  };
  const child = spawn(program, [write('ca.json', JSON.stringify(config))], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  await Promise.race([
    listening(port),
    ended.then(() => {
      throw new Error(`step-ca ended: ${output}`);
    }),
  ]);
  return {
    url: `https://localhost:${port}`,
    rootPem: certificatePem(root.certificate),
    provisioner: 'binnacle',
    provisionerKey: JSON.stringify({ ...publicJwk, d, kid }),
    async stop() {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port: number): Promise<void> {
  const limit = Date.now() + READY_LIMIT_MS;
  for (;;) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (connected) return;
    if (Date.now() > limit) throw new Error('step-ca does not listen');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
