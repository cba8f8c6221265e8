import { execFile } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const run = promisify(execFile);
const FETCH_LIMIT_MS = 240_000;

/** How long a test file may take to have its browser, one that has to be fetched first included. */
export const BROWSER_LIMIT_MS = FETCH_LIMIT_MS + 60_000;

interface Chromium {
  readonly executablePath: string;
  /** Folders of libraries that the machine lacks. */
  readonly libraries: readonly string[];
}

/** A headless Chromium that resolves no name but `localhost`. @throws Error that says what to do when there is none and none can be fetched */
export async function launchChromium(): Promise<Browser> {
  const { executablePath, libraries } = await findChromium();
  return chromium.launch({
    executablePath,
    env: { ...process.env, ...(libraries.length > 0 ? { LD_LIBRARY_PATH: libraries.join(':') } : {}) },
    args: [
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
    ],
  });
}

/** `CHROMIUM_PATH`, else the machine's own, else one that is fetched once, without root, into the user's cache. */
async function findChromium(): Promise<Chromium> {
  const given = process.env['CHROMIUM_PATH'];
  if (given) {
    if (!existsSync(given)) throw new Error(`CHROMIUM_PATH names ${given}, which does not exist`);
    return { executablePath: given, libraries: [] };
  }
  const installed = ['chromium', 'chromium-headless-shell', 'chromium-browser', 'google-chrome']
    .flatMap((name) => (process.env['PATH'] ?? '').split(':').map((folder) => path.join(folder, name)))
    .find((file) => existsSync(file));
  if (installed) return { executablePath: installed, libraries: [] };
  const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'binnacle/chromium');
  return inCache(cache) ?? alone(cache, async () => inCache(cache) ?? fetchChromium(cache));
}

function inCache(cache: string): Chromium | undefined {
  const [executable] = globSync(['debian/usr/lib/chromium/chromium-headless-shell', 'playwright/*/*/{headless_shell,chrome-headless-shell}'], { cwd: cache });
  if (executable === undefined) return undefined;
  const libraries = globSync(['debian/usr/lib/*-linux-gnu*', 'debian/usr/lib/*-linux-gnu*/pulseaudio', 'debian/lib/*-linux-gnu*'], { cwd: cache });
  return { executablePath: path.join(cache, executable), libraries: libraries.map((folder) => path.join(cache, folder)) };
}

async function fetchChromium(cache: string): Promise<Chromium> {
  const reasons: string[] = [];
  for (const [from, fetchInto] of [
    ["Debian's packages", fetchFromDebian],
    ["playwright's download", fetchFromPlaywright],
  ] as const) {
    try {
      await fetchInto(cache);
      const found = inCache(cache);
      if (found) return found;
      reasons.push(`${from}: fetched, but there is no browser in it`);
    } catch (error) {
      reasons.push(`${from}: ${error instanceof Error ? error.message.trim().split('\n').slice(-3).join(' ') : String(error)}`);
    }
  }
  throw new Error(
    `these tests need Chromium, and there is none on this machine and none could be fetched.\n${reasons.join('\n')}\nInstall it (Debian: apt-get install chromium) or set CHROMIUM_PATH.`,
  );
}

/** apt reads, checks signatures and downloads as any user when its folders are ours; what it would install is unpacked beside the system. */
async function fetchFromDebian(cache: string): Promise<void> {
  const work = mkdtempSync(path.join(cache, 'fetch-'));
  for (const folder of ['lists/partial', 'archives/partial', 'root']) mkdirSync(path.join(work, folder), { recursive: true });
  const options = [
    `Dir::State::lists=${work}/lists`,
    `Dir::Cache=${work}`,
    `Dir::Cache::archives=${work}/archives`,
    'Debug::NoLocking=1',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  try {
    await run('apt-get', [...options, '-q', 'update'], { timeout: FETCH_LIMIT_MS });
    await run('apt-get', [...options, '-q', '-y', '--no-install-recommends', '--download-only', 'install', 'chromium-headless-shell'], {
      timeout: FETCH_LIMIT_MS,
      maxBuffer: 16 * 1024 * 1024,
    });
    for (const archive of globSync('archives/*.deb', { cwd: work })) await run('dpkg-deb', ['-x', path.join(work, archive), path.join(work, 'root')]);
    renameSync(path.join(work, 'root'), path.join(cache, 'debian'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function fetchFromPlaywright(cache: string): Promise<void> {
  const cli = path.join(path.dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js');
  await run(process.execPath, [cli, 'install', 'chromium-headless-shell'], {
    env: { ...process.env, PLAYWRIGHT_BROWSERS_PATH: path.join(cache, 'playwright') },
    timeout: FETCH_LIMIT_MS,
  });
}

/** Test files run beside each other: one of them fetches, the others wait. */
async function alone<T>(cache: string, body: () => Promise<T>): Promise<T> {
  mkdirSync(cache, { recursive: true });
  const lock = path.join(cache, 'lock');
  while (!taken(lock)) await new Promise((resolve) => setTimeout(resolve, 250));
  try {
    return await body();
  } finally {
    rmSync(lock, { force: true });
  }
}

function taken(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (!isAlive(Number(existsSync(lock) && readFileSync(lock, 'utf8')))) rmSync(lock, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}
