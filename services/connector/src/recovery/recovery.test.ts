import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readSinglePem } from '@binnacle/pki/pem';
import { CONFIGURATION, type ConnectorUnderTest, type Credential, credentialOf, REVOKE, startConnectorUnderTest } from '../testing/connector-under-test.ts';
import { NEW_KEY, newRequest, type OpenSsl, openSsl, requestForKey, subjectOf } from '../testing/openssl.ts';
import { decideRecovery } from './decide-recovery.ts';
import { RECOVERY_REFUSED } from './recover.ts';

const DAY_MS = 86_400_000;
const ADMIN = { type: 'Static User', id: 'admin' } as const;

// oxlint-disable-next-line typescript/no-explicit-any -- answers are as varied as the calls
type Json = any;

describe('recovery of an agent whose certificate has ended', () => {
  let connector: ConnectorUnderTest;
  let ssl: OpenSsl;
  let count = 0;
  beforeAll(async () => {
    connector = await startConnectorUnderTest();
    ssl = openSsl();
  });
  afterAll(async () => {
    ssl.remove();
    await connector.stop();
  });
  beforeEach(() => policy({}));

  const policy = async ({ approval = false, perDay = 1_000 }: { approval?: boolean; perDay?: number }): Promise<void> => {
    await connector.scene.sql(
      `insert into trust_policy (tenant_id, recovery_approval, recoveries_per_day) values ($1, $2, $3)
       on conflict (tenant_id) do update set recovery_approval = $2, recoveries_per_day = $3`,
      [connector.scene.tenant, approval, perDay],
    );
  };
  const post = async (where: string, body: Json = {}): Promise<{ status: number; body: Json; headers: Headers }> => {
    const response = await fetch(`${connector.url}/v1/pki/recovery${where}`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
    return { status: response.status, body: await response.json(), headers: response.headers };
  };

  interface Agent {
    readonly name: string;
    readonly authId: string;
    readonly credential: Credential;
    /** PEM. */
    readonly certificate: string;
  }
  /** An agent with its key in `<name>.key` whose certificate ended `days` ago. */
  async function lostAgent({ days = 10, kind = 'ecdsa-p256' } = {}): Promise<Agent> {
    const name = `agent${(count += 1)}`;
    const authId = await connector.identity();
    const csr = await newRequest(ssl, subjectOf(authId), { name, newKey: NEW_KEY[kind] ?? '' });
    const { data } = await connector.sign({ kind: 'token', authId }, csr);
    const certificate = Buffer.from(data.result.clientCertificate as string, 'base64').toString();
    await connector.scene.sql(`update certificate set not_after = now() - make_interval(days => $2) where auth_id = $1`, [authId, days]);
    return { name, authId, certificate, credential: credentialOf(data.result.clientCertificate as string, authId) };
  }
  /** What the agent sends: everything made with openssl. */
  async function proof(agent: Agent, { csr, key = agent.name, challenge }: { csr?: string; key?: string; challenge?: string } = {}): Promise<Json> {
    const given = challenge ?? ((await post('/challenges')).body.challenge as string);
    const request = Buffer.from(csr ?? (await requestForKey(ssl, subjectOf(agent.authId), `${agent.name}.key`)), 'base64').toString();
    const digest = createHash('sha256').update(readSinglePem(request).der).digest('hex');
    ssl.write('text', `binnacle-recovery-v1\n${given}\n${digest}`);
    const isEd25519 = readFileSync(path.join(ssl.folder, `${key}.key`), 'utf8').length < 200;
    const { code, output } = await ssl.run(
      isEd25519 ? `pkeyutl -sign -rawin -inkey ${key}.key -in text -out signature` : `dgst -sha256 -sign ${key}.key -out signature text`,
    );
    if (code !== 0) throw new Error(output);
    return { challenge: given, certificate: agent.certificate, csr: request, signature: readFileSync(path.join(ssl.folder, 'signature')).toString('base64') };
  }
  const refused = { status: 403, body: { error: { code: 'CERTIFICATE_REFUSED', message: RECOVERY_REFUSED } } };
  const lastReason = (): unknown => connector.events.findLast(({ action }) => action === 'recovery.refused')?.details?.['reason'];

  it.each(['rsa2048', 'ecdsa-p256', 'ecdsa-p384', 'ed25519'])('lets it back in with its key of kind %s, as who it was', async (kind) => {
    const agent = await lostAgent({ kind });
    const { status, body } = await post('', await proof(agent));
    expect(status).toBe(201);
    const certificate = new X509Certificate(Buffer.from(body.clientCertificate, 'base64'));
    expect(certificate.subject).toContain(`CN=${agent.authId}`);
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(Date.now() + 80 * DAY_MS);
    expect((await connector.call(credentialOf(body.clientCertificate, agent.authId), CONFIGURATION)).errors).toBeUndefined();
    const vias = await connector.scene.sql<{ via: string }>('select via from certificate where auth_id = $1 order by id', [agent.authId]);
    expect(vias.map(({ via }) => via)).toEqual(['token', 'recovery']);
    expect(await connector.scene.sql('select state from recovery where auth_id = $1', [agent.authId])).toEqual([{ state: 'done' }]);
  });

  it('lets it take a new key on the way, signed for by the old one', async () => {
    const agent = await lostAgent();
    const csr = await newRequest(ssl, subjectOf(agent.authId), { name: 'fresh' });
    expect((await post('', await proof(agent, { csr }))).status).toBe(201);
  });

  it('answers one challenge once, and only one of ours, and only for a while', async () => {
    const agent = await lostAgent();
    const sent = await proof(agent);
    expect((await post('', sent)).status).toBe(201);
    expect(await post('', sent)).toMatchObject(refused);
    expect(lastReason()).toBe('challenge-answered');
    for (const challenge of ['', 'nonsense', `${sent.challenge}=`, `A${String(sent.challenge).slice(1)}`]) {
      const { status } = await post('', { ...sent, challenge });
      expect(status).toBe(challenge === '' ? 400 : 403);
    }
    const late = await proof(await lostAgent());
    connector.shift(301_000);
    const answer = await post('', late);
    connector.shift(-301_000);
    expect(answer).toMatchObject(refused);
  });

  it('answers one of many who send the same answer at once', async () => {
    const sent = await proof(await lostAgent());
    const statuses = (await Promise.all(Array.from({ length: 8 }, () => post('', sent)))).map(({ status }) => status);
    expect(statuses.sort((a, b) => a - b)).toEqual([201, ...Array.from({ length: 7 }, () => 403)]);
  });

  it('keeps everybody else outside, with one and the same answer', async () => {
    const [agent, other] = [await lostAgent(), await lostAgent()];
    expect(await post('', await proof(agent, { key: other.name }))).toMatchObject(refused);
    expect(lastReason()).toBe('signature');
    // A signature for one request is none for another.
    const sent = await proof(agent);
    const swapped = Buffer.from(await newRequest(ssl, subjectOf(agent.authId), { name: 'swapped' }), 'base64').toString();
    expect(await post('', { ...sent, csr: swapped })).toMatchObject(refused);

    const revoked = await lostAgent();
    await connector.call(revoked.credential, REVOKE);
    expect(await post('', await proof(revoked))).toMatchObject(refused);
    expect(lastReason()).toBe('revoked');

    const old = await lostAgent({ days: 91 });
    expect(await post('', await proof(old))).toMatchObject(refused);
    expect(lastReason()).toBe('too-late');

    const good = await lostAgent({ days: -10 });
    expect(await post('', await proof(good))).toMatchObject(refused);
    expect(lastReason()).toBe('still-good');

    const gone = await lostAgent();
    await connector.scene.sql('delete from system_auth where id = $1', [gone.authId]);
    expect(await post('', await proof(gone))).toMatchObject(refused);
    expect(lastReason()).toBe('revoked');

    await ssl.run(`req -x509 -new -key ${agent.name}.key -subj "${subjectOf(agent.authId)}" -days 1 -out foreign.pem`);
    expect(await post('', { ...(await proof(agent)), certificate: ssl.read('foreign.pem') })).toMatchObject(refused);
  });

  it('signs nothing that would not be signed otherwise', async () => {
    const [agent, other] = [await lostAgent(), await lostAgent()];
    const strange = await proof(agent, { csr: await requestForKey(ssl, subjectOf(other.authId), `${agent.name}.key`) });
    expect((await post('', strange)).body.error.message).toContain('CSR: Invalid common name provided.');
    const foreignKey = await proof(agent, { csr: await requestForKey(ssl, subjectOf(agent.authId), `${other.name}.key`) });
    expect((await post('', foreignKey)).body.error.message).toContain('CSR: Invalid key');
  });

  it('waits for an approval where the tenant wants one, and is over when that is refused', async () => {
    await policy({ approval: true });
    const agent = await lostAgent();
    const first = await post('', await proof(agent));
    expect([first.status, first.body.status, first.headers.get('retry-after')]).toEqual([202, 'pending', '60']);
    const again = await post('', await proof(agent));
    expect([again.status, again.body.id]).toEqual([202, first.body.id]);
    // Approved is what was asked for, not another key.
    expect(await decideRecovery(connector.registry, connector.audit, first.body.id, true, ADMIN)).toBe(true);
    const otherKey = await post('', await proof(agent, { csr: await newRequest(ssl, subjectOf(agent.authId), { name: 'other' }) }));
    expect([otherKey.status, otherKey.body.id === first.body.id]).toEqual([202, false]);
    expect((await post('', await proof(agent))).status).toBe(201);
    expect(await decideRecovery(connector.registry, connector.audit, first.body.id, true, ADMIN)).toBe(false);

    expect(await decideRecovery(connector.registry, connector.audit, otherKey.body.id, false, ADMIN)).toBe(true);
    expect(await post('', await proof(agent, { csr: await requestForKey(ssl, subjectOf(agent.authId), 'other.key') }))).toMatchObject(refused);
    expect(lastReason()).toBe('rejected');
  });

  it('waits for an approval unless the tenant says otherwise', async () => {
    await connector.scene.sql('delete from trust_policy');
    expect((await post('', await proof(await lostAgent()))).status).toBe(202);
  });

  it('ends for the day with the budget of the tenant', async () => {
    const [row] = await connector.scene.sql<{ used: number }>(`select count(*)::int as used from recovery where state <> 'rejected'`);
    await policy({ perDay: (row?.used ?? 0) + 2 });
    const agents = await Promise.all([lostAgent(), lostAgent(), lostAgent(), lostAgent()]);
    const proofs: Json[] = [];
    for (const agent of agents) proofs.push(await proof(agent));
    const answers = await Promise.all(proofs.map((sent) => post('', sent)));
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, 201, 429, 429]);
    const over = answers.find(({ status }) => status === 429);
    expect([over?.headers.get('retry-after'), over?.body.error.code]).toEqual(['3600', 'RECOVERY_BUDGET_SPENT']);
    await connector.scene.sql(`update recovery set requested_at = now() - interval '25 hours'`);
    const stillOut = agents[answers.findIndex(({ status }) => status === 429)];
    expect((await post('', await proof(stillOut as Agent))).status).toBe(201);
  });

  it('is tried with one certificate a few times a minute only', async () => {
    const agent = await lostAgent();
    const sent = await proof(agent, { key: (await lostAgent()).name });
    const statuses: number[] = [];
    for (let n = 0; n < 12; n += 1) statuses.push((await post('', sent)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 403), 429, 429]);
  });

  it.each([
    ['nothing', ''],
    ['a list', '[]'],
    ['no member', '{}'],
    ['a member twice', '{"challenge":"a","challenge":"b"}'],
    ['a certificate that is none', { challenge: 'x', certificate: 'x', csr: 'x', signature: 'AAAA' }],
    ['a signature that is not base64', { challenge: 'x', certificate: 'AAAA', csr: 'AAAA', signature: '§' }],
    [
      'a private key in place of a certificate',
      { challenge: 'x', certificate: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', csr: 'AAAA', signature: 'AAAA' },
    ],
  ])('answers 400 to %s', async (_, body) => {
    const { status, body: answer } = await post('', body);
    expect([status, answer.error.code]).toEqual([400, 'INVALID_REQUEST']);
  });

  it('answers 413 to a body that is too long', async () => {
    expect((await post('', 'x'.repeat(140_000))).status).toBe(413);
  });

  it('is told to the audit log', () => {
    const actions = new Set(connector.events.map(({ action }) => action));
    expect([...actions]).toEqual(expect.arrayContaining(['recovery.requested', 'recovery.refused', 'recovery.decided', 'certificate.issued']));
  });
});
