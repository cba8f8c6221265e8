import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '@binnacle/embedded-postgres/embedded-postgres';
import { migrate } from '@binnacle/registry/migrate';
import { asAdmin } from '@binnacle/testkit/test-database';
import { asRole } from '@binnacle/testkit/test-postgres';
import { BIG_TENANT, seedApplications, type SeedPlan } from '../../support/seed-applications.ts';

/** A migrated database with a known number of rows. */
export interface Landscape {
  /** As the Director's role. */
  readonly url: string;
  readonly adminUrl: string;
  stop(): Promise<void>;
}

/** @param durable as the local stack is; otherwise nothing is flushed, which big seeds want */
export async function startLandscape(plan: SeedPlan, durable = true): Promise<Landscape> {
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-load-'));
  const postgres = await startEmbeddedPostgres({ folder, port: 0, durable, settings: ['shared_buffers=512MB', 'max_wal_size=4GB'] });
  let running = true;
  // A measurement that fails half-way leaves no server behind, nor one that is cut off.
  process.once('exit', () => running && process.kill(postgres.pid, 'SIGQUIT'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  await asAdmin(postgres.url('postgres'), (client) => client.query('create database landscape'));
  const adminUrl = postgres.url('landscape');
  await migrate(adminUrl);
  await asAdmin(adminUrl, async (client) => {
    await seedApplications((sql) => client.query(sql), plan);
    await seedBundles((sql) => client.query(sql));
    await seedRuntimes((sql) => client.query(sql));
    await client.query(
      `update application set labels = labels || '{"picked": "yes"}' where id in (select id from application where owner_tenant = '${BIG_TENANT}' order by id limit 50)`,
    );
    await client.query('vacuum analyze');
  });
  return {
    adminUrl,
    url: asRole(adminUrl, 'binnacle_director'),
    async stop() {
      running = false;
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Execute = (sql: string) => Promise<unknown>;

/** Two bundles with two API definitions each, every one with a specification of about 300 bytes, for the first hundred applications of the big tenant. */
async function seedBundles(execute: Execute): Promise<void> {
  await execute(
    `create temp table chosen as select id, row_number() over (order by id) as n from application where owner_tenant = '${BIG_TENANT}' order by id limit 100`,
  );
  await execute(
    `insert into blob (id, body) select sha256(body::bytea), body from (select 'openapi: 3.0.0 # ' || repeat('x', 280) || n as body from generate_series(1, 400) n)`,
  );
  await execute(
    `insert into bundle (id, application_id, name) select md5('b' || n || '-' || i)::uuid, id, 'bundle ' || i from chosen, generate_series(1, 2) i`,
  );
  await execute(`insert into api_definition (id, application_id, name, target_url, version_value)
    select md5('a' || n || '-' || i || '-' || j)::uuid, id, 'api ' || j, 'https://example.com/' || n, '1.0.0' from chosen, generate_series(1, 2) i, generate_series(1, 2) j`);
  await execute(`insert into bundle_reference (bundle_id, kind, definition_id)
    select md5('b' || n || '-' || i)::uuid, 1, md5('a' || n || '-' || i || '-' || j)::uuid from chosen, generate_series(1, 2) i, generate_series(1, 2) j`);
  await execute(`insert into spec (id, kind, definition_id, type, format, data_id)
    select md5('s' || n || '-' || i || '-' || j)::uuid, 1, md5('a' || n || '-' || i || '-' || j)::uuid, 'OPEN_API', 'YAML',
      sha256(('openapi: 3.0.0 # ' || repeat('x', 280) || (1 + ((n * 4 + i * 2 + j) % 400)))::bytea)
    from chosen, generate_series(1, 2) i, generate_series(1, 2) j`);
}

/** A hundred runtimes with five labels each in the big tenant. */
async function seedRuntimes(execute: Execute): Promise<void> {
  await execute(`insert into runtime (id, owner_tenant, name, labels, readers)
    select md5('r' || n)::uuid, '${BIG_TENANT}', 'runtime-' || n, jsonb_build_object('region', 'eu-' || n % 5, 'plan', 'aws', 'stage', 'prod', 'zone', jsonb_build_array('a', 'b'), 'n', n::text), array['${BIG_TENANT}'::uuid]
    from generate_series(1, 100) n`);
  await execute(`insert into access (tenant_id, kind, resource_id, owner, source_id) select owner_tenant, 2, id, true, owner_tenant from runtime`);
}
