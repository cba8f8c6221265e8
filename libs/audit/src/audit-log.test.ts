import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openRegistry, type Registry } from '@binnacle/registry/registry';
import { tenantId } from '@binnacle/registry/tenant-id';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { asAdmin, createTestDatabase, type TestDatabase } from '@binnacle/testkit/test-database';
import { appendAudit } from './append-audit.ts';
import type { AuditEvent } from './audit-event.ts';
import { linkBatch, startAuditLinker } from './link-audit.ts';
import { verifyAudit } from './verify-audit.ts';

const TENANT = tenantId('0197a000-0000-7000-8000-00000000abcd');
const event = (action: string): AuditEvent => ({
  id: newUuidV7(),
  tenant: TENANT,
  service: 'director',
  actor: { type: 'Static User', id: 'ada' },
  action,
  object: { type: 'Application', id: 'a-1' },
  result: 'success',
  correlationId: 'request-1',
  details: { name: 'ä "quoted" \u2028', n: 1.5 },
});

describe('the audit log', () => {
  let database: TestDatabase;
  let registry: Registry;
  let other: Registry;

  const sql = (text: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> =>
    asAdmin(database.adminUrl, async (client) => (await client.query(text, [...values])).rows as Record<string, unknown>[]);
  /** As somebody would who owns the database: the service's role may not. */
  const tamper = (text: string): Promise<unknown> => sql(`begin; set local session_replication_role = replica; ${text}; commit`);
  const add = async (...actions: readonly string[]): Promise<void> => {
    for (const action of actions) await registry.asTenant(TENANT, (work) => appendAudit(work, event(action)));
  };
  const link = (): Promise<number> => registry.asGlobal('test', linkBatch);

  beforeAll(async () => {
    database = await createTestDatabase();
    registry = openRegistry({ url: database.guardedUrl, guarded: true, applicationName: 'audit test', poolSize: 4 });
    other = openRegistry({ url: database.guardedUrl, guarded: true, applicationName: 'other audit test', poolSize: 4 });
  });
  afterAll(async () => {
    await registry.close();
    await other.close();
    await database.drop();
  });

  it('is whole while nothing has happened', async () => {
    expect(await verifyAudit(registry)).toEqual({ verified: 0, unlinked: 0 });
  });

  it('keeps a row with its change, and none without', async () => {
    await add('one');
    await expect(
      registry.asTenant(TENANT, async (work) => {
        await appendAudit(work, event('never'));
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await sql('select action, seq from audit')).toEqual([{ action: 'one', seq: null }]);
    expect(await verifyAudit(registry)).toEqual({ verified: 0, unlinked: 1 });
  });

  it('links what is committed, each row once, whoever does it', async () => {
    await add('two', 'three', 'four', 'five');
    const [ours, theirs] = await Promise.all([link(), other.asGlobal('test', linkBatch)]);
    expect(ours + theirs).toBe(5);
    expect(await verifyAudit(registry)).toEqual({ verified: 5, unlinked: 0 });
    expect(await sql('select seq::int as seq from audit order by seq')).toEqual([1, 2, 3, 4, 5].map((seq) => ({ seq })));
  });

  it('lets no service change a linked row', async () => {
    const change = registry.asGlobal('test', (work) => work.query('test.change', `update audit set hash = '\\x00' where seq = 2`));
    await expect(change).rejects.toThrow();
    await expect(registry.asGlobal('test', (work) => work.query('test.actor', `update audit set actor = 'eve' where seq = 2`))).rejects.toThrow();
    await expect(registry.asGlobal('test', (work) => work.query('test.delete', 'delete from audit where seq = 2'))).rejects.toThrow();
    expect(await verifyAudit(registry)).toEqual({ verified: 5, unlinked: 0 });
  });

  it.each([
    ['changed', `update audit set actor = 'eve' where seq = 3`, `update audit set actor = 'ada' where seq = 3`, '3', 'its content is not what was linked'],
    [
      'moved in time',
      `update audit set at = at + interval '1 microsecond' where seq = 2`,
      `update audit set at = at - interval '1 microsecond' where seq = 2`,
      '2',
      'its content is not what was linked',
    ],
    [
      'exchanged',
      'update audit set seq = 7 - seq where seq in (3, 4)',
      'update audit set seq = 7 - seq where seq in (3, 4)',
      '3',
      'it does not follow the row before it',
    ],
    ['numbered anew', 'update audit set seq = 9 where seq = 4', 'update audit set seq = 4 where seq = 9', '4', 'the row is missing: after 3 comes 5'],
    ['cut off at the end', 'update audit set seq = 9 where seq = 5', 'update audit set seq = 5 where seq = 9', '5', 'the chain ends here, but its head says 5'],
  ])('names the first row that was %s', async (_, change, back, seq, reason) => {
    await tamper(change);
    const { broken } = await verifyAudit(registry);
    await tamper(back);
    expect(broken).toMatchObject({ seq, reason });
    expect((await verifyAudit(registry)).broken).toBeUndefined();
  });

  it('names a row that was removed', async () => {
    const [kept] = await sql('select to_jsonb(a) as row from audit a where seq = 2');
    await tamper('delete from audit where seq = 2');
    expect((await verifyAudit(registry)).broken).toEqual({ seq: '2', id: undefined, reason: 'the row is missing: after 1 comes 3' });
    await sql('insert into audit select * from jsonb_populate_record(null::audit, $1)', [kept?.['row']]);
    expect((await verifyAudit(registry)).broken).toBeUndefined();
  });

  it('shows a tenant its own rows only, whatever asks', async () => {
    const elsewhere = tenantId('0197a000-0000-7000-8000-00000000ffff');
    const rows = await registry.asTenant(elsewhere, (work) => work.query('test.peek', 'select 1 from audit where $1::uuid is not null'));
    expect(rows).toEqual([]);
  });

  it('is linked by the worker within a moment, two of them side by side', async () => {
    const linkers = [startAuditLinker(registry, { everyMs: 20 }), startAuditLinker(other, { everyMs: 20 })];
    await Promise.all(Array.from({ length: 60 }, (_, n) => registry.asTenant(TENANT, (work) => appendAudit(work, event(`n${n}`)))));
    await linkers[0]?.linkNow();
    await linkers[1]?.linkNow();
    for (const linker of linkers) await linker.stop();
    await link();
    expect(await verifyAudit(registry)).toEqual({ verified: 65, unlinked: 0 });
  });
});
