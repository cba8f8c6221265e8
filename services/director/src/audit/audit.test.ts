import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startAuditLinker } from '@binnacle/audit/link-audit';
import { verifyAudit } from '@binnacle/audit/verify-audit';
import { behindTheScenes, type DirectorUnderTest, startDirectorUnderTest } from '../testing/director-under-test.ts';
import { objectOfArguments } from './mutation-event.ts';

describe('audit of the Director', () => {
  let director: DirectorUnderTest;
  let tenant: string;
  const rows = (action: string) =>
    behindTheScenes(
      director,
      `select action, actor, actor_type, tenant_id::text as tenant, object_type, object_id, result, diff from audit where action = $1 order by id`,
      [action],
    );

  beforeAll(async () => {
    director = await startDirectorUnderTest();
    tenant = await director.tenant('audited');
  });
  afterAll(() => director.stop());

  it('keeps each mutation with who, what and the arguments, without secrets', async () => {
    const { data } = await director.call(
      { tenant, consumerId: 'ada' },
      `# a comment first
      fragment f on Application { id }
      mutation { registerApplication(in: { name: "kept", webhooks: [{ type: CONFIGURATION_CHANGED, url: "https://a.example.com",
        auth: { credential: { basic: { username: "u", password: "canary-secret" } } } }] }) { ...f } }`,
    );
    const [row, ...others] = await rows('registerApplication');
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      actor: 'ada',
      actor_type: 'Static User',
      tenant,
      object_type: 'Application',
      object_id: data.registerApplication.id,
      result: 'success',
    });
    expect(row.diff.in.name).toBe('kept');
    expect(JSON.stringify(row.diff)).not.toContain('canary-secret');
  });

  it('keeps one row for each field of a document, by what was really run', async () => {
    await director.call(
      { tenant },
      'query q { viewer { id } } mutation m { a: registerApplication(in: { name: "first" }) { id } b: registerApplication(in: { name: "second" }) { id } }',
      undefined,
    );
    expect(await rows('registerApplication')).toHaveLength(1);
    await director.call(
      { tenant },
      'mutation m { a: registerApplication(in: { name: "first" }) { id } b: registerApplication(in: { name: "second" }) { id } }',
    );
    expect(await rows('registerApplication')).toHaveLength(3);
  });

  it('keeps nothing of a mutation that failed, and says who was refused', async () => {
    const { errors } = await director.call({ tenant }, 'mutation { registerApplication(in: { name: "first" }) { id } }');
    expect(errors[0].extensions.error).toBe('NotUniqueName');
    expect(await rows('registerApplication')).toHaveLength(3);
    await director.call({ tenant, scopes: [], consumerId: 'eve' }, 'mutation { registerApplication(in: { name: "third" }) { id } }');
    const last = (await rows('registerApplication')).at(-1);
    expect(last).toMatchObject({ actor: 'eve', result: 'refused', tenant, object_id: null });
  });

  it('keeps nothing of reads', async () => {
    const [before] = await behindTheScenes(director, 'select count(*) from audit');
    await director.call({ tenant }, '{ applications { totalCount } }');
    await director.call({ tenant, scopes: [] }, '{ applications { totalCount } }');
    expect(await behindTheScenes(director, 'select count(*) from audit')).toEqual([before]);
  });

  it('is linked and verifies', async () => {
    const linker = startAuditLinker(director.registry);
    await linker.linkNow();
    await linker.stop();
    const [{ count }] = (await behindTheScenes(director, 'select count(*)::int as count from audit')) as [{ count: number }];
    expect(await verifyAudit(director.registry)).toEqual({ verified: count, unlinked: 0 });
  });

  it.each([
    [
      { applicationID: 'a', key: 'k' },
      { type: 'Application', id: 'a' },
    ],
    [
      { objectID: 'o', objectType: 'RUNTIME_CONTEXT' },
      { type: 'RuntimeContext', id: 'o' },
    ],
    [{ id: 'i' }, { type: 'Object', id: 'i' }],
    [{ in: {} }, undefined],
  ])('finds the object in %j', (args, object) => {
    expect(objectOfArguments(args)).toEqual(object);
  });
});
