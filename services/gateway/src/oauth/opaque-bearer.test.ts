import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { asAdmin } from '@binnacle/testkit/test-database';
import { scopesOfConsumer } from '../authentication/consumer-scopes.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../testing/gateway-under-test.ts';
import { addClient, deleteClient, fetchToken, type TestClient } from '../testing/oauth-clients.ts';

const QUERY = { query: '{ viewer { id } }' };
const ACME = '11111111-1111-7111-8111-111111111111';
const GLOBEX = '22222222-2222-7222-8222-222222222222';
const REFUSAL = '{"error":{"code":401,"status":"Unauthorized","message":"The request could not be authorized"}}';

describe('opaque bearer tokens', () => {
  let under: GatewayUnderTest;
  beforeAll(async () => {
    under = await startGatewayUnderTest();
  });
  afterAll(() => under.stop());
  beforeEach(() => {
    under.seen.length = 0;
    under.answer = () => ({ status: 200, body: '{"data":{"ok":true}}' });
  });

  const call = (token: string, headers: Readonly<Record<string, string>> = {}, body: object = QUERY) =>
    under.post(body, { authorization: `Bearer ${token}`, ...headers });
  const callerWith = async (token: string, headers?: Readonly<Record<string, string>>) => {
    under.seen.length = 0;
    expect((await call(token, headers)).status).toBe(200);
    return under.callerOf(under.seen[0]);
  };

  it.each([
    ['application', 'Application'],
    ['runtime', 'Runtime'],
    ['integration_system', 'Integration System'],
  ] as const)('stand for the %s, with all scopes of its kind when none was asked for', async (kind, consumerType) => {
    const client = await addClient(under, kind);
    const caller = await callerWith(await fetchToken(under, client, ''));
    const own = kind === 'integration_system' ? { tenant: undefined, externalTenant: undefined } : { tenant: ACME, externalTenant: 'acme' };
    expect(caller).toMatchObject({ consumerId: client.objectId, consumerType, flow: 'OAuth2', onBehalfOf: '', region: '', ...own });
    expect([...caller.scopes]).toEqual(scopesOfConsumer(consumerType));
  });

  it('carry the scopes that were asked for', async () => {
    const token = await fetchToken(under, await addClient(under, 'application'), 'application:write application:read');
    expect([...(await callerWith(token)).scopes]).toEqual(['application:write', 'application:read']);
  });

  it('carry the scopes of their client where it has its own list', async () => {
    const token = await fetchToken(under, await addClient(under, 'runtime', { scopes: ['runtime:read'] }));
    expect([...(await callerWith(token)).scopes]).toEqual(['runtime:read']);
  });

  it('keep Applications and Runtimes in their tenant: any other one looks like one that does not exist (T-41, T-43)', async () => {
    for (const kind of ['application', 'runtime'] as const) {
      const token = await fetchToken(under, await addClient(under, kind));
      expect(await callerWith(token, { tenant: 'acme' })).toMatchObject({ tenant: ACME, externalTenant: 'acme' });
      for (const tenant of ['globex', 'nowhere', ACME])
        expect(await callerWith(token, { tenant })).toMatchObject({ tenant: undefined, externalTenant: tenant });
    }
  });

  it('let Integration Systems name their tenant for each call', async () => {
    const token = await fetchToken(under, await addClient(under, 'integration_system'));
    expect(await callerWith(token, { tenant: 'acme' })).toMatchObject({ tenant: ACME, externalTenant: 'acme' });
    expect(await callerWith(token, { tenant: 'globex' })).toMatchObject({ tenant: GLOBEX, externalTenant: 'globex' });
    expect(await callerWith(token, { tenant: 'nowhere' })).toMatchObject({ tenant: undefined, externalTenant: 'nowhere' });
    expect(await callerWith(token, { tenant: '' })).toMatchObject({ tenant: undefined, externalTenant: undefined });
    expect((await call(token, { tenant: 'a, b' })).status).toBe(400);
  });

  it('show no tenant that is not active any more', async () => {
    const token = await fetchToken(under, await addClient(under, 'application', { tenant: 'globex' }));
    await asAdmin(under.database.adminUrl, (client) => client.query(`update tenant set status = 'inactive' where external_id = 'globex'`));
    expect(await callerWith(token)).toMatchObject({ tenant: undefined, externalTenant: 'globex' });
    await asAdmin(under.database.adminUrl, (client) => client.query(`update tenant set status = 'active' where external_id = 'globex'`));
  });

  it('are refused with a body that has no errors when they are unknown, malformed or expired', async () => {
    const expired = await fetchToken(under, await addClient(under, 'application'));
    await asAdmin(under.database.adminUrl, (client) =>
      client.query(`update oauth_token set expires_at = now() where client_id is not null and expires_at > now()`),
    );
    for (const token of ['x', 'a.b', expired, 'A'.repeat(64), 'A'.repeat(9_000)]) {
      const answer = await call(token);
      expect([answer.status, answer.text]).toEqual([401, REFUSAL]);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    }
    expect(under.seen).toEqual([]);
  });

  it('choose their chain by what they are: signed tokens of the OpenID provider go on as users', async () => {
    expect(await callerWith(await under.token(), { tenant: 'acme' })).toMatchObject({ consumerType: 'Static User', flow: 'JWT' });
    const token = await fetchToken(under, await addClient(under, 'runtime'));
    expect(await callerWith(token)).toMatchObject({ consumerType: 'Runtime', flow: 'OAuth2' });
    expect((await call(await under.token({}, { issuer: 'http://other.test' }))).status).toBe(401);
    expect(await callerWith(await under.token(), { tenant: '' })).toMatchObject({ consumerType: 'Static User', externalTenant: undefined });
  });

  it('stop with their client, for the very next call of whoever deleted it', async () => {
    const administrator = await fetchToken(under, await addClient(under, 'integration_system'));
    for (let round = 0; round < 30; round += 1) {
      const client: TestClient = await addClient(under, 'application');
      const token = await fetchToken(under, client);
      expect((await call(token)).status).toBe(200);
      await deleteClient(under, client.id);
      // The service behind has just done that; its answer passes here.
      await call(administrator, {}, { query: 'mutation { deleteSystemAuth }' });
      const after = await call(token);
      expect([after.status, after.text]).toEqual([401, REFUSAL]);
    }
  });

  it('stop at another Gateway too, as soon as the database has told of it', async () => {
    const client = await addClient(under, 'application');
    const token = await fetchToken(under, client);
    expect((await call(token)).status).toBe(200);
    await deleteClient(under, client.id);
    const deleted = performance.now();
    while ((await call(token)).status === 200) expect(performance.now() - deleted).toBeLessThan(1_500);
    expect((await call(token)).status).toBe(401);
  });

  it('follow their client when its scopes change', async () => {
    const client = await addClient(under, 'application');
    const token = await fetchToken(under, client);
    await callerWith(token);
    await asAdmin(under.database.adminUrl, (admin) => admin.query(`update system_auth set oauth_scopes = '{application:read}' where id = $1`, [client.id]));
    const changed = performance.now();
    while ((await callerWith(token)).scopes.size > 1) expect(performance.now() - changed).toBeLessThan(1_500);
    expect([...(await callerWith(token)).scopes]).toEqual(['application:read']);
  });

  it('cost one reading however many calls come at once', async () => {
    const token = await fetchToken(under, await addClient(under, 'application'));
    const before = under.statements();
    expect((await Promise.all(Array.from({ length: 50 }, () => call(token)))).every(({ status }) => status === 200)).toBe(true);
    expect(under.statements() - before).toBeLessThanOrEqual(2);
  });

  it('leave a trace of when their client was last used', async () => {
    const client = await addClient(under, 'application');
    await call(await fetchToken(under, client));
    await under.flushUses();
    const used = await asAdmin(
      under.database.adminUrl,
      async (admin) => (await admin.query('select last_used_by from credential_use where auth_id = $1', [client.id])).rows,
    );
    expect(used).toEqual([{ last_used_by: 'OAuth2' }]);
  });

  it('are answered with errors where clients must fail', async () => {
    const response = await fetch(`${under.url}/connector/graphql`, {
      method: 'POST',
      headers: { authorization: 'Bearer unknown', 'content-type': 'application/json' },
      body: JSON.stringify(QUERY),
    });
    expect([response.status, (await response.json()) as object]).toMatchObject([401, { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }], data: null }]);
  });
});
