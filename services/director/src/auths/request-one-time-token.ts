import { DomainError } from '@binnacle/errors/domain-error';
import type { TenantWork } from '@binnacle/registry/work';
import { type MintedToken, mintToken, type TokenConsumer } from '@binnacle/trust/mint-token';
import { addIdentity } from '@binnacle/trust/system-auths';
import type { Call } from '../call.ts';
import { requireOwner } from '../require-owner.ts';
import { mintedTokenAnswer } from './one-time-token.ts';
import { systemAuthsOf, type TokenApplication } from './repository.ts';

export interface TokenRequest {
  readonly kind: TokenConsumer;
  readonly id: string;
  /** The identity that is to get another token, in the place of a new one. */
  readonly authId: string | undefined;
  /** SHA-256 (hex) of the only key that the token may enrol. */
  readonly boundSpkiSha256?: string;
}

type TokenAnswer = Readonly<Record<string, unknown>>;

/**
 * Mints a one-time token for an Application or Runtime, on a new identity or on one that it has.
 * @param fromAdapter a token that a pairing adapter made: shown in the place of ours, which then nobody knows
 * @throws DomainError NotFound, Unauthorized when the object or the identity is not the tenant's
 */
export async function requestOneTimeToken(work: TenantWork, call: Call, request: TokenRequest, fromAdapter?: string): Promise<TokenAnswer> {
  const application = await requireSubject(work, request);
  const authId = request.authId ?? call.newId();
  if (request.authId === undefined) {
    const { kind, id: objectId, boundSpkiSha256 } = request;
    await addIdentity(work, { id: authId, kind, objectId, ...(boundSpkiSha256 ? { boundSpkiSha256 } : {}) });
  }
  const { settings, tokenHashes } = call.trust;
  const minted = await mintToken(work, tokenHashes, {
    authId,
    lifetimeSeconds: settings.tokenLifetimes,
    connectorUrl: fromAdapter === undefined ? settings.connectorUrl : '',
    legacyConnectorUrl: request.kind === 'Application' ? settings.legacyConnectorUrl : '',
    scenarioGroups: call.hints.scenarioGroups,
  });
  if (!minted) throw new DomainError('NotFound', { object: 'systemAuth' });
  return suggested(fromAdapter === undefined ? minted : { ...minted, token: fromAdapter }, application, call);
}

/** Whose token it is to be: the object that is named, which must be that of a named identity too. */
async function requireSubject(work: TenantWork, { kind, id, authId }: TokenRequest): Promise<TokenApplication | undefined> {
  let objectId = id;
  if (authId !== undefined) {
    const owned = await systemAuthsOf(work).requireOwned(authId, kind, 'systemAuthID');
    // Clients that renew a token leave the object out.
    if (id !== '' && id !== owned.objectId) throw new DomainError('NotFound', { object: 'systemAuth' });
    objectId = owned.objectId;
  }
  if (kind === 'Application') return systemAuthsOf(work).requireApplication(objectId);
  if (authId === undefined) await requireOwner(work, 'runtime', objectId);
  return undefined;
}

/** With the header `suggest_token`, an Application's token comes in the form that its kind of client is to be given. */
function suggested(minted: MintedToken, application: TokenApplication | undefined, { hints }: Call): TokenAnswer {
  const answer = mintedTokenAnswer(minted);
  if (!application || !hints.suggestToken) return answer;
  if (application.legacy) return { ...answer, token: answer.legacyConnectorURL };
  return application.integrationSystemId === undefined ? { ...answer, token: answer.rawEncoded } : answer;
}
