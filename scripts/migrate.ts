import { migrate } from '@binnacle/registry/migrate';

/** Migrates the database at BINNACLE_DATABASE_URL, which must be reachable without a pooler by a role that may create tables and roles. */
export async function runMigrate(): Promise<number> {
  const url = process.env['BINNACLE_DATABASE_URL'];
  if (!url) throw new Error('BINNACLE_DATABASE_URL is missing, such as postgres://owner:password@host:5432/binnacle');
  const { applied } = await migrate(url);
  process.stdout.write(applied.length === 0 ? 'nothing to do\n' : `applied ${applied.join(', ')}\n`);
  return 0;
}
