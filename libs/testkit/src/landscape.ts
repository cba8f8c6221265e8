import { randomBytes } from 'node:crypto';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { type TenantId, tenantId } from '@binnacle/registry/tenant-id';
import { asAdmin, createTestDatabase, type TestDatabase } from './test-database.ts';

/** A tenant with one application and one runtime, on a database of its own. */
export interface Landscape {
  readonly database: TestDatabase;
  readonly tenant: TenantId;
  readonly application: string;
  readonly runtime: string;
  readonly key: Buffer;
  /** Runs SQL behind the scenes. */
  sql<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

export async function createLandscape(): Promise<Landscape> {
  const database = await createTestDatabase();
  const sql = <Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> =>
    asAdmin(database.adminUrl, async (client) => (await client.query(text, [...values])).rows as Row[]);
  const [tenant, application, runtime] = [newUuidV7(), newUuidV7(), newUuidV7()];
  await sql(`insert into tenant (id, external_id, name, type, provider) values ($1, 'acme', 'Acme', 'account', 'test')`, [tenant]);
  await sql(`insert into tenant_ancestor (tenant_id, ancestor_id, depth, inherits) values ($1, $1, 0, true)`, [tenant]);
  await sql(`insert into application (id, owner_tenant, name, norm_name, readers) values ($1, $2, 'shop', 'mp-shop', array[$2::uuid])`, [application, tenant]);
  await sql(`insert into runtime (id, owner_tenant, name, readers) values ($1, $2, 'kyma', array[$2::uuid])`, [runtime, tenant]);
  await sql(`insert into access (tenant_id, kind, resource_id, owner, source_id) values ($1, 1, $2, true, $1), ($1, 2, $3, true, $1)`, [
    tenant,
    application,
    runtime,
  ]);
  return { database, tenant: tenantId(tenant), application, runtime, key: randomBytes(32), sql };
}
