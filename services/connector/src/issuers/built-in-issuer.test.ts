import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuthorityUnusable, makeIntermediate, makeRoot, privateKeyPem } from '@binnacle/pki/certificate-authority';
import type { KeyKind } from '@binnacle/pki/public-key';
import { certificatePem } from '@binnacle/pki/read-certificate';
import { openRegistry, type Registry } from '@binnacle/registry/registry';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { createEnvelope } from '@binnacle/secrets/envelope';
import { createTestDatabase, type TestDatabase } from '@binnacle/testkit/test-database';
import { rootsOf } from '../pki/authority-routes.ts';
import { TEST_SETTINGS } from '../testing/connector-under-test.ts';
import { describeIssuer } from '../testing/describe-issuer.ts';
import { openAuthorities } from './authorities.ts';
import { createBuiltInIssuer } from './built-in-issuer.ts';
import { adoptFiles, initAuthority } from './init-authority.ts';
import type { AuthorityPlan } from './make-authority.ts';

const DAY = 86_400;
const subject = TEST_SETTINGS.subject;
const now = (): Date => new Date();

const planWith = (kind: KeyKind, key = randomBytes(32)): AuthorityPlan => ({
  envelope: createEnvelope([key]),
  newId: newUuidV7,
  kind,
  subject,
  rootValiditySeconds: 3_650 * DAY,
  intermediateValiditySeconds: 730 * DAY,
  trustDomain: 'binnacle.test',
  urlsOf: () => ({}),
});

const KINDS: readonly KeyKind[] = ['rsa', 'p256', 'p384', 'ed25519'];
for (const kind of KINDS) {
  describeIssuer(`of our own with a key of kind ${kind}`, async () => {
    const database = await createTestDatabase();
    const registry = openRegistry({ url: database.connectorUrl, applicationName: 'connector', poolSize: 2 });
    const plan = planWith(kind);
    await initAuthority(registry, plan, now());
    let clock = now;
    const authorities = await openAuthorities({ registry, envelope: plan.envelope, keyFiles: undefined, now });
    const issuer = createBuiltInIssuer(authorities, subject, plan.urlsOf);
    return {
      issuer: { sign: (order, at) => issuer.sign(order, clock === now ? at : clock()) },
      subject,
      roots: () =>
        Promise.resolve(
          rootsOf(authorities)
            .map(({ certificate }) => certificatePem(certificate))
            .join(''),
        ),
      // Its own authority cannot be cut off, only run out.
      disconnect: () => Promise.resolve(void (clock = () => new Date(Date.now() + 800 * DAY * 1_000))),
      async stop() {
        authorities.stop();
        await registry.close();
        await database.drop();
      },
    };
  });
}

describe('the certificate authority at start', () => {
  let database: TestDatabase;
  let registry: Registry;
  beforeAll(async () => {
    database = await createTestDatabase();
    registry = openRegistry({ url: database.connectorUrl, applicationName: 'connector', poolSize: 2 });
  });
  afterAll(async () => {
    await registry.close();
    await database.drop();
  });
  const plan = planWith('p256');
  const open = (envelope = plan.envelope, at = now) => openAuthorities({ registry, envelope, keyFiles: undefined, now: at });
  const inADay = (days: number) => (): Date => new Date(Date.now() + days * DAY * 1_000);

  it('must be there', async () => {
    await expect(open()).rejects.toThrow(
      'there is no certificate authority: make one with `./binnacle pki init`, or name the files of your own (CONNECTOR_CA_CERTIFICATE_FILE, CONNECTOR_CA_KEY_FILE)',
    );
  });

  it('is made once, also by several processes at once, with its keys sealed', async () => {
    const made = await Promise.all([initAuthority(registry, plan, now()), initAuthority(registry, plan, now()), initAuthority(registry, plan, now())]);
    expect(made.filter(Boolean)).toHaveLength(1);
    const rows = await registry.read({ name: 'test', text: 'select issuer::text from issuer', values: [] }, 'global');
    expect(rows).toHaveLength(2);
    expect(String(rows)).not.toContain('PRIVATE KEY');
    (await open()).stop();
  });

  it('must open with the envelope keys', async () => {
    await expect(open(createEnvelope([randomBytes(32)]))).rejects.toThrow(
      /^the key of issuer ".*" cannot be opened with the envelope keys of ENVELOPE_KEY_FILE$/,
    );
  });

  it('must not have expired', async () => {
    await expect(open(plan.envelope, inADay(731))).rejects.toThrow(/^issuer ".*" cannot be used: the CA certificate expired at 20/);
  });

  it('must have the key that belongs to it', async () => {
    const [own, other] = [
      await makeRoot({ subject: [[{ type: 'CN', value: 'own' }]], kind: 'p256', validitySeconds: DAY }, now()),
      await makeRoot({ subject: [[{ type: 'CN', value: 'other' }]], kind: 'p256', validitySeconds: DAY }, now()),
    ];
    const files = { certificatePem: certificatePem(own.certificate), keyPem: privateKeyPem(other), rootsPem: '' };
    await expect(adoptFiles(registry, files, newUuidV7, now())).rejects.toThrow('the CA key does not belong to the CA certificate');
    await expect(adoptFiles(registry, { ...files, keyPem: 'nonsense' }, newUuidV7, now())).rejects.toThrow('the CA key is missing or cannot be read');
    await expect(adoptFiles(registry, { ...files, certificatePem: '' }, newUuidV7, now())).rejects.toThrow('the CA certificate is missing');
  });

  it('from files signs in place of the one before, whose certificates stay good; without its files nothing starts', async () => {
    const root = await makeRoot({ subject: [[{ type: 'CN', value: 'file root' }]], kind: 'p256', validitySeconds: 100 * DAY }, now());
    const ca = await makeIntermediate(root, { subject: [[{ type: 'CN', value: 'file CA' }]], kind: 'rsa', validitySeconds: 50 * DAY }, {}, now());
    const files = { certificatePem: certificatePem(ca.certificate), keyPem: privateKeyPem(ca), rootsPem: certificatePem(root.certificate) };
    await adoptFiles(registry, files, newUuidV7, now());
    await adoptFiles(registry, files, newUuidV7, now());
    const authorities = await openAuthorities({ registry, envelope: plan.envelope, keyFiles: files, now });
    const active = authorities.active();
    expect([active.certificate.sha256, authorities.chainOf(active).length]).toEqual([ca.certificate.sha256, 1]);
    const places = authorities.trusted().map(({ record }) => `${record.role} ${record.state}`);
    expect(new Set(places)).toEqual(new Set(['intermediate active', 'intermediate retiring', 'root active', 'root retiring']));
    authorities.stop();
    await expect(open()).rejects.toThrow('the active issuer "CN=file CA" has its key in a file, and no file with its key is configured');
    await expect(open()).rejects.toThrow(AuthorityUnusable);
  });
});
