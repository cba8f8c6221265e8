import type { GlobalWork } from '@binnacle/registry/work';
import type { IdentityKind } from '@binnacle/trust/system-auths';
import { sealAuth } from '../bundles/content.ts';
import type { Call } from '../call.ts';
import { authFrom } from './auth.ts';
import { globalSystemAuthsOf } from './repository.ts';

type Input = Readonly<Record<string, unknown>>;

/**
 * Puts an auth in the place of the one an identity has. A token that the input repeats stays, and counts as used when the input says so; left
 * out, it is gone: that is what a first call by certificate does. The token's text is not taken over: only hashes of tokens are kept.
 * @throws DomainError NotFound
 */
export async function updateSystemAuth(work: GlobalWork, call: Call, authId: string, input: Input): Promise<{ readonly kind: IdentityKind }> {
  const auths = globalSystemAuthsOf(work);
  const { kind, objectId, secretId } = await auths.require(authId);
  const { certCommonName, ...auth } = authFrom(input);
  const sealed = sealAuth(call, auth);
  await auths.addSecret(sealed, kind, objectId);
  const token = input['oneTimeToken'] as { used?: boolean } | null | undefined;
  await auths.replace(authId, { secretId: sealed.id, oldSecretId: secretId, certCommonName: certCommonName || null, keepToken: Boolean(token) });
  if (token?.used) await auths.spendToken(authId);
  return { kind };
}
