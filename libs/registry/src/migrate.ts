import { readdirSync } from 'node:fs';
import path from 'node:path';
import knex, { type Knex } from 'knex';

/** Key of the advisory lock under which one process at a time migrates. */
const MIGRATION_LOCK = 7_461_002_613;

/** One migration as it was applied or found pending. */
export interface MigrationReport {
  readonly applied: readonly string[];
}

/**
 * Brings the database to the newest schema. Safe to run from several processes at once: one works, the others wait and find nothing to do.
 * Needs a direct connection (no transaction pooler) and a role that may create tables, extensions and roles.
 */
export async function migrate(url: string): Promise<MigrationReport> {
  const database = knex({ client: 'pg', connection: url, pool: { min: 1, max: 2 } });
  try {
    return await database.transaction(async (lock) => {
      await lock.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
      const [, applied] = (await database.migrate.latest({ migrationSource: sourceOf(path.join(import.meta.dirname, 'migrations')) })) as [number, string[]];
      return { applied };
    });
  } finally {
    await database.destroy();
  }
}

/** Names are kept without their extension, so that sources and built files are the same migration. */
function sourceOf(folder: string): Knex.MigrationSource<string> {
  const files = readdirSync(folder).filter((file) => /^\d{8}T\d{6}Z-.*\.(ts|js|mjs)$/.test(file) && !file.endsWith('.d.ts'));
  const byName = new Map(files.map((file) => [file.replace(/\.\w+$/, ''), file]));
  return {
    getMigrations: () => Promise.resolve([...byName.keys()].sort()),
    getMigrationName: (name) => name,
    getMigration: async (name) => {
      const { up, config } = (await import(path.join(folder, byName.get(name) ?? name))) as { up: Knex.Migration['up']; config?: { transaction?: boolean } };
      return { up, down: refuseToUndo, ...(config ? { config } : {}) };
    },
  };
}

/** A release is undone by the previous one running on the newer schema, never by taking tables away. */
function refuseToUndo(): Promise<never> {
  return Promise.reject(new Error('migrations only go forward'));
}
