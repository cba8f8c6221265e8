import { createHmac } from 'node:crypto';
import { ConstraintViolation } from '@binnacle/registry/registry-error';
import type { Registry } from '@binnacle/registry/registry';
import type { KeyedHash } from '@binnacle/trust/keyed-hash';
import { mintToken, type TokenLifetimes } from '@binnacle/trust/mint-token';
import type { Audit } from '../audit.ts';
import type { ConnectorContext } from '../graphql/resolvers.ts';
import type { TokenIdentity } from '../identity/identity.ts';

export interface ReissueOptions {
  readonly registry: Registry;
  readonly hashes: KeyedHash;
  /** Secret under which the answers to repeated requests are the same. */
  readonly repeatKey: Buffer;
  readonly lifetimeSeconds: TokenLifetimes;
  readonly audit: Audit;
}

/**
 * Puts a new token on the identity, in place of the one that was spent for this call. With an idempotency key the new token follows from
 * the spent one and the key, so that the same request, repeated because its answer got lost, gets the same answer.
 */
export function createReissueToken({ registry, hashes, repeatKey, lifetimeSeconds, audit }: ReissueOptions) {
  return async ({ authId, tokenId }: TokenIdentity, { idempotencyKey, requestId, caller }: ConnectorContext): Promise<string | undefined> => {
    const token = tokenId !== undefined && idempotencyKey !== undefined ? repeatableToken(repeatKey, tokenId, idempotencyKey) : undefined;
    try {
      const minted = await registry.asGlobal('connector: token for the next step of an enrolment', async (work) => {
        const made = await mintToken(work, hashes, { authId, lifetimeSeconds, ...(token === undefined ? {} : { token }) });
        const event = { action: 'token.reissued', authId, tenant: caller.tenant, requestId } as const;
        if (made) await audit.record({ ...event, object: { type: 'OneTimeToken', id: made.id } }, work);
        return made;
      });
      return minted?.token;
    } catch (error) {
      // Minted by the first of the repeated requests.
      if (error instanceof ConstraintViolation && error.constraint === 'one_time_token_hash') return token;
      throw error;
    }
  };
}

function repeatableToken(repeatKey: Buffer, tokenId: string, idempotencyKey: string): string {
  const bytes = createHmac('sha512', repeatKey).update(`${tokenId}\0${idempotencyKey}`).digest();
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
