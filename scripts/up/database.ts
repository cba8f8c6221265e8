import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@binnacle/embedded-postgres/embedded-postgres';
import { migrate } from '@binnacle/registry/migrate';
import { ensureDatabase, setRolePassword } from '@binnacle/registry/provision';

export interface StackDatabase {
  /** Address for one service's role. */
  urlOf(role: 'binnacle_director' | 'binnacle_gateway' | 'binnacle_connector'): string;
  readonly embedded: EmbeddedPostgres | undefined;
}

export interface DatabaseOptions {
  readonly folder: string;
  readonly port: number;
  readonly ephemeral: boolean;
  readonly onExit: (reason: string) => void;
}

/**
 * The embedded Postgres, or the one at BINNACLE_DATABASE_URL (as a role that may create tables and roles; the services then get
 * roles of their own with generated passwords).
 */
export async function openDatabase(options: DatabaseOptions): Promise<StackDatabase> {
  const given = process.env['BINNACLE_DATABASE_URL'];
  if (given) return useGiven(given, options.folder);
  const folder = path.join(options.folder, 'postgres');
  mkdirSync(folder, { recursive: true });
  const embedded = await startEmbeddedPostgres({
    folder,
    port: options.port,
    durable: !options.ephemeral,
    settings: ['shared_buffers=64MB', 'max_connections=100'],
    onExit: options.onExit,
  });
  await ensureDatabase(embedded.url('postgres'), 'binnacle');
  await migrate(embedded.url('binnacle'));
  return { embedded, urlOf: (role) => withUser(embedded.url('binnacle'), role, '') };
}

async function useGiven(url: string, folder: string): Promise<StackDatabase> {
  await migrate(url);
  const passwords = new Map<string, string>();
  for (const role of ['binnacle_director', 'binnacle_gateway', 'binnacle_connector']) {
    const password = secretText(path.join(folder, 'keys', `${role}.password`));
    await setRolePassword(url, role, password);
    passwords.set(role, password);
  }
  return { embedded: undefined, urlOf: (role) => withUser(url, role, passwords.get(role) ?? '') };
}

/** Addresses of the database of a stack that is running, for commands that work on it beside the services. */
export function runningDatabase(folder: string, port: number): Pick<StackDatabase, 'urlOf'> {
  const given = process.env['BINNACLE_DATABASE_URL'];
  if (!given) return { urlOf: (role) => `postgres://${role}@127.0.0.1:${port}/binnacle` };
  return { urlOf: (role) => withUser(given, role, secretText(path.join(folder, 'keys', `${role}.password`))) };
}

function withUser(url: string, user: string, password: string): string {
  const parsed = new URL(url);
  parsed.username = user;
  parsed.password = password;
  return parsed.href;
}

/** A secret of the local stack: made once, readable by its owner only. */
export function secretText(file: string, bytes = 32): string {
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${randomBytes(bytes).toString('base64')}\n`, { mode: 0o600 });
  }
  return readFileSync(file, 'utf8').trim();
}
