import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLog } from '@binnacle/log/log';
import { burnToken } from '@binnacle/trust/burn-token';
import { createKeyedHash } from '@binnacle/trust/keyed-hash';
import { mintToken } from '@binnacle/trust/mint-token';
import { tenantId } from '@binnacle/registry/tenant-id';
import { behindTheScenes, type DirectorUnderTest, startDirectorUnderTest } from '../testing/director-under-test.ts';

/** Forms in which a text could lie somewhere: as it is, its bytes in hexadecimal as Postgres prints them, base64. */
const formsOf = (secret: string): readonly string[] => [
  secret,
  Buffer.from(secret).toString('hex'),
  // Whole groups of three bytes, so that what stands before or after the text does not change its middle.
  ...[0, 1, 2].map((skip) => Buffer.from(secret.slice(skip, skip + Math.floor((secret.length - skip) / 3) * 3)).toString('base64')),
];

describe('tokens and secrets at rest', () => {
  let director: DirectorUnderTest;
  let lines = '';
  beforeAll(async () => {
    director = await startDirectorUnderTest();
    startLog({ service: 'director', level: 'debug', destination: { write: (line) => (lines += line) } });
  });
  afterAll(() => director.stop());

  /** Every row of every table, as text. */
  async function everything(): Promise<string> {
    const tables = await behindTheScenes(director, `select tablename from pg_tables where schemaname = 'public'`);
    const dumps: string[] = [];
    for (const { tablename } of tables) {
      const rows = await behindTheScenes(director, `select t::text as row from "${tablename}" t`);
      dumps.push(`${tablename}: ${rows.map(({ row }) => row as string).join('\n')}`);
    }
    return dumps.join('\n');
  }

  it('are in no table and no log line after a whole life of them', async () => {
    const secrets: string[] = [];
    const tenant = await director.tenant('acme');
    const ask = async (query: string, variables?: object, headers?: Record<string, string>) =>
      (await director.call({ tenant }, query, variables, headers)).data;
    const { a, r, s } = await ask(
      'mutation { a: registerApplication(in: { name: "a" }) { id } r: registerRuntime(in: { name: "r" }) { id } s: registerIntegrationSystem(in: { name: "s" }) { id } }',
    );
    for (const suggest_token of ['false', 'true']) {
      const all = await ask(
        `mutation { a: requestOneTimeTokenForApplication(id: "${a.id}") { token raw rawEncoded legacyConnectorURL } r: requestOneTimeTokenForRuntime(id: "${r.id}") { token raw rawEncoded } }`,
        undefined,
        { suggest_token, scenario_groups: 'g' },
      );
      secrets.push(...[all.a, all.r].flatMap(({ raw, rawEncoded }) => [JSON.parse(raw).token as string, rawEncoded as string]));
    }
    const clients = await ask(`mutation {
      a: requestClientCredentialsForApplication(id: "${a.id}") { id auth { credential { ... on OAuthCredentialData { clientSecret } } } }
      r: requestClientCredentialsForRuntime(id: "${r.id}") { auth { credential { ... on OAuthCredentialData { clientSecret } } } }
      s: requestClientCredentialsForIntegrationSystem(id: "${s.id}") { auth { credential { ... on OAuthCredentialData { clientSecret } } } } }`);
    for (const { auth } of [clients.a, clients.r, clients.s]) secrets.push(auth.credential.clientSecret);

    // Spent, made anew, looked up, told back by an internal caller, asked for with what is wrong, shown, ended.
    const [first = ''] = secrets;
    const hashes = createKeyedHash([director.envelopeKey], 'one-time-token');
    const burned = await director.registry.asGlobal('test', (work) => burnToken(work, hashes, { token: first, use: 'configuration' }));
    if (burned.kind !== 'burned') throw new Error(burned.kind);
    const { authId } = burned.identity;
    const again = await director.registry.asTenant(tenantId(tenant), (work) =>
      mintToken(work, hashes, { authId, lifetimeSeconds: { Application: 300, Runtime: 3600 } }),
    );
    const second = again?.token ?? '';
    secrets.push(second, 'pass-word-of-a-basic-credential');
    await ask(`{ systemAuthByToken(token: "${second}") { id auth { oneTimeToken { token } } } }`);
    await ask('query ($token: String!) { systemAuthByToken(token: $token) { id } }', { token: first });
    await ask(`{ systemAuthByToken(token: "${first}", unknown: 1) { id } }`);
    await ask(`mutation ($in: AuthInput!) { updateSystemAuth(authID: "${authId}", in: $in) { id } }`, {
      in: {
        credential: { basic: { username: 'u', password: 'pass-word-of-a-basic-credential' } },
        oneTimeToken: { token: second, used: true, expiresAt: '2030-01-01T00:00:00Z', createdAt: '2026-01-01T00:00:00Z', usedAt: '2026-01-01T00:00:00Z' },
      },
    });
    await director.call({ tenant, scopes: [] }, `mutation { requestOneTimeTokenForApplication(id: "${a.id}", systemAuthID: "${second}") { token } }`);
    await ask(`{ application(id: "${a.id}") { auths { auth { credential { ... on OAuthCredentialData { clientSecret } } oneTimeToken { token raw } } } } }`);
    await ask(
      `mutation { deleteSystemAuthForApplication(authID: "${clients.a.id}") { id auth { credential { ... on OAuthCredentialData { clientSecret } } } } }`,
    );

    const kept = await everything();
    // The dump sees what is there: names in clear, and sealed and hashed columns.
    expect(kept).toContain('https://gateway.example.com/connector/graphql');
    expect(kept).toContain(hashes.hash(second).toString('hex'));
    expect(lines).toContain('operation finished');
    expect(secrets).toHaveLength(13);
    expect(kept).toContain('systemAuthID');
    for (const form of secrets.flatMap(formsOf)) {
      expect(form.length).toBeGreaterThan(20);
      expect(kept.includes(form)).toBe(false);
      expect(lines.includes(form)).toBe(false);
    }
  });
});
