import { createKeyedHash } from '@binnacle/trust/keyed-hash';
import type { TrustServices, TrustSettings } from '../auths/trust-services.ts';

const SETTINGS: TrustSettings = {
  connectorUrl: 'https://gateway.example.com/connector/graphql',
  legacyConnectorUrl: 'https://gateway.example.com/v1/applications/signingRequests/info',
  tokenEndpointUrl: 'https://gateway.example.com/oauth2/token',
  tokenLifetimes: { Application: 300, Runtime: 3600 },
  clientSecretsReadable: true,
  pairingAdapters: () => Promise.resolve({}),
};

/** What making credentials needs, under an envelope key of a test's own. */
export function testTrust(envelopeKey: Buffer, settings: Partial<TrustSettings> = {}): TrustServices {
  return {
    tokenHashes: createKeyedHash([envelopeKey], 'one-time-token'),
    secretHashes: createKeyedHash([envelopeKey], 'client-secret'),
    settings: { ...SETTINGS, ...settings },
  };
}
