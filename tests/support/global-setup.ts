import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { migrate } from '@binnacle/registry/migrate';
import { provideForeignPrograms } from '@binnacle/testkit/foreign-programs';
import { startTestPostgres } from '@binnacle/testkit/test-postgres';
import { asAdmin } from '@binnacle/testkit/test-database';

const HOUR_MS = 3_600_000;

/** Starts one Postgres for the whole run and migrates the template from which every test file clones its database. */
export default async function globalSetup(): Promise<void> {
  sweepLeftovers();
  await provideForeignPrograms();
  const postgres = await startTestPostgres(mkdtempSync(path.join(tmpdir(), 'binnacle-pg-')));
  // A server of the user's outlives the run, and may serve two runs at once: the template is this run's, and goes with it.
  const template = `binnacle_template_${randomBytes(4).toString('hex')}`;
  const server = postgres.url('postgres');
  const stop = async (): Promise<void> => {
    await asAdmin(server, (client) => client.query(`drop database if exists ${template} with (force)`));
    await postgres.stop();
  };
  (globalThis as { binnaclePostgres?: { stop(): Promise<void> } }).binnaclePostgres = { stop };
  process.env['BINNACLE_TEST_POSTGRES'] = server;
  process.env['BINNACLE_TEST_TEMPLATE'] = template;
  try {
    await asAdmin(server, (client) => client.query(`create database ${template}`));
    await migrate(postgres.url(template));
  } catch (error) {
    await stop();
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
