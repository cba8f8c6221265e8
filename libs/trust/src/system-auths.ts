import { OWNER_KIND } from '@binnacle/registry/tables';
import { isUuid } from '@binnacle/registry/tenant-id';
import type { GlobalWork } from '@binnacle/registry/work';
import type { Registry } from '@binnacle/registry/registry';
import { type AnyWork, ask } from './any-work.ts';

/** What an identity belongs to; `system_auth.ref_kind`. */
export const IDENTITY_KIND = { Application: OWNER_KIND.application, Runtime: OWNER_KIND.runtime, 'Integration System': OWNER_KIND.integration_system } as const;

export type IdentityKind = keyof typeof IDENTITY_KIND;

/** One system auth: who calls, when a token, an OAuth client or a certificate names it. */
export interface Identity {
  /** Also the OAuth client's id and the certificate's common name. */
  readonly id: string;
  readonly kind: IdentityKind;
  /** Id of the Application, Runtime or Integration System. */
  readonly objectId: string;
  /** Internal id; undefined for Integration Systems, which choose a tenant for each call. */
  readonly tenant: string | undefined;
  readonly certCommonName: string | undefined;
  readonly hasOAuthClient: boolean;
  /** Scopes of the OAuth client; undefined: those configured for its kind. */
  readonly oauthScopes: readonly string[] | undefined;
  /** SHA-256 (hex) of the only key that may be enrolled with a token. */
  readonly boundSpkiSha256: string | undefined;
}

export interface NewIdentity {
  readonly id: string;
  readonly kind: IdentityKind;
  readonly objectId: string;
  readonly oauthSecretHash?: string;
  /** Id of a sealed auth. */
  readonly secretId?: string;
  readonly boundSpkiSha256?: string;
}

/** Makes an identity of the work's tenant, or of none for an Integration System. Whoever calls has checked that the object is the tenant's. */
export async function addIdentity(work: AnyWork, identity: NewIdentity): Promise<void> {
  await ask(work, 'identities.add', ADD, [
    identity.id,
    IDENTITY_KIND[identity.kind],
    identity.objectId,
    identity.oauthSecretHash ?? null,
    identity.secretId ?? null,
    identity.boundSpkiSha256 ?? null,
  ]);
}

/** The identity with this id, if there (still) is one. One statement, outside any transaction: for each first call of a client. */
export async function findIdentity(registry: Registry, id: string): Promise<Identity | undefined> {
  if (!isUuid(id)) return undefined;
  const [row] = await registry.read({ name: 'identities.find', text: FIND, values: [id] }, 'global');
  return row && identityFrom(row);
}

/** A certificate of this identity was used for the first time: from now on its certificate is what it shows, and its token is gone. */
export async function noteCertificateUse(work: GlobalWork, id: string): Promise<void> {
  await work.query('identities.certificateUsed', CERTIFICATE_USED, [id]);
}

const KIND_OF: Readonly<Record<number, IdentityKind>> = { 1: 'Application', 2: 'Runtime', 4: 'Integration System' };

function identityFrom(row: readonly unknown[]): Identity {
  const [id, kind, objectId, tenant, certCommonName, hasOAuthClient, oauthScopes, bound] = row;
  return {
    id: String(id),
    kind: KIND_OF[Number(kind)] ?? 'Application',
    objectId: String(objectId),
    tenant: typeof tenant === 'string' ? tenant : undefined,
    certCommonName: typeof certCommonName === 'string' ? certCommonName : undefined,
    hasOAuthClient: hasOAuthClient === true,
    oauthScopes: Array.isArray(oauthScopes) ? (oauthScopes as string[]) : undefined, // text[] of the table
    boundSpkiSha256: typeof bound === 'string' ? bound : undefined,
  };
}

const ADD = `/* identities.add */ insert into system_auth (id, ref_kind, ref_id, tenant_id, oauth_client_secret_hash, auth_id, bound_spki_sha256)
  values ($2, $3::smallint, $4, case when $3::smallint = 4 then null else $1::uuid end, $5, $6, decode($7, 'hex'))`;

const FIND = `/* identities.find */ select id, ref_kind, ref_id, tenant_id, cert_cn, oauth_client_secret_hash is not null, oauth_scopes, encode(bound_spki_sha256, 'hex')
  from system_auth where id = $1`;

const CERTIFICATE_USED = `/* identities.certificateUsed */
  update system_auth set cert_cn = id::text, current_token_id = null, updated_at = now() where id = $1 and cert_cn is distinct from id::text`;
