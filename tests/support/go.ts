import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findGo } from '@binnacle/testkit/go-toolchain';

const run = promisify(execFile);
const BUILD_LIMIT_MS = 300_000;

/** How long a test file may take to have its Go program, with modules that have to be fetched first. */
export const GO_BUILD_LIMIT_MS = BUILD_LIMIT_MS + 10_000;

/** A Go program of `tests/clients/go`, built. */
export interface GoProgram {
  /** Runs it with one JSON value as its input; answers the JSON value that it prints. */
  ask<T>(input: object): Promise<T>;
  /** Removes it. */
  drop(): void;
}

/** Builds a program of `tests/clients/go`. @throws Error that says what to do when there is no Go */
export async function buildGoProgram(name: string): Promise<GoProgram> {
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-go-'));
  const file = path.join(folder, name);
  await run(await findGo(), ['build', '-o', file, '.'], {
    cwd: path.resolve(import.meta.dirname, '../clients/go', name),
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' },
    timeout: BUILD_LIMIT_MS,
  });
  return {
    ask: async (input) => JSON.parse(await output(file, JSON.stringify(input))),
    drop: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function output(file: string, input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, { stdio: ['pipe', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`${path.basename(file)} ended with ${code}: ${err}`))));
    child.stdin.end(input);
  });
}
