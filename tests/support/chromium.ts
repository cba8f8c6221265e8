import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { debianLibraries, fetchDebianPackages } from '@binnacle/testkit/debian-packages';
import { alone, cacheFolder, onPath } from '@binnacle/testkit/fetch-once';
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
  const installed = onPath('chromium', 'chromium-headless-shell', 'chromium-browser', 'google-chrome');
  if (installed) return { executablePath: installed, libraries: [] };
  const cache = cacheFolder('chromium');
  return inCache(cache) ?? alone(cache, async () => inCache(cache) ?? fetchChromium(cache));
}

function inCache(cache: string): Chromium | undefined {
  const [executable] = globSync(['debian/usr/lib/chromium/chromium-headless-shell', 'playwright/*/*/{headless_shell,chrome-headless-shell}'], { cwd: cache });
  if (executable === undefined) return undefined;
  return { executablePath: path.join(cache, executable), libraries: debianLibraries(cache) };
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

const fetchFromDebian = (cache: string): Promise<void> => fetchDebianPackages(cache, 'chromium-headless-shell');

async function fetchFromPlaywright(cache: string): Promise<void> {
  const cli = path.join(path.dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js');
  await run(process.execPath, [cli, 'install', 'chromium-headless-shell'], {
    env: { ...process.env, PLAYWRIGHT_BROWSERS_PATH: path.join(cache, 'playwright') },
    timeout: FETCH_LIMIT_MS,
  });
}
