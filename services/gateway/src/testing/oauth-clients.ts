import { randomUUID } from 'node:crypto';
import { asAdmin } from '@binnacle/testkit/test-database';
import { newClientSecret } from '@binnacle/trust/client-credentials';
import { createKeyedHash } from '@binnacle/trust/keyed-hash';
import type { GatewayUnderTest } from './gateway-under-test.ts';

const TENANTS = { acme: '11111111-1111-7111-8111-111111111111', globex: '22222222-2222-7222-8222-222222222222' } as const;

/** Credentials of an object that was made for them. */
export interface TestClient {
  readonly id: string;
  readonly secret: string;
  readonly objectId: string;
}

/** Makes an Application, Runtime (both of a tenant) or Integration System, and client credentials for it. */
export async function addClient(
  under: GatewayUnderTest,
  kind: 'application' | 'runtime' | 'integration_system',
  options: { readonly tenant?: keyof typeof TENANTS; readonly scopes?: readonly string[] } = {},
): Promise<TestClient> {
  const { secret, hash } = newClientSecret(createKeyedHash(under.envelopeKeys, 'client-secret'));
  const [id, objectId] = [randomUUID(), randomUUID()];
  const tenant = TENANTS[options.tenant ?? 'acme'];
  await asAdmin(under.database.adminUrl, async (client) => {
    if (kind === 'integration_system') await client.query('insert into integration_system (id, name) values ($1::uuid, $1::text)', [objectId]);
    else if (kind === 'runtime')
      await client.query('insert into runtime (id, owner_tenant, name, readers) values ($1::uuid, $2::uuid, $1::text, array[$2::uuid])', [objectId, tenant]);
    else
      await client.query(
        'insert into application (id, owner_tenant, name, norm_name, readers) values ($1::uuid, $2::uuid, $1::text, $1::text, array[$2::uuid])',
        [objectId, tenant],
      );
    await client.query('insert into system_auth (id, ref_kind, ref_id, tenant_id, oauth_client_secret_hash, oauth_scopes) values ($1, $2, $3, $4, $5, $6)', [
      id,
      { application: 1, runtime: 2, integration_system: 4 }[kind],
      objectId,
      kind === 'integration_system' ? null : tenant,
      hash,
      options.scopes ?? null,
    ]);
  });
  return { id, secret, objectId };
}

/** As the Director does it when the credential, or what it belongs to, goes. */
export async function deleteClient(under: GatewayUnderTest, id: string): Promise<void> {
  await asAdmin(under.database.adminUrl, (client) => client.query('delete from system_auth where id = $1', [id]));
}

export interface OAuthAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A form sent to the OAuth2 server; `client` shows itself by HTTP Basic. */
export async function sendForm(
  under: GatewayUnderTest,
  path: string,
  form: Readonly<Record<string, string>>,
  client?: Pick<TestClient, 'id' | 'secret'>,
  headers: Readonly<Record<string, string>> = {},
): Promise<OAuthAnswer> {
  const response = await fetch(under.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(client ? { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` } : {}),
      ...headers,
    },
    body: new URLSearchParams(form).toString(),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

/** A token of the client, with all its scopes unless some are named. */
export async function fetchToken(under: GatewayUnderTest, client: TestClient, scope?: string): Promise<string> {
  const { body, text } = await sendForm(under, '/oauth2/token', { grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) }, client);
  if (typeof body['access_token'] !== 'string') throw new Error(`no token: ${text}`);
  return body['access_token'];
}
