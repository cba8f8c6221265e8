import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { burnToken } from '@binnacle/trust/burn-token';
import { recordCertificate } from '@binnacle/trust/certificates';
import { issuersOf } from '@binnacle/trust/issuers';
import { createKeyedHash } from '@binnacle/trust/keyed-hash';
import { createUseRecorder } from '@binnacle/trust/use-recorder';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { behindTheScenes, type DirectorUnderTest, startDirectorUnderTest } from '../testing/director-under-test.ts';

const DAY_MS = 86_400_000;

describe('credentials', () => {
  let director: DirectorUnderTest;
  let tenant: string;
  const issuerId = newUuidV7();
  beforeAll(async () => {
    director = await startDirectorUnderTest();
    tenant = await director.tenant('acme');
    await director.registry.asGlobal('test', (work) =>
      issuersOf(work).add({
        id: issuerId,
        kind: 'builtin',
        role: 'intermediate',
        parentId: undefined,
        subject: 'CN=test',
        certificatePem: 'pem',
        keyRef: undefined,
        sealedKey: undefined,
        state: 'active',
        notBefore: new Date(),
        notAfter: new Date(Date.now() + 365 * DAY_MS),
      }),
    );
  });
  afterAll(() => director.stop());

  const ask = async (query: string, variables?: object) => {
    const { data, errors } = await director.extended({ tenant }, query, variables);
    expect(errors).toBeUndefined();
    return data;
  };
  let names = 0;
  /** An Application with an identity, and the token for it. */
  async function enrolling(): Promise<{ readonly application: string; readonly authId: string; readonly token: string }> {
    const { registerApplication } = await ask(`mutation { registerApplication(in: { name: "app ${(names += 1)}" }) { id } }`);
    const application = registerApplication.id as string;
    const { requestOneTimeTokenForApplication } = await ask(`mutation { requestOneTimeTokenForApplication(id: "${application}") { token } }`);
    const { application: shown } = await ask(`{ application(id: "${application}") { auths { id } } }`);
    return { application, authId: shown.auths[0].id, token: requestOneTimeTokenForApplication.token };
  }
  async function certificate(authId: string, days = 90): Promise<string> {
    const fingerprintSha256 = randomBytes(32).toString('hex');
    const recorded = await director.registry.asGlobal('test', (work) =>
      recordCertificate(work, {
        id: newUuidV7(),
        issuerId,
        serial: randomBytes(16).toString('hex'),
        authId,
        fingerprintSha256,
        spkiSha256: randomBytes(32).toString('hex'),
        publicKeyDer: randomBytes(40),
        subject: `CN=${authId}`,
        keyAlgorithm: 'P-256',
        notBefore: new Date(),
        notAfter: new Date(Date.now() + days * DAY_MS),
        via: 'token',
        der: randomBytes(60),
        keyMayBeShared: false,
      }),
    );
    expect(recorded).toBe('recorded');
    return fingerprintSha256;
  }
  const burn = (token: string, use: 'sign' | 'configuration' = 'sign') =>
    director.registry.asGlobal('test', (work) => burnToken(work, createKeyedHash([director.envelopeKey], 'one-time-token'), { token, use }));
  const list = async (filter: string) => (await ask(`{ credentials(filter: { ${filter} }) { data { id kind state authID fingerprint } } }`)).credentials.data;
  const reasonOf = async (fingerprint: string) =>
    (await behindTheScenes(director, `select revocation_reason from certificate where fingerprint_sha256 = decode($1, 'hex')`, [fingerprint]))[0]
      .revocation_reason;

  it('are not at the published endpoint', async () => {
    expect((await director.call({ tenant }, '{ credentials { totalCount } }')).status).toBe(422);
    expect((await director.extended({ tenant }, '{ credentials { totalCount } applications { totalCount } }')).errors).toBeUndefined();
  });

  it('are listed with who holds them, until when, and when they were last used', async () => {
    const { application, authId } = await enrolling();
    const fingerprint = await certificate(authId);
    await ask(`mutation { requestClientCredentialsForApplication(id: "${application}") { id } }`);
    const recorder = createUseRecorder(director.registry);
    recorder.certificateUsed(fingerprint);
    recorder.seen('Application', application);
    await recorder.stop();
    const { credentials } = await ask(
      `{ credentials(filter: { holderID: "${application}" }) { totalCount data { kind state authID holderType holderID holderName tenant createdAt expiresAt lastUsedAt holderLastSeenAt keyAlgorithm fingerprint revokedAt } } }`,
    );
    expect(credentials.totalCount).toBe(3);
    const byKind = Object.fromEntries(credentials.data.map((credential: { kind: string }) => [credential.kind, credential]));
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const common = {
      state: 'ACTIVE',
      holderType: 'APPLICATION',
      holderID: application,
      holderName: `app ${names}`,
      tenant: 'acme',
      createdAt: time,
      holderLastSeenAt: time,
    };
    expect(byKind['CERTIFICATE']).toMatchObject({
      ...common,
      authID: authId,
      fingerprint,
      keyAlgorithm: 'P-256',
      expiresAt: time,
      lastUsedAt: time,
      revokedAt: null,
    });
    expect(byKind['ONE_TIME_TOKEN']).toMatchObject({ ...common, authID: authId, expiresAt: time, lastUsedAt: null });
    expect(byKind['OAUTH_CLIENT']).toMatchObject({ ...common, expiresAt: null });
  });

  it('are filtered by kind, state, expiry and use, page by page', async () => {
    const { application, authId, token } = await enrolling();
    const soon = await certificate(authId, 5);
    const late = await certificate(authId, 80);
    const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();
    const fingerprints = async (filter: string) =>
      (await list(`holderID: "${application}", kinds: [CERTIFICATE], ${filter}`)).map(({ fingerprint }: { fingerprint: string }) => fingerprint);
    expect(await fingerprints(`expiresBefore: "${inDays(30)}"`)).toEqual([soon]);
    expect(await fingerprints(`expiresAfter: "${inDays(30)}"`)).toEqual([late]);
    expect(await fingerprints(`unusedSince: "${inDays(-1)}"`)).toEqual([soon, late]);
    await burn(token);
    expect(await list(`holderID: "${application}", kinds: [ONE_TIME_TOKEN]`)).toEqual([]);
    expect(await list(`holderID: "${application}", states: [SPENT]`)).toMatchObject([{ kind: 'ONE_TIME_TOKEN', state: 'SPENT' }]);
    const page = async (after: string) =>
      (
        await ask(
          `{ credentials(filter: { holderID: "${application}" }, first: 1, after: "${after}") { data { fingerprint } pageInfo { endCursor hasNextPage } } }`,
        )
      ).credentials;
    const first = await page('');
    const second = await page(first.pageInfo.endCursor);
    expect([first.data[0].fingerprint, second.data[0].fingerprint]).toEqual([soon, late]);
    expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([true, false]);
    expect((await director.extended({ tenant }, '{ credentials(filter: { holderID: "x" }) { totalCount } }')).errors[0].extensions.error_code).toBe(22);
  });

  it('of the whole landscape are for those who may see it, integration systems among them', async () => {
    const { data } = await director.extended({}, 'mutation { registerIntegrationSystem(in: { name: "inventory" }) { id } }');
    const { id } = data.registerIntegrationSystem;
    await director.extended({}, `mutation { requestClientCredentialsForIntegrationSystem(id: "${id}") { id } }`);
    const query = `{ credentialsGlobal(filter: { holderID: "${id}" }) { data { kind holderType holderName tenant } } }`;
    expect((await director.extended({}, query)).data.credentialsGlobal.data).toEqual([
      { kind: 'OAUTH_CLIENT', holderType: 'INTEGRATION_SYSTEM', holderName: 'inventory', tenant: null },
    ]);
    const refused = await director.extended({ tenant, scopes: ['credential:read'] }, query);
    expect(refused.errors[0].extensions.error_code).toBe(23);
    expect(await list(`holderID: "${id}"`)).toEqual([]);
  });

  it('revoked by an admin stop with the reason; the identity may enrol again', async () => {
    const { authId } = await enrolling();
    const fingerprint = await certificate(authId);
    const { revokeClientCertificates } = await ask(
      `mutation { revokeClientCertificates(authID: "${authId}", reason: privilegeWithdrawn) { serial fingerprint } }`,
    );
    expect(revokeClientCertificates).toEqual([{ serial: expect.stringMatching(/^[0-9a-f]{32}$/), fingerprint }]);
    expect(await reasonOf(fingerprint)).toBe('privilegeWithdrawn');
    expect(await ask(`mutation { revokeClientCertificates(authID: "${authId}") { serial } }`)).toEqual({ revokeClientCertificates: [] });
    expect(await list(`states: [REVOKED]`)).toEqual(expect.arrayContaining([expect.objectContaining({ fingerprint, state: 'REVOKED' })]));
    await certificate(authId);
  });

  it.each([
    ['its system auth is deleted', (authId: string) => `deleteSystemAuthForApplication(authID: "${authId}") { id }`],
    ['its Application is unregistered', (_: string, id: string) => `unregisterApplication(id: "${id}") { id }`],
    ['its Application is unpaired', (_: string, id: string) => `unpairApplication(id: "${id}") { id }`],
  ])('a certificate is revoked when %s', async (_, mutation) => {
    const { application, authId, token } = await enrolling();
    const fingerprint = await certificate(authId);
    await ask(`mutation { ${mutation(authId, application)} }`);
    expect(await reasonOf(fingerprint)).toBe('cessationOfOperation');
    expect(await burn(token)).toEqual({ kind: 'refused', reason: 'unknown' });
    expect(await list('states: [REVOKED]')).toEqual(expect.arrayContaining([expect.objectContaining({ fingerprint })]));
  });

  it('of a whole tenant stop when it is deleted', async () => {
    const doomed = await director.tenant('doomed');
    const { data } = await director.call({ tenant: doomed }, 'mutation { registerRuntime(in: { name: "r" }) { id } }');
    const made = await director.call({ tenant: doomed }, `mutation { requestClientCredentialsForRuntime(id: "${data.registerRuntime.id}") { id } }`);
    const fingerprint = await certificate(made.data.requestClientCredentialsForRuntime.id);
    expect((await director.call({}, 'mutation { deleteTenants(in: ["doomed"]) }')).errors).toBeUndefined();
    expect(await reasonOf(fingerprint)).toBe('cessationOfOperation');
  });

  it('may be enrolled by one key only: the token says so to whoever spends it', async () => {
    const { registerApplication } = await ask(`mutation { registerApplication(in: { name: "bound" }) { id } }`);
    const digest = createHash('sha256').update('key').digest();
    const request = (thumbprint: string) =>
      director.extended(
        { tenant },
        `mutation ($t: String!) { requestBoundOneTimeToken(id: "${registerApplication.id}", type: Application, publicKeyThumbprint: $t) { __typename token ... on OneTimeTokenForApplication { legacyConnectorURL } } }`,
        { t: thumbprint },
      );
    for (const form of [digest.toString('hex'), digest.toString('hex').toUpperCase(), digest.toString('base64'), digest.toString('base64url')]) {
      const { data, errors } = await request(form);
      expect(errors).toBeUndefined();
      expect(data.requestBoundOneTimeToken.__typename).toBe('OneTimeTokenForApplication');
      expect(await burn(data.requestBoundOneTimeToken.token)).toMatchObject({ kind: 'burned', identity: { boundSpkiSha256: digest.toString('hex') } });
    }
    expect((await request('short')).errors[0].message).toBe('Invalid data [publicKeyThumbprint=must be a SHA-256 in hexadecimal or base64]');
  });

  it('wait for an approval where the policy says so, and are signed with the same token after it', async () => {
    const policy = '{ enrolmentApproval recoveryApproval recoveriesPerDay }';
    expect(await ask(`{ trustPolicy ${policy} }`)).toEqual({ trustPolicy: { enrolmentApproval: false, recoveryApproval: true, recoveriesPerDay: 10 } });
    const set = (input: string) => ask(`mutation { setTrustPolicy(in: { ${input} }) ${policy} }`);
    expect(await set('enrolmentApproval: true')).toEqual({ setTrustPolicy: { enrolmentApproval: true, recoveryApproval: true, recoveriesPerDay: 10 } });
    expect(await set('recoveriesPerDay: 2')).toEqual({ setTrustPolicy: { enrolmentApproval: true, recoveryApproval: true, recoveriesPerDay: 2 } });
    expect((await ask(`{ trustPolicy ${policy} }`)).trustPolicy).toEqual({ enrolmentApproval: true, recoveryApproval: true, recoveriesPerDay: 2 });
    const { authId, token } = await enrolling();
    expect(await burn(token)).toMatchObject({ reason: 'approval-pending' });
    expect(await ask(`mutation { approveEnrolment(authID: "${authId}") { id } }`)).toEqual({ approveEnrolment: { id: authId } });
    expect(await burn(token)).toMatchObject({ kind: 'burned' });
    await set('enrolmentApproval: false');
  });

  it("that ended lead back in when the tenant approves, and in no other tenant's name", async () => {
    const { authId } = await enrolling();
    const [waiting, other] = [newUuidV7(), newUuidV7()];
    for (const id of [waiting, other])
      await behindTheScenes(
        director,
        `insert into recovery (id, auth_id, tenant_id, lost_certificate_id, spki_sha256, state) values ($1, $2, $3, $1, $4, 'pending')`,
        [id, authId, tenant, randomBytes(32)],
      );
    const pending = '{ recoveries(states: [PENDING]) { totalCount data { id authID state requestedAt decidedAt decidedBy } } }';
    const { recoveries } = await ask(pending);
    expect(recoveries.data.map(({ id }: { id: string }) => id)).toEqual([waiting, other]);
    expect(recoveries.data[0]).toMatchObject({ authID: authId, state: 'PENDING', decidedAt: null, decidedBy: null });
    const stranger = await director.tenant('stranger');
    expect((await director.extended({ tenant: stranger }, pending)).data.recoveries.totalCount).toBe(0);
    const decide = (id: string, approve: boolean) => `mutation { decideRecovery(id: "${id}", approve: ${approve}) { id state decidedBy } }`;
    expect((await director.extended({ tenant: stranger }, decide(waiting, true))).errors[0].extensions.error_code).toBe(20);
    expect(await ask(decide(waiting, true))).toEqual({ decideRecovery: { id: waiting, state: 'APPROVED', decidedBy: 'tester' } });
    expect(await ask(decide(other, false))).toMatchObject({ decideRecovery: { state: 'REJECTED' } });
    expect((await director.extended({ tenant }, decide(other, true))).errors[0].extensions.error_code).toBe(20);
    expect((await director.extended({ tenant }, decide('nonsense', true))).errors[0].extensions.error_code).toBe(22);
  });

  it('are renewed when an administrator asks for it', async () => {
    const { authId } = await enrolling();
    const fingerprint = await certificate(authId);
    const asked = async () =>
      (
        await behindTheScenes(director, `select renewal_asked_at is not null as asked from certificate where fingerprint_sha256 = decode($1, 'hex')`, [
          fingerprint,
        ])
      )[0];
    expect(await asked()).toEqual({ asked: false });
    expect(await ask(`mutation { renewClientCertificates(authID: "${authId}") }`)).toEqual({ renewClientCertificates: 1 });
    expect(await asked()).toEqual({ asked: true });
  });
});
