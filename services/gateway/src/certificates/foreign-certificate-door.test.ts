import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { makeIntermediate, makeRoot } from '@binnacle/pki/certificate-authority';
import type { DistinguishedName } from '@binnacle/pki/distinguished-name';
import { certificatePem } from '@binnacle/pki/read-certificate';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { type ClientCertificate, type DoorCall, type DoorsUnderTest, name, startDoorsUnderTest } from '../testing/doors-under-test.ts';

const FOREIGN = 'compass-gateway-sap-mtls';
const CLIENT = 'f8075207-1478-4a80-bd26-24a4785a2bfd';
const subject = (cn: string, ...units: readonly string[]): DistinguishedName =>
  name(['C', 'DE'], ['L', 'local'], ['O', 'SAP SE'], ...units.map((unit) => ['OU', unit] as const), ['CN', cn]);
const usual = (cn: string): DistinguishedName => subject(cn, 'Region', 'SAP Cloud Platform Clients', CLIENT);
const text = (cn: string): string => `C=DE, L=local, O=SAP SE, OU=Region, OU=SAP Cloud Platform Clients, OU=${CLIENT}, CN=${cn}`;
const SUPER_ADMIN = { subject: text('compass'), consumer_type: 'Super Admin', tenant_access_levels: ['account', 'global'] };

describe('callers with certificates of an external authority', () => {
  let doors: DoorsUnderTest;
  let wary: DoorsUnderTest;
  beforeAll(async () => {
    const grants = path.join(tmpdir(), `grants-${process.pid}.json`);
    writeFileSync(grants, JSON.stringify({ 'broker-1': ['acme'] }));
    const env = {
      APP_SUBJECT_CONSUMER_MAPPING_CONFIG: JSON.stringify([SUPER_ADMIN]),
      GATEWAY_ACTING_GRANTS_FILE: grants,
      GATEWAY_TRUSTED_PROXIES: '127.0.0.1',
      GATEWAY_HTTP_HOSTS: 'named',
    };
    doors = await startDoorsUnderTest(env);
    wary = await startDoorsUnderTest({ ...env, GATEWAY_STRICT: 'true' }, doors.scene);
    await doors.scene.sql(
      `insert into tenant (id, external_id, name, type, provider) values ($1, $2, 'Client', 'account', 'test'), ($3, 'sub', 'Sub', 'subaccount', 'test')`,
      [newUuidV7(), CLIENT, newUuidV7()],
    );
    await doors.scene.sql('insert into tenant_ancestor (tenant_id, ancestor_id, depth, inherits) select id, id, 0, true from tenant on conflict do nothing');
  });
  afterAll(async () => {
    await wary.stop();
    await doors.stop();
  });
  beforeEach(() => {
    doors.seen.length = 0;
  });

  const call = (certificate: ClientCertificate, headers: DoorCall['headers'] = {}) => doors.call({ label: FOREIGN, certificate, headers });
  const caller = () => doors.callerOf(doors.seen.at(-1));
  const map = (
    cn: string,
    type: string,
    internalId: string | null,
    levels: readonly string[],
    units = `OU=${CLIENT}, OU=Region, OU=SAP Cloud Platform Clients`,
  ) =>
    doors.scene.sql('insert into cert_subject_mapping (id, subject, consumer_type, internal_id, levels) values ($1, $2, $3, $4, $5)', [
      newUuidV7(),
      `CN=${cn}, ${units}, O=SAP SE, L=local, C=DE`,
      type,
      internalId,
      levels,
    ]);
  async function until(check: () => Promise<boolean>): Promise<void> {
    for (const end = performance.now() + 3_000; !(await check()); ) if (performance.now() > end) throw new Error('it did not come');
  }

  it('are the client that the subject names, and work in its tenant', async () => {
    const certificate = await doors.externalCertificate(usual('somebody'));
    expect((await call(certificate)).status).toBe(200);
    expect(await caller()).toMatchObject({ consumerId: CLIENT, consumerType: 'External Certificate', flow: 'Certificate', externalTenant: CLIENT });
    expect((await caller()).tenant).toBeDefined();
    await call(certificate, { tenant: 'acme' });
    expect((await caller()).tenant).toBeUndefined();
  });

  it('are what the configuration maps their subject to, in tenants of the types that it allows', async () => {
    const certificate = await doors.externalCertificate(usual('compass'));
    expect((await call(certificate, { tenant: 'acme' })).status).toBe(200);
    expect(await caller()).toMatchObject({ consumerType: 'Super Admin', consumerId: CLIENT, tenant: doors.scene.tenant, externalTenant: 'acme' });
    expect((await caller()).scopes.has('tenant_access:write')).toBe(true);
    expect((await call(certificate)).status).toBe(200);
    expect((await caller()).tenant).toBeUndefined();
    expect((await call(certificate, { tenant: '' })).status).toBe(200);
    expect(await call(certificate, { tenant: 'sub' })).toMatchObject({ status: 403, json: { errors: [{ extensions: { code: 'FORBIDDEN' } }] } });
    expect((await call(certificate, { tenant: 'nobody-knows' })).status).toBe(200);
    const unknown = await caller();
    expect([unknown.tenant, unknown.externalTenant]).toEqual([undefined, 'nobody-knows']);
  });

  it('are what a mapping of the Director says within three seconds of its making, and no more once it is gone', async () => {
    const certificate = await doors.externalCertificate(usual('mapped'));
    await map('mapped', 'Technical Client', 'tech-1', ['account']);
    await until(async () => (await call(certificate, { tenant: 'acme' })).status === 200 && (await caller()).consumerType === 'Technical Client');
    expect(await caller()).toMatchObject({ consumerId: 'tech-1', tenant: doors.scene.tenant });
    expect(await call(certificate)).toMatchObject({ status: 403 });
    await doors.scene.sql('delete from cert_subject_mapping');
    await until(async () => (await call(certificate)).status === 200 && (await caller()).consumerType === 'External Certificate');
  });

  it.each([
    ['another organization', name(['C', 'DE'], ['L', 'local'], ['O', 'Other'], ['OU', CLIENT], ['CN', 'x'])],
    ['another country', name(['C', 'FR'], ['L', 'local'], ['O', 'SAP SE'], ['OU', CLIENT], ['CN', 'x'])],
    ['two units that name clients', subject('x', CLIENT, 'another')],
    ['no unit that names a client', subject('x', 'Region')],
    ['two organizations', name(['C', 'DE'], ['O', 'SAP SE'], ['O', 'SAP SE'], ['OU', CLIENT], ['CN', 'x'])],
    ['the organization in another attribute', name(['C', 'DE'], ['serialNumber', 'O=SAP SE'], ['OU', CLIENT], ['CN', 'x'])],
    ['nothing', name()],
  ] as const)('are nobody with %s in their subject', async (_, given) => {
    expect(await call(await doors.externalCertificate(given))).toMatchObject({
      status: 401,
      json: { errors: [{ extensions: { error_code: 26, code: 'UNAUTHENTICATED' } }] },
    });
  });

  it('have no mapping of a subject that has more in it than is compared', async () => {
    const more = name(
      ['C', 'DE'],
      ['L', 'local'],
      ['O', 'SAP SE'],
      ['OU', 'Region'],
      ['OU', 'SAP Cloud Platform Clients'],
      ['OU', CLIENT],
      ['CN', 'compass'],
      ['serialNumber', '1'],
    );
    await call(await doors.externalCertificate(more));
    expect(await caller()).toMatchObject({ consumerType: 'External Certificate' });
  });

  it('come in at no other name, with no other authority, and not when they are refused by their fingerprint', async () => {
    const certificate = await doors.externalCertificate(usual('compass'));
    await expect(doors.call({ at: 'mtls', certificate })).rejects.toThrow();
    await expect(doors.call({ label: 'compass-gateway-mtls', certificate })).rejects.toThrow();
    const other = await makeRoot({ subject: doors.external.certificate.subject, kind: 'p256', validitySeconds: 3_600 }, new Date());
    await expect(doors.externalCertificate(usual('compass'), other).then((forged) => call(forged))).rejects.toThrow();
    const ours = await doors.issue(await doors.identity());
    await expect(call(ours)).rejects.toThrow();
    expect((await doors.call({ label: FOREIGN, certificate, path: '/connector/graphql' })).status).toBe(404);
    await doors.scene.sql(`insert into refused_certificate (fingerprint_sha256, source) values (decode($1, 'hex'), 'test')`, [certificate.fingerprint]);
    await until(async () => (await call(certificate)).status === 401);
  });

  it('act for others only with a grant: without one the words are passed over, or refused with strictness', async () => {
    const context = { user_context: JSON.stringify({ client_id: 'consumer-1', tenantid: 'acme', user_name: 'Jo "{{"' }) };
    await map('broker', 'Managed Application Provider Operator', 'broker-1', ['account', 'global']);
    await map('nobody', 'Managed Application Provider Operator', 'nobody-1', ['account', 'global']);
    const [broker, nobody] = [await doors.externalCertificate(usual('broker')), await doors.externalCertificate(usual('nobody'))];
    await until(async () => (await call(nobody)).status === 200 && (await caller()).consumerId === 'nobody-1');
    await call(broker, { user_context: encodeURIComponent(context.user_context) });
    expect(await caller()).toMatchObject({
      consumerId: 'broker-1',
      flow: 'Consumer-Provider',
      onBehalfOf: 'consumer-1',
      subject: 'Jo "{{"',
      tenant: doors.scene.tenant,
      externalTenant: 'acme',
    });
    await call(broker, { user_context: context.user_context.replace('acme', 'sub') });
    expect(await caller()).toMatchObject({ flow: 'Certificate', onBehalfOf: '' });
    await call(nobody, context);
    expect(await caller()).toMatchObject({ consumerId: 'nobody-1', flow: 'Certificate', onBehalfOf: '' });
    expect(await doors.metrics.metrics()).toMatch(/gateway_user_contexts_total\{outcome="refused"[^}]*\} 2/);
    expect((await call(broker, { user_context: '{"client_id":1}' })).status).toBe(400);
    expect((await call(broker, { user_context: [context.user_context, context.user_context] })).status).toBe(400);
    const theirs = await wary.externalCertificate(usual('nobody'));
    await until(async () => (await wary.call({ label: FOREIGN, certificate: theirs, headers: context })).status === 403);
    // At other names nobody acts for anybody.
    const own = await doors.issue(await doors.identity());
    await doors.call({ at: 'mtls', certificate: own, headers: context });
    expect(await caller()).toMatchObject({ flow: 'Certificate', onBehalfOf: '' });
    expect(doors.seen.at(-1)?.headers).not.toHaveProperty('user_context');
  });

  it('may be passed on by a trusted proxy with the whole certificate, which is then verified here', async () => {
    const now = new Date();
    const between = await makeIntermediate(doors.external, { subject: name(['CN', 'Between']), kind: 'p256', validitySeconds: 3_600 }, {}, now);
    const leaf = await doors.externalCertificate(usual('compass'), between);
    const pem = encodeURIComponent(leaf.cert);
    const chain = encodeURIComponent(leaf.cert + certificatePem(between.certificate));
    const through = (header: string) => doors.call({ at: 'http', label: FOREIGN, headers: { 'x-forwarded-client-cert': header, tenant: 'acme' } });
    expect((await through(`Hash=${leaf.fingerprint};Cert="${pem}";Chain="${chain}"`)).status).toBe(200);
    expect(await caller()).toMatchObject({ consumerType: 'Super Admin' });
    expect((await through(`Hash=${leaf.fingerprint};Cert="${pem}"`)).status).toBe(401);
    const impostor = await makeRoot({ subject: doors.external.certificate.subject, kind: 'p256', validitySeconds: 3_600 }, now);
    const forged = await doors.externalCertificate(usual('compass'), impostor);
    expect(
      (await through(`Cert="${encodeURIComponent(forged.cert)}";Chain="${encodeURIComponent(forged.cert + certificatePem(impostor.certificate))}"`)).status,
    ).toBe(401);
    expect((await through(`Hash=${leaf.fingerprint};Subject="${text('compass')}"`)).status).toBe(401);
  });
});
