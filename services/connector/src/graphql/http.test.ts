import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLog } from '@binnacle/log/log';
import { asAdmin } from '@binnacle/testkit/test-database';
import { getIntrospectionQuery } from 'graphql';
import { type ConnectorUnderTest, type Credential, startConnectorUnderTest } from '../testing/connector-under-test.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- answers are as varied as the calls
type Json = any;

describe('GraphQL over HTTP at the Connector', () => {
  let connector: ConnectorUnderTest;
  let token: Credential;
  beforeAll(async () => {
    connector = await startConnectorUnderTest();
    token = { kind: 'token', authId: await connector.identity() };
  });
  afterAll(() => connector.stop());

  async function send(init: RequestInit & { readonly query?: string }): Promise<{ status: number; body: Json; headers: Headers }> {
    const { query = '', headers, ...rest } = init;
    const response = await fetch(`${connector.url}/graphql${query}`, {
      method: 'POST',
      ...rest,
      headers: { authorization: `Bearer ${connector.internalToken(token)}`, 'content-type': 'application/json', ...(headers as Record<string, string>) },
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? '' : (JSON.parse(text) as Json), headers: response.headers };
  }
  const post = (query: string, more: object = {}) => send({ body: JSON.stringify({ query, ...more }) });
  const refusal = ({ status, body }: { status: number; body: Json }) => [status, body.errors[0].extensions.code];

  it.each([
    ['an unknown field', '{ configuration { nothing } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a document that cannot be parsed', '{ configuration { ', 'GRAPHQL_PARSE_FAILED'],
    ['an argument of the wrong type', 'mutation { signCertificateSigningRequest(csr: 1) { caCertificate } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['no operation', '  # nothing', 'GRAPHQL_VALIDATION_FAILED'],
    ['two operations and no name', 'query a { __typename } query b { __typename }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a subscription', 'subscription { x }', 'GRAPHQL_VALIDATION_FAILED'],
  ])('answers 422 to %s', async (_, document, code) => {
    const answer = await post(document);
    expect([...refusal(answer), answer.body.data]).toEqual([422, code, null]);
  });

  it('answers 422 to a missing variable, without telling what the schema holds', async () => {
    const answer = await post('mutation ($csr: String!) { signCertificateSigningRequest(csr: $csr) { caCertificate } }');
    expect(refusal(answer)).toEqual([422, 'GRAPHQL_VALIDATION_FAILED']);
    expect((await post('{ configuratio { token { token } } }')).body.errors[0].message).not.toContain('Did you mean');
  });

  it.each([
    ['what is not JSON', 'nonsense', 'BAD_REQUEST'],
    ['nothing', '', 'BAD_REQUEST'],
    ['a list', '[{"query":"{ __typename }"}]', 'BATCHING_DISABLED'],
    ['a number', '1', 'BAD_REQUEST'],
  ])('answers 400 to a body of %s, and never repeats it', async (_, body, code) => {
    const answer = await send({ body });
    expect(refusal(answer)).toEqual([400, code]);
    expect(JSON.stringify(answer.body)).not.toContain('nonsense');
  });

  it('takes queries by GET, and never mutations', async () => {
    const get = (document: string) => send({ method: 'GET', query: `?query=${encodeURIComponent(document)}` });
    expect((await get('{ result: configuration() { managementPlaneInfo { directorURL } } }')).body.data.result.managementPlaneInfo.directorURL).toBe(
      connector.settings.directorUrl,
    );
    const mutation = await get('mutation { revokeCertificate }');
    expect([...refusal(mutation), mutation.headers.get('allow')]).toEqual([405, 'METHOD_NOT_ALLOWED', 'POST']);
  });

  it('answers 405 with the methods there are, 400 to other types, 413 to what is too long', async () => {
    const put = await send({ method: 'PUT', body: '{}' });
    expect([...refusal(put), put.headers.get('allow')]).toEqual([405, 'METHOD_NOT_ALLOWED', 'GET, POST']);
    expect(refusal(await send({ body: 'query=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } }))).toEqual([400, 'BAD_REQUEST']);
    const long = await post(`{ __typename } # ${'x'.repeat(2_100_000)}`);
    expect([long.status, long.body.errors[0].message]).toEqual([413, expect.stringContaining('Payload Too Large')]);
  });

  it('limits what a document may hold before it is parsed', async () => {
    expect((await post(`{ ${Array.from({ length: 40 }, (_, n) => `a${n}: __typename`).join(' ')} }`)).status).toBe(400);
    expect((await post(`${'{ a '.repeat(5_000)}${'}'.repeat(5_000)}`)).status).toBe(400);
  });

  it('leaves empty argument lists in texts and comments as they are', async () => {
    expect((await post('{ result: configuration() { token() { token() } } # ()\n}')).body.data.result.token.token).toMatch(/==$/);
    const { body } = await post('mutation { result: signCertificateSigningRequest(csr: "()") { caCertificate } }');
    expect(body.errors[0].message).toContain('Error while parsing base64 content');
  });

  it('answers introspection, unless that is switched off', async () => {
    expect((await post(getIntrospectionQuery())).body.data.__schema.queryType.name).toBe('Query');
    const closed = await startConnectorUnderTest({ introspection: false });
    try {
      const answer = await closed.call({ kind: 'token', authId: await closed.identity() }, getIntrospectionQuery());
      expect([answer.status, answer.data]).toEqual([422, null]);
    } finally {
      await closed.stop();
    }
  });

  it('serves health and a page, and says where operations go', async () => {
    expect(await (await fetch(`${connector.url}/healthz`)).text()).toBe('ok');
    const page = await fetch(`${connector.url}/`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const nothing = await fetch(`${connector.url}/else`, { method: 'POST' });
    expect([nothing.status, ((await nothing.json()) as Json).errors[0].message]).toEqual([
      404,
      'there is nothing at this address: operations are sent to /graphql',
    ]);
  });

  it('answers 503 while the registry is away, and works again when it is back', async () => {
    const away = await startConnectorUnderTest();
    startLog({ service: 'connector', level: 'silent' });
    const identity: Credential = { kind: 'token', authId: await away.identity() };
    const name = new URL(away.scene.database.adminUrl).pathname.slice(1);
    const server = new URL(away.scene.database.adminUrl);
    server.pathname = '/postgres';
    try {
      await asAdmin(server.href, async (client) => {
        await client.query(`alter database ${name} connection limit 0`);
        await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
      });
      const answer = await away.call(identity, '{ configuration { token { token } } }');
      expect([answer.status, answer.errors[0].extensions.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
      await asAdmin(server.href, (client) => client.query(`alter database ${name} connection limit -1`));
      expect((await away.call(identity, '{ configuration { token { token } } }')).errors).toBeUndefined();
    } finally {
      startLog({ service: 'connector', level: 'error' });
      await away.stop();
    }
  });
});
