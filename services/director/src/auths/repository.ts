import { DomainError } from '@binnacle/errors/domain-error';
import type { GlobalWork, TenantWork } from '@binnacle/registry/work';
import { IDENTITY_KIND, type IdentityKind } from '@binnacle/trust/system-auths';
import { judgeOwner, requireId } from '../require-owner.ts';

/** What asking for a token has to know of an Application. */
export interface TokenApplication {
  readonly integrationSystemId: string | undefined;
  readonly legacy: boolean;
}

export const systemAuthsOf = (work: TenantWork) => ({
  /**
   * The Application, for a token that it is to get.
   * @throws DomainError NotFound when the tenant does not see it; Unauthorized when it only sees it
   */
  async requireApplication(id: string): Promise<TokenApplication> {
    requireId(id, 'id');
    const [row] = await work.query<{ owner: boolean | null; integration_system_id: string | null; legacy: boolean | null }>('auths.application', APPLICATION, [
      id,
    ]);
    judgeOwner(row?.owner, 'application');
    return { integrationSystemId: row?.integration_system_id ?? undefined, legacy: row?.legacy ?? false };
  },

  /**
   * The system auth of an Application or Runtime that this tenant owns.
   * @throws DomainError NotFound when there is none of this kind that the tenant could see; Unauthorized when it only sees its object
   */
  async requireOwned(authId: string, kind: IdentityKind | undefined, argument = 'authID'): Promise<{ readonly objectId: string; readonly kind: IdentityKind }> {
    requireId(authId, argument);
    const [row] = await work.query<{ ref_kind: number; ref_id: string; owner: boolean | null }>('auths.owner', OWNER, [
      authId,
      kind === undefined ? null : IDENTITY_KIND[kind],
    ]);
    judgeOwner(row?.owner, 'systemAuth');
    return { objectId: row?.ref_id ?? '', kind: row?.ref_kind === IDENTITY_KIND.Application ? 'Application' : 'Runtime' };
  },

  async remove(authId: string): Promise<void> {
    await work.query('auths.remove', `with own as (select $1::uuid) delete from system_auth where id = $2`, [authId]);
  },

  /** Writes a sealed credential of an Application or Runtime. */
  async addSecret(secret: SecretColumns, kind: IdentityKind, objectId: string): Promise<void> {
    await work.query('auths.secret', `with own as (select $1::uuid) ${ADD_SECRET}`, [
      secret.id,
      secret.kind,
      kind === 'Integration System' ? null : IDENTITY_KIND[kind],
      objectId,
      secret.key_id,
      secret.ciphertext,
    ]);
  },
});

interface SecretColumns {
  readonly id: string;
  readonly kind: string;
  readonly key_id: string;
  readonly ciphertext: string;
}

export const globalSystemAuthsOf = (work: GlobalWork) => ({
  /** @throws DomainError NotFound */
  async require(
    authId: string,
    kind?: IdentityKind,
  ): Promise<{ readonly kind: IdentityKind; readonly objectId: string; readonly secretId: string | undefined }> {
    requireId(authId, 'authID');
    const [row] = await work.query<{ ref_kind: number; ref_id: string; auth_id: string | null }>(
      'auths.find',
      'select ref_kind, ref_id, auth_id from system_auth where id = $1 and ($2::smallint is null or ref_kind = $2) for update',
      [authId, kind === undefined ? null : IDENTITY_KIND[kind]],
    );
    if (!row) throw new DomainError('NotFound', { object: 'systemAuth' });
    return { kind: kindOf(row.ref_kind), objectId: row.ref_id, secretId: row.auth_id ?? undefined };
  },

  async remove(authId: string): Promise<void> {
    await work.query('auths.removeGlobal', 'delete from system_auth where id = $1', [authId]);
  },

  async addSecret(secret: SecretColumns, kind: IdentityKind, objectId: string): Promise<void> {
    const rootless = kind === 'Integration System';
    await work.query('auths.secretGlobal', ADD_SECRET_GLOBAL, [
      secret.id,
      secret.kind,
      rootless ? null : IDENTITY_KIND[kind],
      rootless ? null : objectId,
      secret.key_id,
      secret.ciphertext,
    ]);
  },

  /** Puts another credential in the place of the one that is there; the token that is there goes, unless it is kept. */
  async replace(
    authId: string,
    change: { readonly secretId: string; readonly oldSecretId: string | undefined; readonly certCommonName: string | null; readonly keepToken: boolean },
  ): Promise<void> {
    await work.query('auths.replace', REPLACE, [authId, change.secretId, change.certCommonName, change.keepToken, change.oldSecretId ?? null]);
  },

  /** The current token counts as used from now on. */
  async spendToken(authId: string): Promise<void> {
    await work.query(
      'auths.spendToken',
      `update one_time_token t set used_at = now(), used_for = 'other' from system_auth s where s.id = $1 and t.id = s.current_token_id and t.used_at is null`,
      [authId],
    );
  },
});

const KINDS: Readonly<Record<number, IdentityKind>> = { 1: 'Application', 2: 'Runtime', 4: 'Integration System' };
const kindOf = (refKind: number): IdentityKind => KINDS[refKind] ?? 'Application';

const APPLICATION = `/* auths.application */ select a.integration_system_id, coalesce(a.labels -> 'legacy' in ('true'::jsonb, '"true"'::jsonb), false) as legacy,
    (select bool_or(x.owner) from access x where x.tenant_id = $1 and x.kind = 1 and x.resource_id = a.id) as owner
  from application a where a.id = $2 and a.readers @> array[$1::uuid]`;

const OWNER = `/* auths.owner */ select s.ref_kind, s.ref_id, (select bool_or(x.owner) from access x where x.tenant_id = $1 and x.kind = s.ref_kind and x.resource_id = s.ref_id) as owner
  from system_auth s where s.id = $2 and s.ref_kind in (1, 2) and ($3::smallint is null or s.ref_kind = $3)`;

const ADD_SECRET = `insert into secret (id, kind, root_kind, root_id, key_id, ciphertext) values ($2, $3, $4::smallint, $5::uuid, $6, decode($7, 'base64'))`;
const ADD_SECRET_GLOBAL = `insert into secret (id, kind, root_kind, root_id, key_id, ciphertext) values ($1, $2, $3::smallint, $4::uuid, $5, decode($6, 'base64'))`;

const REPLACE = `/* auths.replace */ with changed as (update system_auth set auth_id = $2, cert_cn = $3, current_token_id = case when $4 then current_token_id end, updated_at = now() where id = $1)
  delete from secret where id = $5::uuid`;
