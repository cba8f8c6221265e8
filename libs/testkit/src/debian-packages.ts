import { execFile } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const LIMIT_MS = 240_000;

/**
 * Unpacks Debian packages with all they depend on under `<folder>/debian`, beside the system and without root: apt reads, checks signatures
 * and downloads as any user when its folders are ours. @throws Error with apt's reason
 */
export async function fetchDebianPackages(folder: string, ...packages: readonly string[]): Promise<void> {
  const work = mkdtempSync(path.join(folder, 'fetch-'));
  for (const name of ['lists/partial', 'archives/partial', 'root']) mkdirSync(path.join(work, name), { recursive: true });
  const options = [
    `Dir::State::lists=${work}/lists`,
    `Dir::Cache=${work}`,
    `Dir::Cache::archives=${work}/archives`,
    'Debug::NoLocking=1',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  try {
    await run('apt-get', [...options, '-q', 'update'], { timeout: LIMIT_MS });
    await run('apt-get', [...options, '-q', '-y', '--no-install-recommends', '--download-only', 'install', ...packages], {
      timeout: LIMIT_MS,
      maxBuffer: 16 * 1024 * 1024,
    });
    for (const archive of globSync('archives/*.deb', { cwd: work })) await run('dpkg-deb', ['-x', path.join(work, archive), path.join(work, 'root')]);
    renameSync(path.join(work, 'root'), path.join(folder, 'debian'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Folders of libraries among what was unpacked. */
export function debianLibraries(folder: string): readonly string[] {
  return globSync(['debian/usr/lib/*-linux-gnu*', 'debian/usr/lib/*-linux-gnu*/pulseaudio', 'debian/lib/*-linux-gnu*'], { cwd: folder }).map((name) =>
    path.join(folder, name),
  );
}
