import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { scopesOfConsumer } from '../authentication/consumer-scopes.ts';
import type { OAuthRepository } from './repository.ts';

export interface ProviderStoreOptions {
  readonly repository: Pick<OAuthRepository, 'findClient' | 'addToken' | 'findToken' | 'revokeToken'>;
  /** Called before a client is looked for; throws for one that must wait. */
  readonly admit: (clientId: string) => void;
  /** Called before a token is stored; throws for a client that must wait. */
  readonly admitIssue: (clientId: string) => void;
  readonly onUnknownClient: (clientId: string) => void;
}

/** Where a client of the provider carries the scopes that it may ask for. */
export const OWNED_SCOPES = 'owned_scopes';

/** What the provider does not keep here: it has no users, so no sessions, grants or codes. */
const NOTHING: Adapter = {
  upsert: () => Promise.reject(new Error('this provider keeps clients and their tokens only')),
  find: () => Promise.resolve(),
  findByUserCode: () => Promise.resolve(),
  findByUid: () => Promise.resolve(),
  consume: () => Promise.resolve(),
  destroy: () => Promise.resolve(),
  revokeByGrantId: () => Promise.resolve(),
};

/** The provider's storage: clients are system auths, tokens are rows that hold a hash of them. */
export function providerStore(options: ProviderStoreOptions): (name: string) => Adapter {
  return (name) => {
    if (name === 'Client') return { ...NOTHING, find: (id) => findClient(options, id) };
    if (name === 'ClientCredentials') return tokens(options);
    return NOTHING;
  };
}

async function findClient({ repository, admit, onUnknownClient }: ProviderStoreOptions, id: string): Promise<AdapterPayload | undefined> {
  admit(id);
  const client = await repository.findClient(id);
  if (!client) {
    onUnknownClient(id);
    return undefined;
  }
  return {
    client_id: client.id,
    // A hash: the provider's own comparison is replaced.
    client_secret: client.secretHash,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    // Nobody logs in here, so no such token is ever signed; but the provider wants an algorithm, and this one needs no key pair.
    id_token_signed_response_alg: 'HS256',
    [OWNED_SCOPES]: [...(client.scopes ?? scopesOfConsumer(client.type))],
  };
}

function tokens({ repository, admitIssue }: ProviderStoreOptions): Adapter {
  return {
    ...NOTHING,
    async upsert(token, { clientId = '', scope = '' }, seconds = 0) {
      admitIssue(clientId);
      if (!(await repository.addToken(token, clientId, scope, seconds))) throw new errors.InvalidClientAuth('the client has just been deleted');
    },
    async find(token) {
      const found = await repository.findToken(token);
      return (
        found && {
          jti: token,
          kind: 'ClientCredentials',
          clientId: found.clientId,
          iat: found.issuedAt,
          exp: found.expiresAt,
          ...(found.scope === '' ? {} : { scope: found.scope }),
        }
      );
    },
    destroy: (token) => repository.revokeToken(token),
  };
}
