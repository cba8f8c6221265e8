import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { connect as connectTcp } from 'node:net';
import path from 'node:path';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { makeRoot } from '@binnacle/pki/certificate-authority';
import { revokeCertificates } from '@binnacle/trust/certificates';
import { type ClientCertificate, DOMAIN, type DoorCall, type DoorsUnderTest, name, QUERY, startDoorsUnderTest } from '../testing/doors-under-test.ts';

const run = promisify(execFile);
const MTLS = 'compass-gateway-mtls';

describe('callers with certificates of this installation', () => {
  let doors: DoorsUnderTest;
  let authId: string;
  let certificate: ClientCertificate;
  beforeAll(async () => {
    doors = await startDoorsUnderTest();
  });
  afterAll(() => doors.stop());
  beforeEach(async () => {
    authId = await doors.identity();
    certificate = await doors.issue(authId);
    doors.seen.length = 0;
  });

  const revoke = (fingerprint: string) => doors.connector.asGlobal('test', (work) => revokeCertificates(work, { fingerprint }, 'keyCompromise', 'test'));
  const mtls = (call: DoorCall = {}) => doors.call({ at: 'mtls', certificate, ...call });
  /** Waits for a state that must come, at most two seconds. */
  async function within2s(check: () => Promise<boolean>): Promise<number> {
    const started = performance.now();
    while (!(await check())) if (performance.now() - started > 2_000) throw new Error('it did not come within two seconds');
    return performance.now() - started;
  }

  it.each([
    ['the listener for them', { at: 'mtls' }],
    ['the listener of all names, by name', { at: 'tls', label: MTLS }],
  ] as const)('come in through %s, and are told to the service as who they are', async (_, call) => {
    const answer = await doors.call({ ...call, certificate });
    expect(answer).toMatchObject({ status: 200, json: { data: { ok: true } } });
    expect(await doors.callerOf(doors.seen.at(-1))).toMatchObject({
      consumerId: doors.scene.application,
      consumerType: 'Application',
      flow: 'Certificate',
      tenant: doors.scene.tenant,
      externalTenant: 'acme',
      systemAuthId: authId,
      certificate: { fingerprint: certificate.fingerprint, serial: certificate.serial },
    });
    const { scopes } = await doors.callerOf(doors.seen.at(-1));
    expect([...scopes]).toEqual(expect.arrayContaining(['application:read', 'webhook:write']));
    expect(scopes.has('tenant:write')).toBe(false);
  });

  it('reach the Connector too, with a token for it alone', async () => {
    expect((await mtls({ path: '/connector/graphql' })).status).toBe(200);
    expect(await doors.callerOf(doors.seen.at(-1), 'connector')).toMatchObject({ systemAuthId: authId });
    await expect(doors.callerOf(doors.seen.at(-1), 'director')).rejects.toThrow('wrong audience');
  });

  it('are noted at their first call: the identity has a certificate now, and no token any more', async () => {
    await doors.token(authId);
    await mtls();
    const [row] = await doors.scene.sql('select cert_cn, current_token_id from system_auth where id = $1', [authId]);
    expect(row).toEqual({ cert_cn: authId, current_token_id: null });
    await doors.flushUses();
    const [use] = await doors.scene.sql('select last_used_by from credential_use where auth_id = $1', [authId]);
    expect(use).toEqual({ last_used_by: 'Certificate' });
    const [shown] = await doors.scene.sql(`select last_used_at is not null as used from certificate where fingerprint_sha256 = decode($1, 'hex')`, [
      certificate.fingerprint,
    ]);
    expect(shown).toEqual({ used: true });
  });

  it('work in their own tenant only: any other one looks like one that does not exist', async () => {
    await mtls({ headers: { tenant: 'globex' } });
    const other = await doors.callerOf(doors.seen.at(-1));
    expect(other).toMatchObject({ externalTenant: 'globex' });
    expect(other.tenant).toBeUndefined();
    await mtls({ headers: { tenant: 'acme' } });
    expect(await doors.callerOf(doors.seen.at(-1))).toMatchObject({ tenant: doors.scene.tenant });
    expect((await mtls({ headers: { tenant: '"){tenants{' } })).status).toBe(400);
    expect((await mtls({ headers: { tenant: doors.scene.tenant } })).status).toBe(200);
    expect((await doors.callerOf(doors.seen.at(-1))).tenant).toBeUndefined();
  });

  it.each([
    ['no certificate at all', () => Promise.resolve(undefined)],
    ['a certificate of somebody else’s authority', () => doors.externalCertificate(name(['CN', authId]))],
    [
      'a certificate of an authority that has the name of ours',
      async () =>
        doors.externalCertificate(
          name(['CN', authId]),
          await makeRoot({ subject: doors.issuing.authority.certificate.subject, kind: 'p256', validitySeconds: 3_600 }, new Date()),
        ),
    ],
    ['an expired certificate', () => doors.issue(authId, { validitySeconds: 60, now: new Date(Date.now() - 3_600_000) })],
  ] as const)('are refused in the handshake with %s', async (_, make) => {
    const shown = await make();
    for (const call of [{ at: 'mtls' }, { at: 'tls', label: MTLS }] as const)
      await expect(doors.call({ ...call, ...(shown ? { certificate: shown } : {}) })).rejects.toThrow(/ECONNRESET|socket hang up|alert|closed|disconnected/i);
    expect(doors.seen).toEqual([]);
  });

  it.each([
    ['that is not on record', (): Promise<ClientCertificate> => doors.issue(authId, { recorded: false })],
    ['whose name is that of somebody else', async () => doors.issue(authId, { clientId: await doors.identity() })],
    ['whose name is no id', () => doors.issue(authId, { clientId: 'x' })],
    // The attack on the original: the text of this subject begins with the victim's name.
    [
      'with the victim’s name in another attribute',
      async () => doors.issue(await doors.identity('Runtime'), { subject: name(['CN', 'attacker'], ['serialNumber', `CN=${authId}`]) }),
    ],
    ['with two names', async () => doors.issue(authId, { subject: name(['CN', 'attacker'], ['CN', authId]) })],
    ['with the name in quotes of a unit', async () => doors.issue(authId, { subject: name(['CN', `a",CN=${authId}`], ['OU', `CN=${authId}`]) })],
    ['without a name', async () => doors.issue(authId, { subject: name(['O', 'Org']) })],
  ] as const)('are nobody with a certificate %s', async (_, make) => {
    const shown = await make();
    const director = await doors.call({ at: 'mtls', certificate: shown });
    expect(director).toMatchObject({
      status: 401,
      json: { data: null, errors: [{ extensions: { code: 'UNAUTHENTICATED', error_code: 26, error: 'Unauthorized' } }] },
    });
    const connector = await doors.call({ at: 'mtls', certificate: shown, path: '/connector/graphql' });
    expect(connector).toMatchObject({ status: 401, json: { data: null, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } });
    expect(doors.seen).toEqual([]);
  });

  it('are refused within two seconds of the revocation, on new and on open connections, and those are closed', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await mtls({ agent })).status).toBe(200);
    const [open] = Object.values(agent.freeSockets)[0] as TLSSocket[];
    const closed = once(open as TLSSocket, 'close');
    await revoke(certificate.fingerprint);
    await within2s(async () => (await Promise.race([closed.then(() => 'closed'), new Promise((resolve) => setTimeout(resolve, 50, 'open'))])) === 'closed');
    // An answer, not a broken connection: clients look for it.
    for (const call of [{}, { agent }, { path: '/connector/graphql' }])
      expect(await mtls(call)).toMatchObject({ status: 401, json: { data: null, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } });
    const legacy = await mtls({ path: '/v1/applications/certificates/renewals', body: '{}' });
    expect(legacy).toMatchObject({ status: 403, json: { code: 403, error: 'invalid token or certificate' } });
    agent.destroy();
    // Another certificate of the same identity goes on.
    expect((await mtls({ certificate: await doors.issue(authId) })).status).toBe(200);
  });

  it('get the answer to the call by which they revoke their own certificate', async () => {
    for (let round = 0; round < 10; round += 1) {
      const own = await doors.issue(authId);
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      expect((await mtls({ certificate: own, agent })).status).toBe(200);
      const calling = mtls({ certificate: own, agent });
      const [answer] = await Promise.all([calling, revoke(own.fingerprint)]);
      expect([200, 401]).toContain(answer.status);
      agent.destroy();
    }
  });

  it('are refused at once when their identity is deleted', async () => {
    expect((await mtls()).status).toBe(200);
    await doors.scene.sql('delete from system_auth where id = $1', [authId]);
    await within2s(
      async () =>
        (await mtls().then(
          ({ status }) => status,
          () => 401,
        )) === 401,
    );
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('resume no %s connection', async (version) => {
    const session = await sessionOf(version);
    const again = connect({ ...tlsOptions(version), ...(session ? { session } : {}) });
    await once(again, 'secureConnect');
    expect(again.isSessionReused()).toBe(false);
    again.destroy();
    // Without the key the session is worth nothing.
    const bare = connect({ ...tlsOptions(version), ...(session ? { session } : {}), cert: undefined, key: undefined });
    await expect(answerOn(bare)).rejects.toThrow();
  });

  const tlsOptions = (version: SecureVersion) => ({
    host: '127.0.0.1',
    port: doors.ports.mtls,
    servername: 'localhost',
    ca: doors.ca,
    cert: certificate.cert as string | undefined,
    key: certificate.key as string | undefined,
    minVersion: version,
    maxVersion: version,
  });
  async function sessionOf(version: SecureVersion): Promise<Buffer | undefined> {
    const socket = connect(tlsOptions(version));
    let session: Buffer | undefined;
    socket.on('session', (given: Buffer) => (session = given));
    await answerOn(socket);
    return session ?? socket.getSession();
  }
  /** One call by hand. */
  async function answerOn(socket: TLSSocket): Promise<string> {
    await once(socket, 'secureConnect');
    socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    let text = '';
    for await (const chunk of socket as AsyncIterable<Buffer>) text += chunk.toString();
    if (text === '') throw new Error('the connection ended without an answer');
    return text;
  }

  it('see neither old protocols nor a reused session with openssl, and are asked for a certificate by the names of our issuers', async () => {
    const [cert, key] = ['cert', 'key'].map((part) => path.join(doors.folder, `client.${part}`)) as [string, string];
    writeFileSync(cert, certificate.cert);
    writeFileSync(key, certificate.key);
    const client = async (...args: readonly string[]): Promise<string> => {
      const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${doors.ports.mtls}`, '-CAfile', doors.caFile, '-cert', cert, '-key', key, ...args]);
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      child.stdin.end();
      await once(child, 'close');
      return said;
    };
    const reconnected = await client('-tls1_2', '-reconnect');
    expect(reconnected).toMatch(/New, TLSv1.2/);
    expect(reconnected).not.toMatch(/Reused/);
    expect(reconnected).toContain(
      `CN = ${doors.issuing.authority.certificate.subject
        .flat()
        .map((part) => ('value' in part ? part.value : ''))
        .join('')}`,
    );
    for (const old of ['-tls1', '-tls1_1']) expect(await client(old, '-cipher', 'ALL:@SECLEVEL=0')).not.toMatch(/New, TLSv1(\.1)?,/);
  });

  it('are let in with curl', async () => {
    const [cert, key] = ['cert', 'key'].map((part) => path.join(doors.folder, `curl.${part}`)) as [string, string];
    writeFileSync(cert, certificate.cert);
    writeFileSync(key, certificate.key);
    const { stdout } = await run('curl', [
      '-s',
      '--cacert',
      doors.caFile,
      '--cert',
      cert,
      '--key',
      key,
      '-H',
      'content-type: application/json',
      '-d',
      QUERY,
      `https://localhost:${doors.ports.mtls}/director/graphql`,
    ]);
    expect(JSON.parse(stdout)).toEqual({ data: { ok: true } });
    await expect(run('curl', ['-s', '--cacert', doors.caFile, `https://localhost:${doors.ports.mtls}/director/graphql`])).rejects.toThrow();
  });

  it('of a new issuer are let in as soon as it is on record; those of a retiring one go on, those of a retired one end', async () => {
    const next = await doors.addIssuer('staged');
    const early = await doors.issue(authId, { issuer: next });
    await within2s(() =>
      mtls({ certificate: early }).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await mtls({ certificate: early, agent })).status).toBe(200);
    await doors.moveIssuer(next.id, 'retired');
    await within2s(
      async () =>
        (await mtls({ certificate: early, agent }).then(
          ({ status }) => status,
          () => 401,
        )) === 401,
    );
    await expect(mtls({ certificate: early })).rejects.toThrow();
    expect((await mtls()).status).toBe(200);
    agent.destroy();
  });

  it.each([
    ['a name for certificates on a connection for another name', { label: 'compass-gateway', host: `${MTLS}.${DOMAIN}` }],
    ['another name on a connection for certificates', { label: MTLS, host: `compass-gateway.${DOMAIN}` }],
    ['a name for certificates without any name in the handshake', { host: `${MTLS}.${DOMAIN}` }],
    ['a name of foreign certificates on a connection for ours', { label: MTLS, host: `compass-gateway-sap-mtls.${DOMAIN}` }],
    ['an unknown name', { host: `evil.${MTLS}.${DOMAIN}` }],
  ])('cannot call %s: 421', async (_, call) => {
    expect(await doors.call({ certificate, ...call })).toMatchObject({ status: 421, json: { errors: [{ extensions: { code: 'MISDIRECTED_REQUEST' } }] } });
    expect(doors.seen).toEqual([]);
  });

  it('see the same doors as others where nobody is asked who calls, and no doors of others', async () => {
    expect((await mtls({ method: 'GET', path: '/healthz' })).text).toBe('ok');
    expect((await mtls({ method: 'GET', path: '/v1/pki/ca.pem' })).status).toBe(200);
    for (const closed of ['/oauth2/token', '/provisioner/graphql']) expect((await mtls({ path: closed })).status).toBe(404);
  });

  it('reach the legacy API at its names, and are told in its words when they are not known', async () => {
    const call = { label: 'adapter-gateway-mtls', certificate, method: 'GET' } as const;
    expect((await doors.call({ ...call, path: '/shop%20one/v1/metadata/services?x=1' })).status).toBe(200);
    expect(doors.seen.at(-1)).toMatchObject({ method: 'GET', url: '/shop%20one/v1/metadata/services?x=1' });
    expect(await doors.callerOf(doors.seen.at(-1), 'connector')).toMatchObject({ systemAuthId: authId, flow: 'Certificate' });
    expect((await doors.call({ ...call, method: 'PUT', path: '/shop/v1/metadata/services/1', body: '{"a":1}' })).status).toBe(200);
    expect(doors.seen.at(-1)).toMatchObject({ method: 'PUT', body: '{"a":1}' });
    expect((await doors.call({ ...call, method: 'POST', path: '/v1/applications/certificates/renewals', body: '{"csr":"x"}' })).status).toBe(200);
    for (const none of ['/v1/metadata/services', '/a/b/v1/metadata/services', '/shop/v1/metadata', '/shop/v1/other'])
      expect((await doors.call({ ...call, path: none })).status).toBe(404);
    const unknown = await doors.issue(authId, { recorded: false });
    const refused = await doors.call({ ...call, certificate: unknown, path: '/shop/v1/metadata/services' });
    expect(refused).toMatchObject({ status: 403, json: { code: 403, error: 'invalid token or certificate' } });
  });

  it('survives a thousand handshakes that are given up, and odd names in them', async () => {
    const abandon = (): Promise<void> =>
      new Promise((resolve) => {
        const socket = connect({ host: '127.0.0.1', port: doors.ports.tls, ca: doors.ca, servername: `${MTLS}.${DOMAIN}` });
        socket.on('error', () => undefined);
        socket.once('close', () => resolve());
        socket.once('connect', () => socket.destroy());
      });
    for (let round = 0; round < 20; round += 1) await Promise.all(Array.from({ length: 50 }, abandon));
    for (const bytes of [Buffer.alloc(20_000, 22), Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.from([22, 3, 1, 0, 5, 1, 0, 0, 1, 0]), Buffer.alloc(3)]) {
      const socket = connectTcp(doors.ports.tls, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.resume();
      socket.end(bytes);
      await once(socket, 'close');
    }
    expect((await mtls()).status).toBe(200);
    expect((await doors.call({ label: MTLS, certificate, headers: JSON.parse('{"__proto__":"x"}') as Record<string, string> })).status).toBe(200);
  });
});
