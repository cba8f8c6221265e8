import type { KeyedHash } from '@binnacle/trust/keyed-hash';
import type { TokenLifetimes } from '@binnacle/trust/mint-token';

/** Where what is minted here is spent. */
export interface TrustSettings {
  /** Address of the Connector for holders of one-time tokens. */
  readonly connectorUrl: string;
  /** Address of the older REST connector's information page; the token is put behind it. */
  readonly legacyConnectorUrl: string;
  /** Address of the OAuth2 token endpoint. */
  readonly tokenEndpointUrl: string;
  readonly tokenLifetimes: TokenLifetimes;
  /**
   * Whether holders of the `auths:read` scopes read client secrets again later, as existing clients do; else they are in the answer that made
   * them and nowhere after that.
   */
  readonly clientSecretsReadable: boolean;
  /** Addresses of pairing adapters by integration system, as they are now. */
  readonly pairingAdapters: () => Promise<Readonly<Record<string, string>>>;
}

/** What making credentials needs. */
export interface TrustServices {
  readonly tokenHashes: KeyedHash;
  readonly secretHashes: KeyedHash;
  readonly settings: TrustSettings;
}
