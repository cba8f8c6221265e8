import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asAdmin, createTestDatabase, type TestDatabase } from '@binnacle/testkit/test-database';
import { openRegistry, type Registry } from './registry.ts';
import { tenantId } from './tenant-id.ts';

const ACME = tenantId('11111111-1111-7111-8111-111111111111');
const GLOBEX = tenantId('22222222-2222-7222-8222-222222222222');

describe('the Registry', () => {
  let database: TestDatabase;
  let registry: Registry;

  beforeAll(async () => {
    database = await createTestDatabase();
    registry = openRegistry({ url: database.guardedUrl, guarded: true, applicationName: 'test' });
    await asAdmin(database.adminUrl, async (client) => {
      await client.query(
        `insert into tenant (id, external_id, name, type, provider) values ('${ACME}', 'acme', 'Acme', 'account', 'test'), ('${GLOBEX}', 'globex', 'Globex', 'account', 'test')`,
      );
      await client.query(
        `insert into application (id, owner_tenant, name, norm_name, readers) values ('33333333-3333-7333-8333-333333333333', '${ACME}', 'shop', 'mp-shop', array['${ACME}'::uuid])`,
      );
      await client.query(
        `insert into access (tenant_id, kind, resource_id, owner, source_id) values ('${ACME}', 1, '33333333-3333-7333-8333-333333333333', true, '${ACME}')`,
      );
      await client.query(
        `insert into bundle (id, application_id, name) values ('44444444-4444-7444-8444-444444444444', '33333333-3333-7333-8333-333333333333', 'b')`,
      );
    });
  });
  afterAll(async () => {
    await registry.close();
    await database.drop();
  });

  it('shows a row to its tenant and to no other, even when a statement forgets the tenant', async () => {
    const all = {
      name: 'test.all',
      text: 'select application.name, bundle.name from application join bundle on bundle.application_id = application.id',
      values: [],
    };
    expect(await registry.read(all, ACME)).toEqual([['shop', 'b']]);
    expect(await registry.read(all, GLOBEX)).toEqual([]);
    expect(await registry.read(all, undefined)).toEqual([]);
    expect(await registry.read(all, 'global')).toEqual([['shop', 'b']]);
  });

  it('gives the same answer by the builder, which carries the tenant itself', async () => {
    const namesFor = (tenant: typeof ACME) =>
      registry.asTenant(tenant, (work) => work.rows<{ name: string }>('test.names', work.owned('application').select('application.name')));
    expect(await namesFor(ACME)).toEqual([{ name: 'shop' }]);
    expect(await namesFor(GLOBEX)).toEqual([]);
  });

  it('refuses raw SQL that does not mention its tenant', async () => {
    await expect(registry.asTenant(ACME, (work) => work.query('test.careless', 'select * from application'))).rejects.toThrow('does not mention its tenant');
  });

  it('undoes everything when the body fails, and runs afterCommit callbacks only after a commit', async () => {
    let committed = 0;
    const rename = (fail: boolean) =>
      registry.asTenant(ACME, async (work) => {
        work.afterCommit(() => (committed += 1));
        await work.query('test.rename', `update application set description = 'changed' where owner_tenant = $1`);
        if (fail) throw new Error('half-way');
      });
    await expect(rename(true)).rejects.toThrow('half-way');
    const before = await registry.read({ name: 'test.description', text: 'select description from application', values: [] }, ACME);
    expect(before).toEqual([[null]]);
    expect(committed).toBe(0);
    await rename(false);
    expect(committed).toBe(1);
  });

  it('rejects a statement that comes after its transaction has ended', async () => {
    const leaked = await registry.asTenant(ACME, (work) => Promise.resolve({ work }));
    await expect(leaked.work.query('test.late', 'select $1::uuid')).rejects.toThrow('after the end');
  });

  it('says which constraint a write violated, in the words clients know', async () => {
    const duplicate = registry.asGlobal('test', (work) =>
      work.query('test.duplicate', `insert into tenant (id, external_id, name, type, provider) values (gen_random_uuid(), 'acme', 'x', 'account', 'x')`),
    );
    await expect(duplicate).rejects.toMatchObject({
      kind: 'NotUnique',
      message: 'Object is not unique [object=tenant]',
      constraint: 'tenant_external_id_taken',
    });
  });

  it('repeats a whole unit of work after a serialization failure', async () => {
    let attempts = 0;
    await registry.asGlobal('test', async (work) => {
      attempts += 1;
      await work.query('test.conflict', `do $$ begin if ${attempts} = 1 then raise exception 'conflict' using errcode = '40001'; end if; end $$`);
    });
    expect(attempts).toBe(2);
  });

  it('keeps a bounded number of prepared statements on a connection', async () => {
    const single = openRegistry({ url: database.directorUrl, applicationName: 'test', poolSize: 1 });
    for (let n = 0; n < 320; n += 1) await single.read({ name: 'test.many', text: `select ${n} as n`, values: [] }, undefined);
    const [[count]] = (await single.read({ name: 'test.count', text: 'select count(*)::int from pg_prepared_statements', values: [] }, undefined)) as [
      [number],
    ];
    expect(count).toBeLessThanOrEqual(300);
    expect(await single.read({ name: 'test.many', text: 'select 0 as n', values: [] }, undefined)).toEqual([[0]]);
    await single.close();
  });

  it('answers RegistryUnavailable while Postgres is away', async () => {
    const nowhere = openRegistry({ url: 'postgres://nobody@127.0.0.1:1/none', applicationName: 'test' });
    await expect(nowhere.ping()).rejects.toMatchObject({ name: 'RegistryUnavailable' });
    await nowhere.close();
  });

  it('survives a connection that dies between two statements of a transaction', async () => {
    const died = registry.asTenant(ACME, async (work) => {
      const [row] = await work.query<{ pid: number }>('test.pid', 'select pg_backend_pid() as pid, $1::uuid');
      await asAdmin(database.adminUrl, async (client) => {
        await client.query('select pg_terminate_backend($1, 5000)', [row?.pid]);
      });
      await work.query('test.after', 'select $1::uuid');
    });
    await expect(died).rejects.toMatchObject({ name: 'RegistryUnavailable', outcome: 'none' });
    await registry.ping();
  });

  it('tells listeners of a changed tenant', async () => {
    const heard: (string | undefined)[] = [];
    const ready = Promise.withResolvers<void>();
    const changed = Promise.withResolvers<void>();
    const stop = registry.listen('tenant_changed', (payload) => {
      heard.push(payload);
      if (payload === undefined) ready.resolve();
      else changed.resolve();
    });
    await ready.promise;
    await registry.asGlobal('test', (work) => work.query('test.touch', `update tenant set name = 'Globex 2' where id = $1`, [GLOBEX]));
    await changed.promise;
    expect(heard).toContain('globex');
    stop();
  });
});
