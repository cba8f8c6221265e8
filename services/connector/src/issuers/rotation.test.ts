import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONFIGURATION, type ConnectorUnderTest, credentialOf, REVOKE, startConnectorUnderTest } from '../testing/connector-under-test.ts';
import { newRequest, type OpenSsl, openSsl, subjectOf } from '../testing/openssl.ts';
import { activateStaged, goodCertificates, retireIssuers, type RotationOptions, RotationRefused, stageAuthority } from './rotate.ts';

describe('rotation of the certificate authority', () => {
  let connector: ConnectorUnderTest;
  let ssl: OpenSsl;
  let rotation: RotationOptions;
  beforeAll(async () => {
    connector = await startConnectorUnderTest();
    ssl = openSsl();
    rotation = { registry: connector.registry, audit: connector.audit, now: connector.now };
  });
  afterAll(async () => {
    ssl.remove();
    await connector.stop();
  });

  const text = async (path: string): Promise<string> => (await fetch(`${connector.url}${path}`)).text();
  async function issue(name: string) {
    const authId = await connector.identity();
    const { data, errors } = await connector.sign({ kind: 'token', authId }, await newRequest(ssl, subjectOf(authId), { name }));
    expect(errors).toBeUndefined();
    ssl.write(`${name}.pem`, Buffer.from(data.result.certificateChain as string, 'base64'));
    return { authId, credential: credentialOf(data.result.clientCertificate as string, authId) };
  }
  /** As a verifier does that knows the published roots, and what the client sends. */
  async function accepts(name: string): Promise<boolean> {
    ssl.write('roots.pem', await text('/v1/pki/roots.pem'));
    return (await ssl.run(`verify -x509_strict -purpose sslclient -CAfile roots.pem -untrusted ${name}.pem ${name}.pem`)).code === 0;
  }
  const states = async (role: string): Promise<readonly string[]> =>
    (await connector.scene.sql<{ state: string }>('select state from issuer where role = $1 order by id', [role])).map(({ state }) => state);

  it('keeps both trusted: staged before it signs, retiring while its certificates live, and gone after that', async () => {
    const old = await issue('old');
    const first = connector.authorities.active().record.id;

    const staged = await stageAuthority(rotation, connector.plan, false);
    await connector.authorities.refresh();
    expect(await text('/v1/pki/bundle.pem')).toContain(staged.certificatePem.trim().split('\n')[3]);
    expect(connector.authorities.active().record.id).toBe(first);
    await issue('meanwhile');
    expect(await accepts('meanwhile')).toBe(true);
    await expect(stageAuthority(rotation, connector.plan, false)).rejects.toThrow(RotationRefused);

    await activateStaged(rotation);
    await connector.authorities.refresh();
    expect(connector.authorities.active().record.id).toBe(staged.id);
    expect(await states('intermediate')).toEqual(['retiring', 'active']);
    await issue('new');
    expect([await accepts('old'), await accepts('new')]).toEqual([true, true]);

    // Its holder is told to renew at once, can, and can be revoked in the list of the issuer that retires.
    const { data } = await connector.call(old.credential, CONFIGURATION.replace('token {', 'renewAfter token {'));
    expect(Date.parse(data.result.renewAfter as string)).toBeLessThanOrEqual(Date.now());
    expect((await connector.sign(old.credential, await newRequest(ssl, subjectOf(old.authId), { name: 'renewed' }))).errors).toBeUndefined();
    expect((await connector.call(old.credential, REVOKE)).errors).toBeUndefined();
    await connector.lists.refresh();
    ssl.write('list.pem', await text(`/v1/pki/crl/${first}.pem`));
    expect((await ssl.run('crl -in list.pem -noout -text')).output).toContain('Serial Number');

    // "meanwhile" still needs it.
    expect(await retireIssuers(rotation, false)).toEqual([]);
    await connector.scene.sql(`update certificate set revoked_at = now(), revocation_reason = 'superseded' where issuer_id = $1 and revoked_at is null`, [
      first,
    ]);
    expect((await retireIssuers(rotation, false)).map(({ id }) => id)).toEqual([first]);
    await connector.authorities.refresh();
    expect(connector.authorities.find(first)).toBeUndefined();
    expect((await fetch(`${connector.url}/v1/pki/certificates/${first}.der`)).status).toBe(404);
    expect(await connector.registry.asGlobal('test', (work) => goodCertificates(work, connector.authorities.active().record))).toBeGreaterThan(0);
  });

  it('changes the root as well, with both roots published in between, and a bundle whose number grows', async () => {
    const bundle = async () => JSON.parse(await text('/.well-known/spiffe/bundle')) as { spiffe_sequence: number; keys: { use: string; x5c: string[] }[] };
    await issue('under-old-root');
    const before = await bundle();
    expect(before.keys).toMatchObject([{ use: 'x509-svid', x5c: [expect.stringMatching(/^MII/)] }]);
    await stageAuthority(rotation, connector.plan, true);
    await connector.authorities.refresh();
    const between = await bundle();
    expect([between.keys.length, between.spiffe_sequence > before.spiffe_sequence]).toEqual([2, true]);
    await activateStaged(rotation);
    await connector.authorities.refresh();
    await issue('under-new-root');
    expect([await accepts('under-old-root'), await accepts('under-new-root')]).toEqual([true, true]);
    expect(await states('root')).toEqual(['retiring', 'active']);

    await retireIssuers(rotation, true);
    await connector.authorities.refresh();
    expect(await states('root')).toEqual(['retired', 'active']);
    expect([await accepts('under-old-root'), await accepts('under-new-root')]).toEqual([false, true]);
    const after = await bundle();
    expect([after.keys.length, after.spiffe_sequence > between.spiffe_sequence]).toEqual([1, true]);
  });

  it('refuses to activate what is not there', async () => {
    await expect(activateStaged(rotation)).rejects.toThrow('no certificate authority is staged');
  });

  it('is picked up by a running Connector by itself', async () => {
    await stageAuthority(rotation, connector.plan, false);
    const { id } = await activateStaged(rotation);
    while (connector.authorities.active().record.id !== id) await new Promise((resolve) => setImmediate(resolve));
  });

  it('fails no call that is under way', async () => {
    const authId = await connector.identity();
    const csr = await newRequest(ssl, subjectOf(authId), { name: 'busy' });
    let done = false;
    const callers = Array.from({ length: 8 }, async () => {
      const failures: unknown[] = [];
      for (let calls = 0; !done || calls < 20; calls += 1) {
        const { errors } = await connector.sign({ kind: 'token', authId }, csr);
        if (errors) failures.push(errors);
      }
      return failures;
    });
    for (let n = 0; n < 3; n += 1) {
      await stageAuthority(rotation, connector.plan, n === 1);
      await activateStaged(rotation);
      await connector.authorities.refresh();
    }
    done = true;
    expect((await Promise.all(callers)).flat()).toEqual([]);
  });

  it('tells the audit log', () => {
    expect(connector.events.filter(({ action }) => action === 'issuer.changed').map(({ details }) => details?.['state'])).toEqual(
      expect.arrayContaining(['staged', 'active', 'retiring', 'retired']),
    );
  });
});
