import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Caller } from '@binnacle/internal-token/caller';
import { createUseRecorder } from '@binnacle/trust/use-recorder';
import { behindTheScenes, type DirectorUnderTest, startDirectorUnderTest } from '../testing/director-under-test.ts';
import { createStatusFlip } from './status-flip.ts';

describe('a call of an Application or Runtime', () => {
  let director: DirectorUnderTest;
  let tenant: string;
  let application: string;
  beforeAll(async () => {
    director = await startDirectorUnderTest();
    tenant = await director.tenant('acme');
    const { data } = await director.call({ tenant }, 'mutation { registerApplication(in: { name: "a", statusCondition: FAILED }) { id } }');
    application = data.registerApplication.id;
  });
  afterAll(() => director.stop());

  const status = async () => (await behindTheScenes(director, 'select status from application where id = $1', [application]))[0].status;
  const caller = (extra: Partial<Caller> = {}): Caller => ({
    consumerId: application,
    consumerType: 'Application',
    flow: 'OAuth2',
    scopes: new Set(),
    tenant,
    externalTenant: undefined,
    onBehalfOf: '',
    region: '',
    subject: '',
    ...extra,
  });

  it('sees itself connected in its own first answer, unless it came with a one-time token', async () => {
    const read = `{ application(id: "${application}") { status { condition } } }`;
    const as = { tenant, consumerType: 'Application', consumerId: application } as const;
    expect((await director.call({ tenant }, read)).data.application.status.condition).toBe('FAILED');
    expect((await director.call({ ...as, flow: 'OneTimeToken' }, read)).data.application.status.condition).toBe('FAILED');
    expect((await director.call({ ...as, flow: 'OAuth2' }, read)).data.application.status.condition).toBe('CONNECTED');
  });

  it('connects again what was set back meanwhile, and is written once for many calls', async () => {
    let now = Date.now();
    const uses = createUseRecorder(director.registry, { now: () => now });
    const flip = createStatusFlip(director.registry, uses, () => now);
    await behindTheScenes(director, `update application set status = 'INITIAL' where id = $1`, [application]);
    const before = director.registry.statements.count;
    for (let n = 0; n < 50; n += 1) await flip(caller(), '{ viewer { id } }');
    await uses.flush();
    expect(director.registry.statements.count - before).toBe(2);
    expect(await status()).toBe('CONNECTED');
    const seen = async () => (await behindTheScenes(director, 'select last_seen_at from heartbeat where object_id = $1', [application]))[0].last_seen_at;
    expect(await seen()).toEqual(new Date(now));

    await director.call({ tenant }, `mutation { unpairApplication(id: "${application}") { id } }`);
    expect(await status()).toBe('INITIAL');
    now += 61_000;
    await flip(caller(), '{ viewer { id } }');
    expect(await status()).toBe('CONNECTED');
    await uses.stop();
    expect(await seen()).toEqual(new Date(now));
  });

  it('leaves no trace of an id that is nobody', async () => {
    const uses = createUseRecorder(director.registry);
    const flip = createStatusFlip(director.registry, uses);
    await flip(caller({ consumerId: '00000000-0000-7000-8000-00000000dead' }), '');
    await uses.stop();
    expect(await behindTheScenes(director, `select * from heartbeat where object_id = '00000000-0000-7000-8000-00000000dead'`)).toEqual([]);
  });
});
