import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openRegistry, type Registry } from '@binnacle/registry/registry';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { type BurnOutcome, burnToken, noteTokenResult, type TokenUse } from './burn-token.ts';
import { createKeyedHash, type KeyedHash } from './keyed-hash.ts';
import { type MintedToken, mintToken } from './mint-token.ts';
import { addIdentity, findIdentity, noteCertificateUse } from './system-auths.ts';
import { createLandscape, type Landscape, tokenHashes } from './testing/landscape.ts';

const LIFETIMES = { Application: 300, Runtime: 3600 };
const RACERS = 50;

describe('one-time tokens', () => {
  let scene: Landscape;
  let hashes: KeyedHash;
  let director: Registry;
  let gateway: Registry;
  let connector: Registry;
  beforeAll(async () => {
    scene = await createLandscape();
    hashes = tokenHashes(scene);
    director = openRegistry({ url: scene.database.directorUrl, applicationName: 'director' });
    gateway = openRegistry({ url: scene.database.gatewayUrl, applicationName: 'gateway', poolSize: RACERS });
    connector = openRegistry({ url: scene.database.connectorUrl, applicationName: 'connector' });
  });
  afterAll(async () => {
    await Promise.all([director.close(), gateway.close(), connector.close()]);
    await scene.database.drop();
  });

  async function identity(kind: 'Application' | 'Runtime' = 'Application', boundSpkiSha256?: string): Promise<string> {
    const id = newUuidV7();
    await director.asTenant(scene.tenant, (work) =>
      addIdentity(work, { id, kind, objectId: kind === 'Application' ? scene.application : scene.runtime, ...(boundSpkiSha256 ? { boundSpkiSha256 } : {}) }),
    );
    return id;
  }
  const mint = async (authId: string, extra: object = {}): Promise<MintedToken> => {
    const minted = await director.asTenant(scene.tenant, (work) => mintToken(work, hashes, { authId, lifetimeSeconds: LIFETIMES, ...extra }));
    if (!minted) throw new Error('nothing was minted');
    return minted;
  };
  const burn = (token: string, use: TokenUse = 'configuration', extra: object = {}): Promise<BurnOutcome> =>
    gateway.asGlobal('burn', (work) => burnToken(work, hashes, { token, use, ...extra }));
  const setPolicy = (approval: boolean) =>
    scene.sql('insert into trust_policy (tenant_id, enrolment_approval) values ($1, $2) on conflict (tenant_id) do update set enrolment_approval = $2', [
      scene.tenant,
      approval,
    ]);

  it('are 88 characters of base64url with padding, and are nowhere in the database', async () => {
    const { token } = await mint(await identity());
    expect(token).toMatch(/^[A-Za-z0-9_-]{86}==$/);
    const [row] = await scene.sql<{ found: boolean }>(`select bool_or(t::text like '%' || $1 || '%') as found from one_time_token t`, [token]);
    expect(row?.found).toBe(false);
  });

  it('live five minutes for an Application and an hour for a Runtime', async () => {
    const seconds = ({ createdAt, expiresAt }: MintedToken): number => (expiresAt.getTime() - createdAt.getTime()) / 1000;
    expect(seconds(await mint(await identity('Application')))).toBe(300);
    expect(seconds(await mint(await identity('Runtime')))).toBe(3600);
  });

  it(`are won by one of ${RACERS} racers`, async () => {
    for (let round = 0; round < 5; round += 1) {
      const authId = await identity();
      const { token } = await mint(authId);
      const outcomes = await Promise.all(Array.from({ length: RACERS }, () => burn(token)));
      const winners = outcomes.filter(({ kind }) => kind === 'burned');
      expect(winners).toHaveLength(1);
      expect(winners[0]).toMatchObject({ identity: { authId, consumerType: 'Application', objectId: scene.application, tenant: scene.tenant } });
      for (const outcome of outcomes) if (outcome.kind !== 'burned') expect(outcome).toMatchObject({ kind: 'refused', reason: 'used' });
    }
  });

  it('are refused with the reason: unknown, used, expired, superseded', async () => {
    expect(await burn('incorrectToken')).toEqual({ kind: 'refused', reason: 'unknown' });
    const used = await mint(await identity());
    await burn(used.token);
    expect(await burn(used.token)).toMatchObject({ kind: 'refused', reason: 'used' });
    const expired = await mint(await identity());
    await scene.sql(`update one_time_token set expires_at = now() - interval '1 second' where id = $1`, [expired.id]);
    expect(await burn(expired.token)).toMatchObject({ kind: 'refused', reason: 'expired' });
    const authId = await identity();
    const first = await mint(authId);
    const second = await mint(authId);
    expect(await burn(first.token)).toMatchObject({ kind: 'refused', reason: 'superseded' });
    expect(await burn(second.token)).toMatchObject({ kind: 'burned' });
  });

  it('leave one valid token, however many are minted at once for one identity', async () => {
    const authId = await identity();
    const minted = await Promise.all(Array.from({ length: 8 }, () => mint(authId)));
    const outcomes = await Promise.all(minted.map(({ token }) => burn(token)));
    expect(outcomes.filter(({ kind }) => kind === 'burned')).toHaveLength(1);
  });

  it('stay spent though what they were spent for failed', async () => {
    const { token } = await mint(await identity());
    const spend = async (): Promise<never> => {
      await burn(token, 'sign');
      throw new Error('no certificate');
    };
    await expect(spend()).rejects.toThrow('no certificate');
    expect(await burn(token, 'sign')).toMatchObject({ kind: 'refused', reason: 'used' });
  });

  it('give the same request, repeated with its idempotency key, what it got; any difference is refused', async () => {
    const { token } = await mint(await identity());
    const [key, other] = [hashes.hash('key'), hashes.hash('other key')];
    const [csr, otherCsr] = [randomBytes(32), randomBytes(32)];
    const first = await burn(token, 'sign', { idempotencyHash: key, requestFingerprint: csr });
    if (first.kind !== 'burned') throw new Error(first.kind);
    const certificate = newUuidV7();
    await connector.asGlobal('result', (work) => noteTokenResult(work, first.identity.tokenId, certificate));
    expect(await burn(token, 'sign', { idempotencyHash: key, requestFingerprint: csr })).toMatchObject({ kind: 'repeated', resultId: certificate });
    expect(await burn(token, 'sign', { idempotencyHash: key, requestFingerprint: otherCsr })).toMatchObject({ kind: 'refused', reason: 'used' });
    expect(await burn(token, 'sign', { idempotencyHash: other, requestFingerprint: csr })).toMatchObject({ kind: 'refused', reason: 'used' });
    expect(await burn(token, 'sign', { requestFingerprint: csr })).toMatchObject({ kind: 'refused', reason: 'used' });
    await scene.sql(`update one_time_token set used_at = now() - interval '31 seconds' where id = $1`, [first.identity.tokenId]);
    expect(await burn(token, 'sign', { idempotencyHash: key, requestFingerprint: csr })).toMatchObject({ kind: 'refused', reason: 'used' });
  });

  it('wait for an approval where the tenant wants one: unspent, and only for signing', async () => {
    await setPolicy(true);
    const authId = await identity();
    const configuration = await mint(authId);
    expect(await burn(configuration.token, 'configuration')).toMatchObject({ kind: 'burned' });
    const { token } = await mint(authId);
    expect(await burn(token, 'sign')).toMatchObject({ kind: 'refused', reason: 'approval-pending', identity: { authId } });
    await scene.sql('update system_auth set approved_at = now() where id = $1', [authId]);
    expect(await burn(token, 'sign')).toMatchObject({ kind: 'burned' });
    await setPolicy(false);
  });

  it('say which key alone may be enrolled with them', async () => {
    const bound = randomBytes(32).toString('hex');
    const { token } = await mint(await identity('Runtime', bound));
    expect(await burn(token)).toMatchObject({ kind: 'burned', identity: { boundSpkiSha256: bound, consumerType: 'Runtime' } });
  });

  it('are minted again by the Connector on the same identity, with the addresses of the one before', async () => {
    const authId = await identity();
    await mint(authId, { connectorUrl: 'https://c.example.com', scenarioGroups: ['a', 'b'] });
    const again = await connector.asTenant(scene.tenant, (work) => mintToken(work, hashes, { authId, lifetimeSeconds: LIFETIMES }));
    expect(again).toMatchObject({ authId, connectorUrl: 'https://c.example.com', scenarioGroups: ['a', 'b'] });
  });

  it('are not minted for what is no identity of the tenant', async () => {
    expect(await director.asTenant(scene.tenant, (work) => mintToken(work, hashes, { authId: newUuidV7(), lifetimeSeconds: LIFETIMES }))).toBeUndefined();
  });

  it('are gone once a certificate of their identity was used', async () => {
    const authId = await identity();
    const { token } = await mint(authId);
    await gateway.asGlobal('first certificate call', (work) => noteCertificateUse(work, authId));
    expect(await findIdentity(gateway, authId)).toMatchObject({ id: authId, kind: 'Application', certCommonName: authId, tenant: scene.tenant });
    expect(await burn(token)).toMatchObject({ kind: 'refused', reason: 'superseded' });
  });

  it('go with the Application they were for', async () => {
    const id = newUuidV7();
    await scene.sql(`insert into application (id, owner_tenant, name, norm_name, readers) values ($1, $2, 'gone', 'mp-gone', array[$2::uuid])`, [
      id,
      scene.tenant,
    ]);
    const authId = newUuidV7();
    await director.asTenant(scene.tenant, (work) => addIdentity(work, { id: authId, kind: 'Application', objectId: id }));
    const { token } = await mint(authId);
    await scene.sql('delete from application where id = $1', [id]);
    expect(await burn(token)).toEqual({ kind: 'refused', reason: 'unknown' });
    expect(await findIdentity(gateway, authId)).toBeUndefined();
  });

  it('are still known after the keys were changed, while the old key is kept', async () => {
    const { token } = await mint(await identity());
    const newKey = randomBytes(32);
    const rotated = createKeyedHash([newKey, scene.key], 'one-time-token');
    const forgotten = createKeyedHash([newKey], 'one-time-token');
    const burnWith = (with_: KeyedHash) => gateway.asGlobal('burn', (work) => burnToken(work, with_, { token, use: 'other' }));
    expect(await burnWith(forgotten)).toMatchObject({ reason: 'unknown' });
    expect(await burnWith(rotated)).toMatchObject({ kind: 'burned' });
  });
});
