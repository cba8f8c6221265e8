import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openRegistry, type Registry } from '@binnacle/registry/registry';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { findCertificate, type IssuedCertificate, recordCertificate, revocationsOf, revokeCertificates } from './certificates.ts';
import { type Issuer, issuersOf } from './issuers.ts';
import { startRevocationView } from './revocations.ts';
import { addIdentity } from './system-auths.ts';
import { createLandscape, type Landscape } from './testing/landscape.ts';
import { createUseRecorder } from './use-recorder.ts';

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
const DAY_MS = 86_400_000;

describe('certificates', () => {
  let scene: Landscape;
  let director: Registry;
  let gateway: Registry;
  let connector: Registry;
  const issuerId = newUuidV7();
  beforeAll(async () => {
    scene = await createLandscape();
    director = openRegistry({ url: scene.database.directorUrl, applicationName: 'director' });
    gateway = openRegistry({ url: scene.database.gatewayUrl, applicationName: 'gateway' });
    connector = openRegistry({ url: scene.database.connectorUrl, applicationName: 'connector' });
    await connector.asGlobal('test', (work) => issuersOf(work).add(issuer(issuerId, 'active')));
  });
  afterAll(async () => {
    await Promise.all([director.close(), gateway.close(), connector.close()]);
    await scene.database.drop();
  });

  function issuer(id: string, state: Issuer['state']): Issuer {
    return {
      id,
      kind: 'builtin',
      role: 'intermediate',
      parentId: undefined,
      subject: 'CN=test',
      certificatePem: 'pem',
      keyRef: undefined,
      sealedKey: { keyId: 'k', ciphertext: randomBytes(16) },
      state,
      notBefore: new Date(),
      notAfter: new Date(Date.now() + 365 * DAY_MS),
    };
  }
  async function identity(): Promise<string> {
    const id = newUuidV7();
    await director.asTenant(scene.tenant, (work) => addIdentity(work, { id, kind: 'Application', objectId: scene.application }));
    return id;
  }
  function certificate(authId: string, extra: Partial<IssuedCertificate> = {}): IssuedCertificate {
    return {
      id: newUuidV7(),
      issuerId,
      serial: hex(16),
      authId,
      fingerprintSha256: hex(32),
      spkiSha256: hex(32),
      publicKeyDer: randomBytes(40),
      subject: `CN=${authId}`,
      keyAlgorithm: 'P-256',
      notBefore: new Date(),
      notAfter: new Date(Date.now() + DAY_MS),
      via: 'token',
      der: randomBytes(60),
      keyMayBeShared: false,
      ...extra,
    };
  }
  const record = (issued: IssuedCertificate) => connector.asGlobal('issue', (work) => recordCertificate(work, issued));
  async function issued(authId?: string): Promise<IssuedCertificate> {
    const made = certificate(authId ?? (await identity()));
    expect(await record(made)).toBe('recorded');
    return made;
  }
  const rows = (fingerprint: string) =>
    scene.sql<{ revocation_reason: string | null; revoked_by: string | null }>(
      `select revocation_reason, revoked_by from certificate where fingerprint_sha256 = decode($1, 'hex')`,
      [fingerprint],
    );

  it('are on record with whose they are, and found by fingerprint and by id', async () => {
    const made = await issued();
    const found = await connector.asGlobal('find', (work) => findCertificate(work, { fingerprint: made.fingerprintSha256 }));
    expect(found).toMatchObject({ id: made.id, authId: made.authId, serial: made.serial, revokedAt: undefined });
    expect(found?.der.equals(made.der)).toBe(true);
    expect(await connector.asGlobal('find', (work) => findCertificate(work, { id: made.id }))).toEqual(found);
  });

  it('are not recorded for an identity that is gone, or with the key of another', async () => {
    expect(await record(certificate(newUuidV7()))).toBe('identity-gone');
    const first = await issued();
    expect(await record(certificate(await identity(), { spkiSha256: first.spkiSha256 }))).toBe('key-of-another');
    expect(await record(certificate(await identity(), { spkiSha256: first.spkiSha256, keyMayBeShared: true }))).toBe('recorded');
    expect(await record(certificate(first.authId, { spkiSha256: first.spkiSha256, via: 'renewal' }))).toBe('recorded');
  });

  it('with one key for two identities at once: one is recorded', async () => {
    const spkiSha256 = hex(32);
    const identities = await Promise.all(Array.from({ length: 8 }, identity));
    const outcomes = await Promise.all(identities.map((authId) => record(certificate(authId, { spkiSha256 }))));
    expect(outcomes.filter((outcome) => outcome === 'recorded')).toHaveLength(1);
  });

  it('are not recorded with a key that was compromised, not even for its own identity', async () => {
    const made = await issued();
    await connector.asGlobal('revoke', (work) => revokeCertificates(work, { fingerprint: made.fingerprintSha256 }, 'keyCompromise', 'holder'));
    expect(await record(certificate(made.authId, { spkiSha256: made.spkiSha256 }))).toBe('key-compromised');
  });

  it('are revoked once, with a reason, and listed for their issuer', async () => {
    const authId = await identity();
    const [one, two] = [await issued(authId), await issued(authId)];
    const revoke = (reason: 'superseded' | 'privilegeWithdrawn') =>
      director.asTenant(scene.tenant, (work) => revokeCertificates(work, { authId }, reason, 'admin'));
    const revoked = await revoke('privilegeWithdrawn');
    expect(revoked.map(({ serial }) => serial).sort()).toEqual([one.serial, two.serial].sort());
    expect(await revoke('superseded')).toEqual([]);
    expect(await rows(one.fingerprintSha256)).toEqual([{ revocation_reason: 'privilegeWithdrawn', revoked_by: 'admin' }]);
    const listed = await connector.asGlobal('list', (work) => revocationsOf(work, issuerId));
    expect(listed.filter(({ serial }) => serial === one.serial)).toMatchObject([{ reason: 'privilegeWithdrawn' }]);
  });

  it('are all revoked, also the one that is being recorded meanwhile', async () => {
    const first = await issued();
    const renewed = certificate(first.authId, { via: 'renewal' });
    const begun = Promise.withResolvers<readonly object[]>();
    await connector.asGlobal('renewal', async (work) => {
      expect(await recordCertificate(work, renewed)).toBe('recorded');
      begun.resolve(director.asTenant(scene.tenant, (other) => revokeCertificates(other, { authId: first.authId }, 'keyCompromise', 'admin')));
      // The revocation is waiting for this transaction when it commits.
      for (let waiting = 0; waiting === 0; ) {
        const [row] = await scene.sql<{ count: string }>(
          `select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%holdIdentity%'`,
        );
        waiting = Number(row?.count);
      }
    });
    expect(await begun.promise).toHaveLength(2);
  });

  it('are out of reach of a tenant that has no path to them', async () => {
    const made = await issued();
    const stranger = newUuidV7();
    await scene.sql(`insert into tenant (id, external_id, name, type, provider) values ($1, 'stranger', 's', 'account', 't')`, [stranger]);
    expect(await director.asTenant(stranger as typeof scene.tenant, (work) => revokeCertificates(work, { authId: made.authId }, 'unspecified', 'x'))).toEqual(
      [],
    );
  });

  it('are revoked when their identity goes, however it goes', async () => {
    const made = await issued();
    await scene.sql('delete from system_auth where id = $1', [made.authId]);
    expect(await rows(made.fingerprintSha256)).toEqual([{ revocation_reason: 'cessationOfOperation', revoked_by: 'deletion' }]);

    const application = newUuidV7();
    await scene.sql(`insert into application (id, owner_tenant, name, norm_name, readers) values ($1, $2, 'x', 'mp-x', array[$2::uuid])`, [
      application,
      scene.tenant,
    ]);
    const authId = newUuidV7();
    await director.asTenant(scene.tenant, (work) => addIdentity(work, { id: authId, kind: 'Application', objectId: application }));
    const second = await issued(authId);
    await scene.sql('delete from application where id = $1', [application]);
    expect(await rows(second.fingerprintSha256)).toMatchObject([{ revocation_reason: 'cessationOfOperation' }]);
  });

  it('are seen revoked by whoever watches: at once by notification, and by asking when that is lost', async () => {
    const early = await issued();
    await connector.asGlobal('revoke', (work) => revokeCertificates(work, { fingerprint: early.fingerprintSha256 }, 'unspecified', 'test'));
    const watched = [gateway, { ...gateway, listen: () => () => undefined }];
    const views = await Promise.all(watched.map((registry) => startRevocationView(registry, { pollMs: 50 })));
    const late = await issued();
    const heard = views.map((view) => new Promise<void>((resolve) => view.onRevoked((fingerprint) => fingerprint === late.fingerprintSha256 && resolve())));
    expect(views.map((view) => [view.isRevoked(early.fingerprintSha256), view.isRevoked(late.fingerprintSha256)])).toEqual([
      [true, false],
      [true, false],
    ]);
    await director.asTenant(scene.tenant, (work) => revokeCertificates(work, { authId: late.authId }, 'unspecified', 'test'));
    await Promise.all(heard);
    expect(views.map((view) => view.isRevoked(late.fingerprintSha256))).toEqual([true, true]);
    for (const view of views) view.stop();
  });

  it('revoked by a transaction that outlives many looks are not missed', async () => {
    const made = await issued();
    const view = await startRevocationView({ ...gateway, listen: () => () => undefined }, { pollMs: 20 });
    const seen = new Promise<void>((resolve) => view.onRevoked((fingerprint) => fingerprint === made.fingerprintSha256 && resolve()));
    await connector.asGlobal('slow', async (work) => {
      await revokeCertificates(work, { fingerprint: made.fingerprintSha256 }, 'unspecified', 'slow');
      // Later transactions commit, and are looked at, before this one does.
      for (let n = 0; n < 5; n += 1) {
        const other = await issued();
        const otherSeen = new Promise<void>((resolve) => view.onRevoked((fingerprint) => fingerprint === other.fingerprintSha256 && resolve()));
        await director.asTenant(scene.tenant, (quick) => revokeCertificates(quick, { authId: other.authId }, 'unspecified', 'quick'));
        await otherSeen;
      }
      expect(view.isRevoked(made.fingerprintSha256)).toBe(false);
    });
    await seen;
    view.stop();
  });

  it('know when they, their identity and its object were last used, by a write for many calls', async () => {
    const made = await issued();
    let now = Date.now();
    const recorder = createUseRecorder(gateway, { now: () => now });
    const heartbeats = createUseRecorder(director, { now: () => now });
    const before = gateway.statements.count + director.statements.count;
    for (let n = 0; n < 100; n += 1) {
      recorder.used(made.authId, 'Certificate');
      recorder.certificateUsed(made.fingerprintSha256);
      heartbeats.seen('Application', scene.application);
    }
    await recorder.flush();
    recorder.used(made.authId, 'Certificate');
    heartbeats.seen('Runtime', newUuidV7());
    await recorder.flush();
    await heartbeats.stop();
    expect(gateway.statements.count + director.statements.count - before).toBe(3);
    const lastUse = async () =>
      scene.sql(
        `select (select last_used_at from credential_use where auth_id = $1) as used, (select last_used_at from certificate where id = $2) as shown, (select last_seen_at from heartbeat where object_id = $3) as seen`,
        [made.authId, made.id, scene.application],
      );
    expect(await lastUse()).toEqual([{ used: new Date(now), shown: new Date(now), seen: new Date(now) }]);
    now += 61_000;
    recorder.used(made.authId, 'OAuth2');
    recorder.used(newUuidV7(), 'OAuth2');
    await recorder.stop();
    expect(await lastUse()).toMatchObject([{ used: new Date(now), shown: new Date(now - 61_000) }]);
  });

  it('are issued by one active issuer: the next one makes it retiring, and steps that would leave a gap are refused', async () => {
    const next = newUuidV7();
    const states = async (): Promise<object> =>
      Object.fromEntries((await connector.asGlobal('list', (work) => issuersOf(work).list())).map(({ id, state }) => [id, state]));
    const move = (id: string, to: Issuer['state']) => connector.asGlobal('move', (work) => issuersOf(work).move(id, to));
    await connector.asGlobal('stage', (work) => issuersOf(work).add(issuer(next, 'staged')));
    expect(await move(issuerId, 'retired')).toBe(false);
    expect(await states()).toEqual({ [issuerId]: 'active', [next]: 'staged' });
    expect(await move(next, 'active')).toBe(true);
    expect(await states()).toEqual({ [issuerId]: 'retiring', [next]: 'active' });
    expect(await move(issuerId, 'retired')).toBe(true);
    expect(await move(issuerId, 'active')).toBe(false);
    expect(await states()).toEqual({ [issuerId]: 'retired', [next]: 'active' });
  });
});
