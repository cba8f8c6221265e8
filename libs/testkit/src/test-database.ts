import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { asRole, withDatabase } from './test-postgres.ts';

/** A database of a test file's own, cloned from the migrated template. */
export interface TestDatabase {
  /** As the role on which row-level security is forced: what tests use. */
  readonly guardedUrl: string;
  /** As the Director's own role: for timings and plans. */
  readonly directorUrl: string;
  /** As the Gateway's own role. */
  readonly gatewayUrl: string;
  /** As the Connector's own role. */
  readonly connectorUrl: string;
  /** As the superuser: for setting scenes and looking behind the scenes. */
  readonly adminUrl: string;
  drop(): Promise<void>;
}

/** Clones the template; call `drop` when the file is done. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env['BINNACLE_TEST_POSTGRES'];
  const template = process.env['BINNACLE_TEST_TEMPLATE'];
  if (!server || !template) throw new Error('no test Postgres: run through jest, whose global set-up starts it');
  const name = `t_${randomBytes(6).toString('hex')}`;
  await asAdmin(server, (client) => client.query(`create database ${name} template ${template} strategy file_copy`));
  const adminUrl = withDatabase(server, name);
  return {
    adminUrl,
    guardedUrl: asRole(adminUrl, 'binnacle_guarded'),
    directorUrl: asRole(adminUrl, 'binnacle_director'),
    gatewayUrl: asRole(adminUrl, 'binnacle_gateway'),
    connectorUrl: asRole(adminUrl, 'binnacle_connector'),
    drop: async () => void (await asAdmin(server, (client) => client.query(`drop database if exists ${name} with (force)`))),
  };
}

/** Runs `body` on one connection as whoever the address names, and closes it. */
export async function asAdmin<T>(url: string, body: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await body(client);
  } finally {
    await client.end();
  }
}
