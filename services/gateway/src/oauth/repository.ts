import type { ConsumerType } from '@binnacle/internal-token/caller';
import type { Registry } from '@binnacle/registry/registry';
import { OWNER_KIND } from '@binnacle/registry/tables';
import type { KeyedHash } from '@binnacle/trust/keyed-hash';

const REASON = 'OAuth2 clients and their tokens are found before their tenant is known';
const KIND = 'ClientCredentials';

/** An OAuth2 client: the credential of one Application, Runtime or Integration System. */
export interface OAuthClient {
  readonly id: string;
  readonly type: ConsumerType;
  readonly secretHash: string;
  /** Scopes of this client alone; undefined: those of its kind. */
  readonly scopes: readonly string[] | undefined;
}

/** Whom a client stands for. */
export interface ClientIdentity {
  readonly clientId: string;
  readonly type: ConsumerType;
  /** Id of the Application, Runtime or Integration System. */
  readonly objectId: string;
  readonly scopes: readonly string[] | undefined;
  /** Of Applications and Runtimes; its internal id only while it is active. */
  readonly tenant: { readonly id: string | undefined; readonly externalId: string } | undefined;
}

/** A token that works now. Seconds, by the database's clock. */
export interface StoredToken {
  readonly clientId: string;
  readonly scope: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** A token that works now, with whom it stands for. */
export interface TokenIdentity extends ClientIdentity {
  /** As it was asked for, separated by blanks. */
  readonly scope: string;
  readonly millisecondsLeft: number;
}

const TYPES: Readonly<Record<number, ConsumerType>> = {
  [OWNER_KIND.application]: 'Application',
  [OWNER_KIND.runtime]: 'Runtime',
  [OWNER_KIND.integration_system]: 'Integration System',
};
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const IDENTITY = `auth.id, auth.ref_kind, auth.ref_id, auth.oauth_scopes, case when tenant.status = 'active' then tenant.id end, tenant.external_id`;

/** All SQL of the OAuth2 server. Tokens lie in the database as their keyed hash. */
export function oauthRepository(registry: Registry, tokenHash: KeyedHash) {
  return {
    async findClient(id: string): Promise<OAuthClient | undefined> {
      if (!UUID.test(id)) return undefined;
      const [row] = await registry.read(
        {
          name: 'oauth.client',
          text: 'select id, ref_kind, oauth_client_secret_hash, oauth_scopes from system_auth where id = $1 and oauth_client_secret_hash is not null',
          values: [id],
        },
        'global',
      );
      const type = TYPES[Number(row?.[1])];
      return row && type && { id: String(row[0]), type, secretHash: String(row[2]), scopes: (row[3] as string[] | null) ?? undefined };
    },

    /** False when the client has been deleted meanwhile. */
    async addToken(token: string, clientId: string, scope: string, seconds: number): Promise<boolean> {
      const rows = await registry.asGlobal(REASON, (work) =>
        work.query(
          'oauth.addToken',
          `insert into oauth_token (kind, hash, client_id, payload, expires_at)
            select '${KIND}', $1, id, jsonb_build_object('scope', $3::text), now() + make_interval(secs => $4)
            from system_auth where id = $2 and oauth_client_secret_hash is not null for key share returning kind`,
          [tokenHash.hash(token), clientId, scope, seconds],
        ),
      );
      return rows.length === 1;
    },

    async findToken(token: string): Promise<StoredToken | undefined> {
      const [row] = await registry.read(
        {
          name: 'oauth.token',
          text: `select client_id, payload ->> 'scope', floor(extract(epoch from created_at))::float8, floor(extract(epoch from expires_at))::float8
            from oauth_token where kind = '${KIND}' and hash = any($1::bytea[]) and expires_at > now() and revoked_at is null`,
          values: [tokenHash.candidates(token)],
        },
        'global',
      );
      return row && { clientId: String(row[0]), scope: String(row[1]), issuedAt: Number(row[2]), expiresAt: Number(row[3]) };
    },

    /** Gateways that remember the token are told. */
    async revokeToken(token: string): Promise<void> {
      await registry.asGlobal(REASON, (work) =>
        work.query(
          'oauth.revokeToken',
          `update oauth_token set revoked_at = now() where kind = '${KIND}' and hash = any($1::bytea[]) and revoked_at is null
            returning pg_notify('system_auth_changed', client_id::text)`,
          [tokenHash.candidates(token)],
        ),
      );
    },

    async findTokenIdentity(token: string): Promise<TokenIdentity | undefined> {
      const [row] = await registry.read(
        {
          name: 'oauth.tokenIdentity',
          text: `select ${IDENTITY}, token.payload ->> 'scope', (extract(epoch from token.expires_at - now()) * 1000)::float8
            from oauth_token token join system_auth auth on auth.id = token.client_id left join tenant on tenant.id = auth.tenant_id
            where token.kind = '${KIND}' and token.hash = any($1::bytea[]) and token.expires_at > now() and token.revoked_at is null and auth.oauth_client_secret_hash is not null`,
          values: [tokenHash.candidates(token)],
        },
        'global',
      );
      const identity = row && identityOf(row);
      return identity && { ...identity, scope: String(row[6]), millisecondsLeft: Number(row[7]) };
    },

    /** For tokens of another OAuth2 server, whose clients have the same ids. */
    async findClientIdentity(clientId: string): Promise<ClientIdentity | undefined> {
      if (!UUID.test(clientId)) return undefined;
      const [row] = await registry.read(
        {
          name: 'oauth.clientIdentity',
          text: `select ${IDENTITY} from system_auth auth left join tenant on tenant.id = auth.tenant_id where auth.id = $1 and auth.oauth_client_secret_hash is not null`,
          values: [clientId],
        },
        'global',
      );
      return row && identityOf(row);
    },

    /** Drops tokens that work no longer, a part at a time; answers how many. */
    async dropDeadTokens(limit: number): Promise<number> {
      const rows = await registry.asGlobal(REASON, (work) =>
        work.query(
          'oauth.dropDeadTokens',
          `delete from oauth_token where (kind, hash) in
            (select kind, hash from oauth_token where expires_at < now() or revoked_at is not null limit $1 for update skip locked) returning kind`,
          [limit],
        ),
      );
      return rows.length;
    },
  };
}

export type OAuthRepository = ReturnType<typeof oauthRepository>;

function identityOf(row: readonly unknown[]): ClientIdentity | undefined {
  const [clientId, refKind, objectId, scopes, tenantId, externalId] = row;
  const type = TYPES[Number(refKind)];
  if (!type) return undefined;
  return {
    clientId: String(clientId),
    type,
    objectId: String(objectId),
    scopes: (scopes as string[] | null) ?? undefined,
    tenant: externalId === null ? undefined : { id: (tenantId as string | null) ?? undefined, externalId: String(externalId) },
  };
}
