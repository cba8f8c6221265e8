import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder of its own in which `openssl` runs. */
export interface OpenSsl {
  readonly directory: string;
  /** Standard output. @throws Error with standard error when it fails */
  run(...args: readonly string[]): string;
  /** Exit code 0 or not, with what it said. */
  try(...args: readonly string[]): { readonly ok: boolean; readonly said: string };
  write(file: string, content: string | Uint8Array): string;
  remove(): void;
}

export function openOpenSsl(): OpenSsl {
  const directory = mkdtempSync(path.join(tmpdir(), 'binnacle-pki-'));
  const run = (...args: readonly string[]): string =>
    execFileSync('openssl', args, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26 });
  return {
    directory,
    run,
    try(...args) {
      try {
        return { ok: true, said: run(...args) };
      } catch (error) {
        const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
        return { ok: false, said: stdout + stderr };
      }
    },
    write(file, content) {
      writeFileSync(path.join(directory, file), content);
      return file;
    },
    remove: () => rmSync(directory, { recursive: true }),
  };
}

/** Arguments of `openssl req -newkey` by the name of the kind of key. */
export const NEW_KEYS: Readonly<Record<string, readonly string[]>> = {
  rsa2048: ['rsa:2048'],
  rsa3072: ['rsa:3072'],
  rsa4096: ['rsa:4096'],
  p256: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  p384: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  ed25519: ['ed25519'],
  rsa512: ['rsa:512'],
  rsa1024: ['rsa:1024'],
  'rsa2048 with exponent 3': ['rsa:2048', '-pkeyopt', 'rsa_keygen_pubexp:3'],
  p224: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-224'],
  p521: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  secp256k1: ['ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'],
  'p256 with explicit parameters': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-pkeyopt', 'ec_param_enc:explicit'],
  'rsa-pss': ['rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048'],
};
