import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Says whether other software reads a request and finds its signature right. */
export interface RequestOracle {
  accepts(request: { readonly der: Buffer; readonly pem: string }): Promise<boolean>;
  close(): void;
}

/** The `openssl` of the machine, on the PEM text; a process for each request. */
export function openSslOracle(): RequestOracle {
  const directory = mkdtempSync(path.join(tmpdir(), 'binnacle-fuzz-'));
  let count = 0;
  return {
    accepts({ pem }) {
      const file = path.join(directory, `${count++ % 64}.pem`);
      writeFileSync(file, pem, 'latin1');
      return new Promise((resolve) => {
        // Some releases end with 0 when the signature is wrong: what it says counts.
        execFile('openssl', ['req', '-verify', '-noout', '-in', file], (error, out, said) => resolve(error === null && /verify OK/.test(out + said)));
      });
    },
    close: () => rmSync(directory, { recursive: true }),
  };
}

/** `crypto/x509` of Go, on the DER; undefined on a machine without Go. */
export function goOracle(): RequestOracle | undefined {
  if (spawnSync('go', ['version']).status !== 0) return undefined;
  const directory = mkdtempSync(path.join(tmpdir(), 'binnacle-fuzz-'));
  const binary = path.join(directory, 'oracle');
  const built = spawnSync('go', ['build', '-o', binary, path.join(import.meta.dirname, 'x509-oracle/main.go')], {
    encoding: 'utf8',
    env: { ...process.env, CGO_ENABLED: '0' },
  });
  if (built.status !== 0) throw new Error(`the oracle does not build: ${built.stderr}`);
  const child = spawn(binary, { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: ((accepted: boolean) => void)[] = [];
  child.stdout.on('data', (answers: Buffer) => {
    for (const answer of answers) waiting.shift()?.(answer === 1);
  });
  return {
    accepts({ der }) {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(der.length);
      child.stdin.write(Buffer.concat([length, der]));
      return new Promise((resolve) => waiting.push(resolve));
    },
    close() {
      child.stdin.end();
      rmSync(directory, { recursive: true });
    },
  };
}
