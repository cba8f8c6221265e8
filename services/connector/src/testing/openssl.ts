import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder to run openssl in. Names given to it are names of files in there. */
export interface OpenSsl {
  readonly folder: string;
  run(args: string): Promise<{ readonly code: number; readonly output: string }>;
  write(name: string, content: string | Uint8Array): void;
  read(name: string): string;
  remove(): void;
}

export function openSsl(): OpenSsl {
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-openssl-'));
  const at = (name: string): string => path.join(folder, name);
  return {
    folder,
    run: (args) => run(folder, args.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', '')) ?? []),
    write: (name, content) => writeFileSync(at(name), content),
    read: (name) => readFileSync(at(name), 'utf8'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function run(cwd: string, args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('openssl', args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** openssl's options for a new key, by the name that clients know the kind by. */
export const NEW_KEY: Readonly<Record<string, string>> = {
  rsa2048: '-newkey rsa:2048',
  rsa3072: '-newkey rsa:3072',
  rsa4096: '-newkey rsa:4096',
  'ecdsa-p256': '-newkey ec -pkeyopt ec_paramgen_curve:P-256',
  'ecdsa-p384': '-newkey ec -pkeyopt ec_paramgen_curve:P-384',
  ed25519: '-newkey ed25519',
};

/** The subject in the form of openssl's `-subj`. */
export const subjectOf = (clientId: string, parts = '/O=Org/OU=OrgUnit/L=Locality/ST=State/C=PL'): string => `${parts}/CN=${clientId}`;

/** Makes a key and a request with openssl, as the wire wants it: base64 of the PEM text. */
export async function newRequest(
  ssl: OpenSsl,
  subject: string,
  { newKey = NEW_KEY['ecdsa-p256'] ?? '', name = 'client', more = '' }: { readonly newKey?: string; readonly name?: string; readonly more?: string } = {},
): Promise<string> {
  const { code, output } = await ssl.run(`req -new ${newKey} -nodes -keyout ${name}.key -out ${name}.csr -subj "${subject}" ${more}`);
  if (code !== 0) throw new Error(output);
  return Buffer.from(ssl.read(`${name}.csr`)).toString('base64');
}

/** A request for a key that is there already. */
export async function requestForKey(ssl: OpenSsl, subject: string, key: string, more = ''): Promise<string> {
  const { code, output } = await ssl.run(`req -new -key ${key} -out again.csr -subj "${subject}" ${more}`);
  if (code !== 0) throw new Error(output);
  return Buffer.from(ssl.read('again.csr')).toString('base64');
}
