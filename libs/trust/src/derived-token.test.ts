import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openRegistry, type Registry } from '@binnacle/registry/registry';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { type BurnOutcome, burnToken } from './burn-token.ts';
import { recordCertificate, revokeCertificates } from './certificates.ts';
import { createDerivedTokens } from './derived-token.ts';
import { issuersOf } from './issuers.ts';
import { addIdentity } from './system-auths.ts';
import { createLandscape, type Landscape, tokenHashes } from './testing/landscape.ts';

const LIFETIMES = { Application: 300, Runtime: 3600 };
const DAY_MS = 86_400_000;

describe('tokens derived from a certificate', () => {
  let scene: Landscape;
  let director: Registry;
  let gateway: Registry;
  let connector: Registry;
  const issuerId = newUuidV7();
  beforeAll(async () => {
    scene = await createLandscape();
    director = openRegistry({ url: scene.database.directorUrl, applicationName: 'director' });
    gateway = openRegistry({ url: scene.database.gatewayUrl, applicationName: 'gateway', poolSize: 50 });
    connector = openRegistry({ url: scene.database.connectorUrl, applicationName: 'connector' });
    await connector.asGlobal('scene', (work) =>
      issuersOf(work).add({
        id: issuerId,
        kind: 'builtin',
        role: 'intermediate',
        parentId: undefined,
        subject: 'CN=Test',
        certificatePem: '',
        keyRef: 'test',
        sealedKey: undefined,
        state: 'active',
        notBefore: new Date(),
        notAfter: new Date(Date.now() + DAY_MS),
      }),
    );
  });
  afterAll(async () => {
    await Promise.all([director.close(), gateway.close(), connector.close()]);
    await scene.database.drop();
  });

  async function holder(): Promise<{ readonly authId: string; readonly fingerprint: string }> {
    const [authId, fingerprint] = [newUuidV7(), randomBytes(32).toString('hex')];
    await director.asTenant(scene.tenant, (work) => addIdentity(work, { id: authId, kind: 'Application', objectId: scene.application }));
    await connector.asGlobal('scene', (work) =>
      recordCertificate(work, {
        id: newUuidV7(),
        issuerId,
        serial: randomBytes(16).toString('hex'),
        authId,
        fingerprintSha256: fingerprint,
        spkiSha256: randomBytes(32).toString('hex'),
        publicKeyDer: randomBytes(40),
        subject: `CN=${authId}`,
        keyAlgorithm: 'ecdsa-p256',
        notBefore: new Date(),
        notAfter: new Date(Date.now() + DAY_MS),
        via: 'token',
        der: randomBytes(60),
        keyMayBeShared: false,
      }),
    );
    return { authId, fingerprint };
  }
  const tokens = () => createDerivedTokens([scene.key]);
  const burn = (token: string, extra: object = {}): Promise<BurnOutcome> =>
    gateway.asGlobal('burn', (work) =>
      burnToken(work, tokenHashes(scene), { token, use: 'sign', derived: { tokens: tokens(), lifetimeSeconds: LIFETIMES }, ...extra }),
    );
  const written = () => scene.sql<{ count: string }>('select count(*) from one_time_token');

  it('look like any other token, and are the same for all calls of a minute', async () => {
    const from = await holder();
    const at = new Date('2026-01-31T12:00:01Z');
    expect(tokens().derive(from, at)).toMatch(/^[A-Za-z0-9_-]{86}==$/);
    expect(tokens().derive(from, new Date('2026-01-31T12:00:59Z'))).toBe(tokens().derive(from, at));
    expect(tokens().derive(from, new Date('2026-01-31T12:01:00Z'))).not.toBe(tokens().derive(from, at));
  });

  it('are written down only when they are spent, which one of many callers does', async () => {
    const from = await holder();
    const [before] = await written();
    const token = tokens().derive(from, new Date());
    expect(await written()).toEqual([before]);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => burn(token)));
    expect(outcomes.filter(({ kind }) => kind === 'burned')).toMatchObject([
      { identity: { authId: from.authId, consumerType: 'Application', objectId: scene.application, tenant: scene.tenant } },
    ]);
    expect(outcomes.filter((outcome) => outcome.kind === 'refused' && outcome.reason === 'used')).toHaveLength(49);
  });

  it('may be repeated with the same idempotency key and request', async () => {
    const token = tokens().derive(await holder(), new Date());
    const extra = { idempotencyHash: randomBytes(32), requestFingerprint: randomBytes(32) };
    expect(await burn(token, extra)).toMatchObject({ kind: 'burned' });
    expect(await burn(token, extra)).toMatchObject({ kind: 'repeated' });
    expect(await burn(token, { ...extra, requestFingerprint: randomBytes(32) })).toMatchObject({ kind: 'refused', reason: 'used' });
  });

  it('end with their time, with their certificate and with their identity', async () => {
    const from = await holder();
    expect(await burn(tokens().derive(from, new Date(Date.now() - 360_000)))).toMatchObject({ kind: 'refused' });
    await connector.asGlobal('revoke', (work) => revokeCertificates(work, { fingerprint: from.fingerprint }, 'unspecified', 'test'));
    expect(await burn(tokens().derive(from, new Date()))).toEqual({ kind: 'refused', reason: 'unknown' });
    const gone = await holder();
    await scene.sql('delete from system_auth where id = $1', [gone.authId]);
    expect(await burn(tokens().derive(gone, new Date()))).toEqual({ kind: 'refused', reason: 'unknown' });
  });

  it('are refused when anything in them was changed, or the key is another', async () => {
    const token = tokens().derive(await holder(), new Date());
    const bytes = Buffer.from(token, 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(tokens().read(changed.toString('base64').replaceAll('+', '-').replaceAll('/', '_'))).toBeUndefined();
    }
    expect(createDerivedTokens([randomBytes(32)]).read(token)).toBeUndefined();
    expect(createDerivedTokens([randomBytes(32), scene.key]).read(token)).toBeDefined();
  });
});
