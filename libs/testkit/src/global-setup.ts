import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { migrate } from '@binnacle/registry/migrate';
import { provideForeignPrograms } from './foreign-programs.ts';
import { startTestPostgres } from './test-postgres.ts';
import { asAdmin } from './test-database.ts';

const HOUR_MS = 3_600_000;

/** Starts one Postgres for the whole run and migrates the template from which every test file clones its database. */
export default async function globalSetup(): Promise<void> {
  sweepLeftovers();
  await provideForeignPrograms();
  const postgres = await startTestPostgres(mkdtempSync(path.join(tmpdir(), 'binnacle-pg-')));
  (globalThis as { binnaclePostgres?: { stop(): Promise<void> } }).binnaclePostgres = postgres;
  process.env['BINNACLE_TEST_POSTGRES'] = postgres.url('postgres');
  try {
    await asAdmin(postgres.url('postgres'), (client) => client.query('create database binnacle_template'));
    await migrate(postgres.url('binnacle_template'));
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** A killed run leaves its folder behind. */
function sweepLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith('binnacle-pg-')) continue;
    const folder = path.join(tmpdir(), name);
    if (Date.now() - statSync(folder).mtimeMs > 6 * HOUR_MS) rmSync(folder, { recursive: true, force: true });
  }
}
