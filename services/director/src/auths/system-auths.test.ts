import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { burnToken } from '@binnacle/trust/burn-token';
import { isClientSecret } from '@binnacle/trust/client-credentials';
import { createKeyedHash } from '@binnacle/trust/keyed-hash';
import { behindTheScenes, type DirectorUnderTest, startDirectorUnderTest } from '../testing/director-under-test.ts';

const TOKEN = /^[A-Za-z0-9_-]{86}==$/;
const ALL_OF_A_TOKEN = 'token connectorURL used expiresAt createdAt usedAt raw rawEncoded type';
const AUTHS = `auths { id type tenantId referenceObjectId auth { certCommonName credential { ... on OAuthCredentialData { clientId clientSecret url } }
  oneTimeToken { __typename ${ALL_OF_A_TOKEN} ... on OneTimeTokenForApplication { legacyConnectorURL scenarioGroups } } } }`;

describe('system auths', () => {
  let director: DirectorUnderTest;
  let tenant: string;
  let adapter: Server;
  let adapterUrl: string;
  let heard: { body: unknown; answers: { status: number; body: string; headers?: Record<string, string> }[] };
  const adapters: Record<string, string> = {};
  beforeAll(async () => {
    heard = { body: undefined, answers: [] };
    adapter = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        heard.body = JSON.parse(Buffer.concat(parts).toString());
        const { status, body, headers = {} } = heard.answers.shift() ?? { status: 200, body: '{"Token":"from-the-adapter"}' };
        response.writeHead(status, headers).end(body);
      });
    });
    await new Promise<void>((resolve) => adapter.listen(0, '127.0.0.1', resolve));
    adapterUrl = `http://127.0.0.1:${(adapter.address() as AddressInfo).port}/adapter`;
    director = await startDirectorUnderTest({ pairingAdapters: () => Promise.resolve(adapters) });
    tenant = await director.tenant('acme', { type: 'account' });
  });
  afterAll(async () => {
    await director.stop();
    await new Promise((resolve) => adapter.close(resolve));
  });

  const ask = async (query: string, headers: Record<string, string> = {}) => {
    const { data, errors } = await director.call({ tenant }, query, undefined, headers);
    expect(errors).toBeUndefined();
    return data;
  };
  let names = 0;
  const application = async (extra = ''): Promise<string> =>
    (await ask(`mutation { registerApplication(in: { name: "app ${(names += 1)}" ${extra} }) { id } }`)).registerApplication.id;
  const runtime = async (): Promise<string> => (await ask(`mutation { registerRuntime(in: { name: "rt${(names += 1)}" }) { id } }`)).registerRuntime.id;
  const hashes = () => createKeyedHash([director.envelopeKey], 'one-time-token');
  const burn = (token: string) => director.registry.asGlobal('test', (work) => burnToken(work, hashes(), { token, use: 'configuration' }));

  describe('one-time tokens', () => {
    it('come for an Application with every form, and can be spent', async () => {
      const id = await application();
      const { requestOneTimeTokenForApplication: token } = await ask(
        `mutation { requestOneTimeTokenForApplication(id: "${id}") { __typename ${ALL_OF_A_TOKEN} legacyConnectorURL scenarioGroups } }`,
        { scenario_groups: 'one, two' },
      );
      expect(token).toMatchObject({
        __typename: 'OneTimeTokenForApplication',
        connectorURL: 'https://gateway.example.com/connector/graphql',
        legacyConnectorURL: `https://gateway.example.com/v1/applications/signingRequests/info?token=${token.token}`,
        used: false,
        usedAt: '0001-01-01T00:00:00Z',
        type: 'Application',
        scenarioGroups: ['one', 'two'],
      });
      expect(token.token).toMatch(TOKEN);
      expect(Date.parse(token.expiresAt) - Date.parse(token.createdAt)).toBe(300_000);
      expect(Object.keys(JSON.parse(token.raw))).toEqual(['token', 'connectorURL', 'used', 'expiresAt', 'createdAt', 'usedAt', 'type', 'scenario_groups']);
      expect(JSON.parse(token.raw)).toMatchObject({ token: token.token, type: 'Application', scenario_groups: ['one', 'two'], used: false });
      expect(Buffer.from(token.rawEncoded, 'base64').toString()).toBe(token.raw);
      expect(await burn(token.token)).toMatchObject({ kind: 'burned', identity: { objectId: id, tenant } });
    });

    it('come for a Runtime, and live an hour', async () => {
      const id = await runtime();
      const { requestOneTimeTokenForRuntime: token } = await ask(`mutation { requestOneTimeTokenForRuntime(id: "${id}") { __typename ${ALL_OF_A_TOKEN} } }`, {
        suggest_token: 'true',
      });
      expect(token).toMatchObject({ __typename: 'OneTimeTokenForRuntime', type: 'Runtime' });
      expect(token.token).toMatch(TOKEN);
      expect(JSON.parse(token.raw).scenario_groups).toBeNull();
      expect(Date.parse(token.expiresAt) - Date.parse(token.createdAt)).toBe(3_600_000);
    });

    it('are suggested in the form for the kind of client', async () => {
      const request = async (id: string) =>
        (await ask(`mutation { requestOneTimeTokenForApplication(id: "${id}") { token raw rawEncoded legacyConnectorURL } }`, { suggest_token: 'true' }))
          .requestOneTimeTokenForApplication;
      const ordinary = await request(await application());
      expect(ordinary.token).toBe(ordinary.rawEncoded);
      const legacy = await request(await application('labels: { legacy: true }'));
      expect(legacy.token).toBe(legacy.legacyConnectorURL);
      expect(legacy.token).toContain(`token=${JSON.parse(legacy.raw).token}`);
      const { registerIntegrationSystem: system } = await ask('mutation { registerIntegrationSystem(in: { name: "manager" }) { id } }');
      const managed = await request(await application(`integrationSystemID: "${system.id}"`));
      expect(managed.token).toBe(JSON.parse(managed.raw).token);
    });

    it('show in auths without the token: masked, used and when', async () => {
      const id = await application();
      const { requestOneTimeTokenForApplication: token } = await ask(`mutation { requestOneTimeTokenForApplication(id: "${id}") { token expiresAt } }`);
      const shown = async () => (await ask(`{ application(id: "${id}") { ${AUTHS} } }`)).application.auths[0];
      const before = await shown();
      expect(before).toMatchObject({ type: 'APPLICATION', tenantId: tenant, referenceObjectId: id });
      expect(before.auth).toMatchObject({
        certCommonName: '',
        credential: null,
        oneTimeToken: {
          __typename: 'OneTimeTokenForApplication',
          token: '********',
          raw: null,
          rawEncoded: null,
          used: false,
          expiresAt: token.expiresAt,
          usedAt: '0001-01-01T00:00:00Z',
          legacyConnectorURL: 'https://gateway.example.com/v1/applications/signingRequests/info?token=********',
          scenarioGroups: [],
        },
      });
      await burn(token.token);
      const { oneTimeToken: used } = (await shown()).auth;
      expect(used.used).toBe(true);
      expect(Date.parse(used.usedAt)).toBeGreaterThan(Date.parse('2020-01-01'));
      expect(Date.parse(used.expiresAt)).toBeGreaterThan(Date.now());
    });

    it('are made anew on the identity that is named, with or without its object, and never on that of another object', async () => {
      const id = await application();
      const request = (objectId: string, authId: string) =>
        director.call({ tenant }, `mutation { requestOneTimeTokenForApplication(id: "${objectId}", systemAuthID: "${authId}") { token } }`);
      const { requestOneTimeTokenForApplication: first } = await ask(`mutation { requestOneTimeTokenForApplication(id: "${id}") { token } }`);
      const [{ id: authId }] = (await ask(`{ application(id: "${id}") { auths { id } } }`)).application.auths;
      const second = await request(id, authId);
      expect(await burn(first.token)).toMatchObject({ reason: 'superseded' });
      const third = await request('', authId);
      expect(await burn(second.data.requestOneTimeTokenForApplication.token)).toMatchObject({ reason: 'superseded' });
      expect(await burn(third.data.requestOneTimeTokenForApplication.token)).toMatchObject({ kind: 'burned', identity: { authId } });
      expect((await ask(`{ application(id: "${id}") { auths { id } } }`)).application.auths).toEqual([{ id: authId }]);
      expect((await request(await application(), authId)).errors[0].extensions.error).toBe('NotFound');
      const ofRuntime = await director.call({ tenant }, `mutation { requestOneTimeTokenForRuntime(id: "", systemAuthID: "${authId}") { token } }`);
      expect(ofRuntime.errors[0].extensions.error).toBe('NotFound');
    });

    it('come from the pairing adapter of the integration system, which is asked three times at most', async () => {
      const { registerIntegrationSystem: system } = await ask('mutation { registerIntegrationSystem(in: { name: "paired" }) { id } }');
      adapters[system.id] = adapterUrl;
      const id = await application(`integrationSystemID: "${system.id}", labels: { a: "{{x}}" }`);
      const request = () =>
        director.call({ tenant }, `mutation { requestOneTimeTokenForApplication(id: "${id}") { token connectorURL legacyConnectorURL raw } }`, undefined, {
          client_user: 'somebody',
          scenario_groups: '{"key":"k","description":"d"}, plain',
        });
      heard.answers = [
        { status: 500, body: 'broken' },
        { status: 200, body: '{"Nothing":1}' },
      ];
      const { data, errors } = await request();
      expect(errors).toBeUndefined();
      const { token, connectorURL, legacyConnectorURL, raw } = data.requestOneTimeTokenForApplication;
      expect({ token, connectorURL }).toEqual({ token: 'from-the-adapter', connectorURL: '' });
      expect(legacyConnectorURL).toContain('token=from-the-adapter');
      expect(JSON.parse(raw).token).toBe('from-the-adapter');
      expect(heard.body).toMatchObject({
        Application: { id, integrationSystemID: system.id, labels: { a: '{{x}}' }, status: { condition: 'INITIAL' } },
        Tenant: 'acme',
        TenantType: 'account',
        ClientUser: 'somebody',
        ScenarioGroups: [
          { key: 'k', description: 'd' },
          { key: 'plain', description: '' },
        ],
      });
      // It is the partner's: here it opens nothing.
      expect(await burn('from-the-adapter')).toEqual({ kind: 'refused', reason: 'unknown' });

      heard.answers = Array.from({ length: 3 }, () => ({ status: 500, body: '' }));
      const failed = await request();
      expect(failed.errors[0].message).toBe('The operation is not allowed [reason=the pairing adapter gave no token]');
      expect((await ask(`{ application(id: "${id}") { auths { id } } }`)).application.auths).toHaveLength(1);
      delete adapters[system.id];
    });

    it('come from no other place than the adapter itself, and not from an answer without end', async () => {
      const { registerIntegrationSystem: system } = await ask('mutation { registerIntegrationSystem(in: { name: "strayed" }) { id } }');
      adapters[system.id] = adapterUrl;
      const id = await application(`integrationSystemID: "${system.id}"`);
      const elsewhere = { status: 307, body: '', headers: { location: adapterUrl } };
      heard.answers = [elsewhere, { status: 200, body: `{"Token":"${'x'.repeat(70_000)}"}` }, { status: 201, body: '{"Token":7}' }];
      const { errors } = await director.call({ tenant }, `mutation { requestOneTimeTokenForApplication(id: "${id}") { token } }`);
      expect(errors[0].message).toBe('The operation is not allowed [reason=the pairing adapter gave no token]');
      expect(heard.answers).toEqual([]);
      delete adapters[system.id];
    });

    it('are asked for with the account of a subaccount', async () => {
      const sub = await director.tenant('acme-sub', { type: 'subaccount', parents: ['acme'] });
      const { registerIntegrationSystem: system } = await ask('mutation { registerIntegrationSystem(in: { name: "of-a-subaccount" }) { id } }');
      adapters[system.id] = adapterUrl;
      const inSub = async (query: string) => {
        const { data, errors } = await director.call({ tenant: sub }, query);
        expect(errors).toBeUndefined();
        return data;
      };
      const { registerApplication: made } = await inSub(`mutation { registerApplication(in: { name: "in-sub", integrationSystemID: "${system.id}" }) { id } }`);
      await inSub(`mutation { requestOneTimeTokenForApplication(id: "${made.id}") { token } }`);
      expect(heard.body).toMatchObject({ Tenant: 'acme', TenantType: 'subaccount', ClientUser: '', ScenarioGroups: [] });
      delete adapters[system.id];
    });
  });

  describe('client credentials', () => {
    const credentials = async (kind: string, id: string) =>
      (
        await ask(
          `mutation { requestClientCredentialsFor${kind}(id: "${id}") { __typename id type tenantId referenceObjectId auth { certCommonName oneTimeToken { token } credential { ... on OAuthCredentialData { clientId clientSecret url } } } } }`,
        )
      )[`requestClientCredentialsFor${kind}`];

    it('are an OAuth client whose id is the identity, known here by a hash of the secret', async () => {
      const { registerIntegrationSystem: system } = await ask('mutation { registerIntegrationSystem(in: { name: "oauth-system" }) { id } }');
      const objects = { Application: await application(), Runtime: await runtime(), IntegrationSystem: system.id as string };
      const types = { Application: 'AppSystemAuth', Runtime: 'RuntimeSystemAuth', IntegrationSystem: 'IntSysSystemAuth' };
      for (const [kind, id] of Object.entries(objects)) {
        const auth = await credentials(kind, id);
        expect(auth).toMatchObject({
          __typename: types[kind as keyof typeof types],
          tenantId: kind === 'IntegrationSystem' ? null : tenant,
          referenceObjectId: id,
          auth: { certCommonName: '', oneTimeToken: null, credential: { clientId: auth.id, url: 'https://gateway.example.com/oauth2/token' } },
        });
        const { clientSecret } = auth.auth.credential;
        expect(clientSecret.length).toBeGreaterThanOrEqual(43);
        const secrets = createKeyedHash([director.envelopeKey], 'client-secret');
        expect(await isClientSecret(director.registry, secrets, auth.id, clientSecret)).toBe(true);
        expect(await isClientSecret(director.registry, secrets, auth.id, `${clientSecret}x`)).toBe(false);
        const field = { Application: 'application', Runtime: 'runtime', IntegrationSystem: 'integrationSystem' }[kind];
        const { auths } = (await ask(`{ ${field}(id: "${id}") { ${AUTHS} } }`))[field ?? ''];
        expect(auths).toHaveLength(1);
        expect(auths[0].auth.credential).toEqual(auth.auth.credential);
      }
    });

    it('show nothing of auth to a caller without the scope', async () => {
      const id = await application();
      await credentials('Application', id);
      const scopes = director.allScopes.filter((scope) => scope !== 'application.auths:read');
      const { data } = await director.call({ tenant, scopes }, `{ application(id: "${id}") { auths { id auth { certCommonName } } } }`);
      expect(data.application.auths).toEqual([{ id: expect.any(String), auth: null }]);
    });

    it('are removed by the mutation of their own kind only, and the answer shows them once more', async () => {
      const { registerIntegrationSystem: system } = await ask('mutation { registerIntegrationSystem(in: { name: "wrong-kind" }) { id } }');
      const ids: Record<string, string> = {
        Application: (await credentials('Application', await application())).id,
        Runtime: (await credentials('Runtime', await runtime())).id,
        IntegrationSystem: (await credentials('IntegrationSystem', system.id)).id,
      };
      for (const [kind, id] of Object.entries(ids)) {
        const remove = (by: string) =>
          director.call(
            { tenant },
            `mutation { deleteSystemAuthFor${by}(authID: "${id}") { id auth { credential { ... on OAuthCredentialData { clientSecret } } } } }`,
          );
        for (const other of Object.keys(ids).filter((name) => name !== kind))
          expect((await remove(other)).errors[0]).toMatchObject({ message: 'Object not found [object=systemAuth]', extensions: { error_code: 20 } });
        const { data, errors } = await remove(kind);
        expect(errors).toBeUndefined();
        expect(data[`deleteSystemAuthFor${kind}`]).toEqual({ id, auth: { credential: { clientSecret: expect.stringMatching(/.{43}/) } } });
        expect((await remove(kind)).errors[0].extensions.error_code).toBe(20);
      }
      expect(
        await behindTheScenes(director, 'select id from secret where id in (select auth_id from system_auth where id = any($1))', [Object.values(ids)]),
      ).toEqual([]);
    });

    it('take their sealed credentials with them, whichever way they go', async () => {
      const count = async () => (await behindTheScenes(director, 'select count(*)::int as n from secret'))[0].n;
      const before = await count();
      const { registerIntegrationSystem: system } = await ask('mutation { registerIntegrationSystem(in: { name: "leaves-nothing" }) { id } }');
      const app = await application();
      await credentials('IntegrationSystem', system.id);
      await credentials('Application', app);
      expect(await count()).toBe(before + 2);
      await ask(`mutation { unregisterIntegrationSystem(id: "${system.id}") { id } unregisterApplication(id: "${app}") { id } }`);
      expect(await count()).toBe(before);
    });
  });

  describe('for internal callers', () => {
    it('are found by id and by an unspent token', async () => {
      const id = await runtime();
      const { requestOneTimeTokenForRuntime: token } = await ask(`mutation { requestOneTimeTokenForRuntime(id: "${id}") { token } }`);
      const find = (query: string) => director.call({}, query);
      const byToken = `{ systemAuthByToken(token: "${token.token}") { __typename id type referenceObjectId tenantId auth { oneTimeToken { used type } } } }`;
      const { data } = await find(byToken);
      expect(data.systemAuthByToken).toMatchObject({
        __typename: 'RuntimeSystemAuth',
        type: 'RUNTIME',
        referenceObjectId: id,
        tenantId: tenant,
        auth: { oneTimeToken: { used: false, type: 'Runtime' } },
      });
      const authId = data.systemAuthByToken.id;
      expect((await find(`{ systemAuth(id: "${authId}") { __typename id ... on RuntimeSystemAuth { type } } }`)).data.systemAuth).toEqual({
        __typename: 'RuntimeSystemAuth',
        id: authId,
        type: 'RUNTIME',
      });
      const spent = await find(`mutation { invalidateSystemAuthOneTimeToken(authID: "${authId}") { id auth { oneTimeToken { used usedAt } } } }`);
      expect(spent.data.invalidateSystemAuthOneTimeToken.auth.oneTimeToken.used).toBe(true);
      expect((await find(byToken)).errors[0].extensions.error_code).toBe(20);
      expect((await find('{ systemAuthByToken(token: "x\\") { id } y: systemAuth(id: \\"") { id } }')).errors[0].extensions.error_code).toBe(20);
      expect((await find(`{ systemAuth(id: "00000000-0000-7000-8000-00000000dead") { id } }`)).data).toEqual({ systemAuth: null });
    });

    it('are told of the first certificate: its name stays, the token goes', async () => {
      const id = await application();
      const { requestOneTimeTokenForApplication: token } = await ask(`mutation { requestOneTimeTokenForApplication(id: "${id}") { token } }`);
      const [{ id: authId }] = (await ask(`{ application(id: "${id}") { auths { id } } }`)).application.auths;
      const { data, errors } = await director.call(
        {},
        `mutation { updateSystemAuth(authID: "${authId}", in: { certCommonName: "${authId}" }) { id auth { certCommonName oneTimeToken { used } } } }`,
      );
      expect(errors).toBeUndefined();
      expect(data.updateSystemAuth).toEqual({ id: authId, auth: { certCommonName: authId, oneTimeToken: null } });
      expect(await burn(token.token)).toMatchObject({ reason: 'superseded' });
    });
  });

  it('where secrets are not to be read again: in the answer that made them, and nowhere after', async () => {
    const strict = await startDirectorUnderTest({ clientSecretsReadable: false });
    const own = await strict.tenant('strict');
    const { data } = await strict.call({ tenant: own }, 'mutation { registerApplication(in: { name: "a" }) { id } }');
    const id = data.registerApplication.id;
    const made = await strict.call(
      { tenant: own },
      `mutation { requestClientCredentialsForApplication(id: "${id}") { id auth { credential { ... on OAuthCredentialData { clientId clientSecret } } } } }`,
    );
    const { clientId, clientSecret } = made.data.requestClientCredentialsForApplication.auth.credential;
    expect(await isClientSecret(strict.registry, createKeyedHash([strict.envelopeKey], 'client-secret'), clientId, clientSecret)).toBe(true);
    const { data: later } = await strict.call(
      { tenant: own },
      `{ application(id: "${id}") { auths { auth { credential { ... on OAuthCredentialData { clientId clientSecret } } } } } }`,
    );
    expect(later.application.auths).toEqual([{ auth: { credential: { clientId, clientSecret: '' } } }]);
    await strict.stop();
  });
});
