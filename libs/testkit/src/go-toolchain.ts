import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { inflateRawSync } from 'node:zlib';
import { alone, cacheFolder, onPath } from './fetch-once.ts';

const VERSION = 'v0.0.1-go1.26.8';
/** SHA-256 of the toolchain modules, as the module proxy serves them. */
const SHA256: Readonly<Record<string, string>> = {
  'linux-amd64': '30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7',
  'linux-arm64': '02b36b6787b3ac767668f630e2998df45a3b1f9ffee08d1bf3ef6487cd658d99',
  'darwin-amd64': 'fe99a2009e5bb51e06d7784f1a486478673512041c2671157bd382806e2aedcf',
  'darwin-arm64': '0aad5fb52b88498885290178adc0bcfe429bc63012621af9f83282eb640bd9c7',
};
const FETCH_LIMIT_MS = 240_000;

/** Go on this machine, else the toolchain module of Go's module proxy (`GOPROXY`), fetched once and checked. @throws Error that says what to do */
export async function findGo(): Promise<string> {
  const installed = onPath('go') ?? ['/usr/local/go/bin/go', '/usr/lib/go/bin/go'].find((file) => existsSync(file));
  if (installed) return installed;
  const folder = cacheFolder(`go-${VERSION}`);
  const go = path.join(folder, 'go', 'bin', 'go');
  await alone(folder, async () => {
    if (!existsSync(go)) await fetchToolchain(folder);
  });
  return go;
}

const BUILD_LIMIT_MS = 900_000;

/** How long a test may take to have a program of `installGoProgram`. */
export const GO_INSTALL_LIMIT_MS = BUILD_LIMIT_MS + FETCH_LIMIT_MS;

/** The program of a Go module (`path@version`), built once without C and kept in the user's cache. */
export async function installGoProgram(module: string): Promise<string> {
  const name = path.basename(module.split('@')[0] ?? '');
  const folder = cacheFolder(`${name}-${module.split('@')[1] ?? ''}`);
  const program = path.join(folder, name);
  return alone(folder, async () => {
    if (existsSync(program)) return program;
    const go = await findGo();
    const fresh = path.join(folder, 'fresh');
    await promisify(execFile)(go, ['install', module], {
      env: { ...process.env, CGO_ENABLED: '0', GOBIN: fresh },
      timeout: BUILD_LIMIT_MS,
      maxBuffer: 16_777_216,
    });
    renameSync(path.join(fresh, name), program);
    rmSync(fresh, { recursive: true, force: true });
    return program;
  });
}

async function fetchToolchain(folder: string): Promise<void> {
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const expected = SHA256[platform];
  const [proxy = ''] = (process.env['GOPROXY'] ?? 'https://proxy.golang.org').split(/[,|]/);
  try {
    if (!expected) throw new Error(`no toolchain is known for ${platform}`);
    const response = await fetch(`${proxy}/golang.org/toolchain/@v/${VERSION}.${platform}.zip`, { signal: AbortSignal.timeout(FETCH_LIMIT_MS) });
    if (!response.ok) throw new Error(`the module proxy answered ${response.status}`);
    const archive = Buffer.from(await response.arrayBuffer());
    if (createHash('sha256').update(archive).digest('hex') !== expected) throw new Error('what the module proxy sent is not the toolchain that is expected');
    const fresh = path.join(folder, 'fresh');
    rmSync(fresh, { recursive: true, force: true });
    unzip(archive, fresh);
    renameSync(path.join(fresh, `golang.org/toolchain@${VERSION}.${platform}`), path.join(folder, 'go'));
    rmSync(fresh, { recursive: true, force: true });
  } catch (error) {
    throw new Error('tests with Go programs need Go 1.26 or newer, which is not on this machine and could not be fetched: see https://go.dev/dl', {
      cause: error,
    });
  }
}

const END_OF_DIRECTORY = 0x06054b50;
const DEFLATED = 8;

/** Unpacks a ZIP archive (APPNOTE 6.3, without ZIP64 or encryption); what lies under a `bin` or `tool` folder becomes executable. */
function unzip(archive: Buffer, folder: string): void {
  let end = archive.length - 22;
  while (end >= 0 && archive.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1;
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [method, packed, nameLength] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 20), archive.readUInt16LE(at + 28)];
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const local = archive.readUInt32LE(at + 42);
    const begin = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const bytes = archive.subarray(begin, begin + packed);
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
    if (name.endsWith('/')) continue;
    const file = path.join(folder, name);
    if (!file.startsWith(folder + path.sep)) throw new Error(`the archive has a file outside of it: ${name}`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, method === DEFLATED ? inflateRawSync(bytes) : bytes);
    if (/\/(bin|pkg\/tool)\//.test(name)) chmodSync(file, 0o755);
  }
}
