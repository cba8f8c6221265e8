import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** A folder of this user's cache, kept from run to run. */
export function cacheFolder(name: string): string {
  return path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'binnacle', name);
}

/** The file of this name on the machine's PATH. */
export function onPath(...names: readonly string[]): string | undefined {
  return names.flatMap((name) => (process.env['PATH'] ?? '').split(':').map((folder) => path.join(folder, name))).find((file) => existsSync(file));
}

/** Test files run beside each other: one of them fetches into the folder, the others wait. */
export async function alone<T>(folder: string, body: () => Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const lock = path.join(folder, 'lock');
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
