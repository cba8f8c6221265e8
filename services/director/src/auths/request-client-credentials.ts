import type { GlobalWork, TenantWork } from '@binnacle/registry/work';
import { newClientSecret } from '@binnacle/trust/client-credentials';
import { addIdentity, type IdentityKind } from '@binnacle/trust/system-auths';
import { type SecretRow, sealAuth } from '../bundles/content.ts';
import type { Call } from '../call.ts';
import type { Auth } from './auth.ts';

/** The new identity, and the credential that its answer shows. */
export interface NewClient {
  readonly authId: string;
  readonly revealed: Auth;
}

/**
 * Makes an OAuth client: its id is that of a new identity. The secret is kept as a keyed hash, and sealed where it may be read again.
 * Whoever calls has checked that the object is the tenant's.
 */
export async function requestClientCredentials(
  work: TenantWork | GlobalWork,
  call: Call,
  owner: { readonly kind: IdentityKind; readonly objectId: string },
  addSecret: (secret: SecretRow, kind: IdentityKind, objectId: string) => Promise<void>,
): Promise<NewClient> {
  const authId = call.newId();
  const { settings, secretHashes } = call.trust;
  const { secret, hash } = newClientSecret(secretHashes);
  const credential = (clientSecret: string): Auth => ({ credential: { oauth: { clientId: authId, clientSecret, url: settings.tokenEndpointUrl } } });
  const sealed = sealAuth(call, credential(settings.clientSecretsReadable ? secret : ''));
  await addSecret(sealed, owner.kind, owner.objectId);
  await addIdentity(work, { id: authId, kind: owner.kind, objectId: owner.objectId, oauthSecretHash: hash, secretId: sealed.id });
  return { authId, revealed: credential(secret) };
}
