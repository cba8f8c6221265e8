import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ClientCredentials, openStackRegistry, type StackRegistry } from '../support/client-credentials.ts';
import { buildGoProgram, GO_BUILD_LIMIT_MS, type GoProgram } from '../support/go.ts';
import { type Stack, startStack } from '../support/stack.ts';

const START_LIMIT_MS = 180_000;

interface GoAnswer {
  readonly accessToken?: string;
  readonly tokenType?: string;
  readonly seconds?: number;
  readonly scope?: unknown;
  readonly tokenError?: string;
  readonly tokenStatus?: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are as varied as the documents
  readonly result?: any;
  readonly callError?: string;
}

describe('client credentials, with a Gateway, a Director and a database', () => {
  let stack: Stack;
  let registry: StackRegistry;
  let go: GoProgram;
  let admin: string;
  let tokenUrl: string;
  let graphqlUrl: string;

  beforeAll(async () => {
    [stack, go] = await Promise.all([startStack({}), buildGoProgram('client-credentials')]);
    registry = openStackRegistry(stack);
    admin = stack.token('admin');
    tokenUrl = `${stack.gateway}/oauth2/token`;
    graphqlUrl = `${stack.gateway}/director/graphql`;
  }, START_LIMIT_MS + GO_BUILD_LIMIT_MS);
  afterAll(async () => {
    await registry.close();
    go.drop();
    await stack.stop();
  });

  const asGo = (by: ClientCredentials, more: object = {}) =>
    go.ask<GoAnswer>({ tokenUrl, clientId: by.id, clientSecret: by.secret, graphqlUrl, query: 'query { result: viewer { id type } }', ...more });
  const register = async (kind: 'Application' | 'Runtime', name: string): Promise<string> => {
    const { body } = await stack.call({ query: `mutation { result: register${kind}(in: { name: "${name}" }) { id } }`, token: admin, tenant: 'acme' });
    return body.data.result.id as string;
  };
  const curl = (args: readonly string[]) => {
    const { stdout } = spawnSync('curl', ['-sS', '-w', '\n%{http_code}', ...args], { encoding: 'utf8' });
    const lines = stdout.split('\n');
    return { status: Number(lines.at(-1)), text: lines.slice(0, -1).join('\n') };
  };

  it.each(['header', 'params', ''])('let a Go client (%j) see itself with a token of no scope (TestViewerQuery)', async (authStyle) => {
    for (const [kind, type] of [
      ['Application', 'APPLICATION'],
      ['Runtime', 'RUNTIME'],
      ['Integration System', 'INTEGRATION_SYSTEM'],
    ] as const) {
      const name = `viewer ${authStyle}`;
      const id = kind === 'Integration System' ? await registry.addIntegrationSystem(name) : await register(kind, name.trim().replace(' ', '-'));
      const answer = await asGo(await registry.addCredentials(kind, id), { authStyle });
      expect(answer).toMatchObject({ tokenType: 'Bearer', result: { result: { id, type } } });
      expect([answer.scope, answer.callError, answer.tokenError]).toEqual(['', undefined, undefined]);
      expect(answer.seconds).toBeGreaterThan(3_590);
    }
  });

  it('end with their client: an old token gives an empty result and no error, a new one is refused in JSON (TestCompassAuth)', async () => {
    const system = await registry.addIntegrationSystem('short-lived');
    const client = await registry.addCredentials('Integration System', system);
    const registerApplication = 'mutation { result: registerApplication(in: { name: "by-an-integration-system" }) { id name } }';
    const first = await asGo(client, { scopes: ['application:read', 'application:write'], query: registerApplication, tenant: 'acme' });
    expect([first.scope, first.result.result.name, first.callError]).toEqual(['application:read application:write', 'by-an-integration-system', undefined]);
    await asGo(client, {
      accessToken: first.accessToken,
      query: `mutation { result: unregisterApplication(id: "${String(first.result.result.id)}") { id } }`,
      tenant: 'acme',
    });
    await registry.removeIntegrationSystem(system);
    const removed = performance.now();
    const again = () => asGo(client, { accessToken: first.accessToken, query: 'query { result: viewer { id } }', tenant: 'acme' });
    while ((await again()).result !== undefined) expect(performance.now() - removed).toBeLessThan(2_000);
    const late = await asGo(client, { accessToken: first.accessToken, query: registerApplication, tenant: 'acme' });
    expect([late.callError, late.result]).toEqual([undefined, undefined]);
    const refused = await asGo(client);
    expect(refused.tokenStatus).toBe(401);
    expect(refused.tokenError).toContain('invalid_client');
    const { status, text } = curl(['-u', `${client.id}:${client.secret}`, '-d', 'grant_type=client_credentials', tokenUrl]);
    expect([status, (JSON.parse(text) as { error: string }).error]).toEqual([401, 'invalid_client']);
  });

  it('need a tenant where an Integration System names none, and one that is there (TestTenantErrors)', async () => {
    const client = await registry.addCredentials('Integration System', await registry.addIntegrationSystem('without-tenant'));
    const query = 'mutation { result: registerApplication(in: { name: "no-tenant" }) { id } }';
    expect((await asGo(client, { query, tenant: '' })).callError).toContain('Tenant is required');
    expect((await asGo(client, { query, tenant: 'b1e46bd5-18ba-4a02-b96d-631a9e803504' })).callError).toContain('Tenant not found');
  });

  it('keep an Application in its tenant, and to the scopes it asked for', async () => {
    const id = await register('Application', 'at-home');
    const client = await registry.addCredentials('Application', id);
    const query = `query { result: application(id: "${id}") { id } }`;
    expect((await asGo(client, { query })).result).toEqual({ result: { id } });
    expect((await asGo(client, { query, tenant: 'acme' })).result).toEqual({ result: { id } });
    expect((await asGo(client, { query, tenant: 'globex' })).callError).toContain('Tenant not found');
    const narrow = await asGo(client, { scopes: ['application:read'], query: `mutation { result: unregisterApplication(id: "${id}") { id } }` });
    expect(narrow.callError).toContain('insufficient scopes provided');
    expect((await asGo(client, { scopes: ['tenant:write'] })).tokenStatus).toBe(400);
  });

  it('work with nothing but curl', async () => {
    const client = await registry.addCredentials('Runtime', await register('Runtime', 'with-curl'));
    const answer = curl(['-u', `${client.id}:${client.secret}`, '-d', 'grant_type=client_credentials&scope=runtime:read', tokenUrl]);
    expect(answer.status).toBe(200);
    const { access_token: token, ...rest } = JSON.parse(answer.text) as { access_token: string };
    expect(rest).toEqual({ expires_in: 3599, scope: 'runtime:read', token_type: 'bearer' });
    const body = ['-H', 'Content-Type: application/json', '-d', '{"query":"{ viewer { type } }"}'];
    expect(curl(['-H', `Authorization: Bearer ${token}`, ...body, graphqlUrl]).text).toContain('"RUNTIME"');
    const said = curl(['-u', `${client.id}:${client.secret}`, '-d', `token=${token}`, `${stack.gateway}/oauth2/introspect`]);
    expect(JSON.parse(said.text)).toMatchObject({ active: true, client_id: client.id, scope: 'runtime:read' });
    expect(curl(['-u', `${client.id}:${client.secret}`, '-d', `token=${token}`, `${stack.gateway}/oauth2/revoke`])).toEqual({ status: 200, text: '' });
    expect(curl(['-H', `Authorization: Bearer ${token}`, ...body, graphqlUrl])).toEqual({
      status: 401,
      text: '{"error":{"code":401,"status":"Unauthorized","message":"The request could not be authorized"}}',
    });
    const found = JSON.parse(curl([`${stack.gateway}/.well-known/openid-configuration`]).text) as { token_endpoint: string };
    expect(found.token_endpoint).toBe(tokenUrl);
  });
});
