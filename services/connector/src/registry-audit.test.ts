import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openRegistry, type Registry } from '@binnacle/registry/registry';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { createLandscape, type Landscape } from '@binnacle/testkit/landscape';
import { createRegistryAudit } from './registry-audit.ts';

describe('security events of the Connector', () => {
  let scene: Landscape;
  let registry: Registry;
  const rows = () => scene.sql('select service, action, actor, tenant_id::text as tenant, result, diff from audit order by id');

  beforeAll(async () => {
    scene = await createLandscape();
    registry = openRegistry({ url: scene.database.connectorUrl, applicationName: 'connector audit test', poolSize: 2 });
  });
  afterAll(async () => {
    await registry.close();
    await scene.database.drop();
  });

  it('are rows of the audit log, in the transaction of what they tell of', async () => {
    const audit = createRegistryAudit(registry, newUuidV7);
    const issued = { action: 'certificate.issued', authId: 'auth-1', tenant: scene.tenant, details: { serial: '0a' } } as const;
    await expect(
      registry.asGlobal('test', async (work) => {
        await audit.record(issued, work);
        throw new Error('not after all');
      }),
    ).rejects.toThrow('not after all');
    expect(await rows()).toEqual([]);
    await registry.asGlobal('test', (work) => audit.record(issued, work));
    await audit.record({ action: 'call.unauthenticated', details: { reason: 'no token' } });
    expect(await rows()).toEqual([
      { service: 'connector', action: 'certificate.issued', actor: 'auth-1', tenant: scene.tenant, result: 'success', diff: { serial: '0a' } },
      { service: 'connector', action: 'call.unauthenticated', actor: 'connector', tenant: null, result: 'refused', diff: { reason: 'no token' } },
    ]);
  });
});
