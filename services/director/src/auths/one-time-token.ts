import type { MintedToken } from '@binnacle/trust/mint-token';

/** A token that is not spent was used at no time. */
export const NEVER = '0001-01-01T00:00:00Z';

/** What stands where a token was, once the answer that minted it has gone. */
export const MASKED = '********';

/** The token with its forms: the only time that it is shown. `scenario_groups` is null for Runtimes, as clients know it. */
export function mintedTokenAnswer(
  minted: MintedToken,
): Readonly<Record<string, unknown>> & { readonly rawEncoded: string; readonly legacyConnectorURL: string } {
  const { token, consumerType } = minted;
  const raw = JSON.stringify({
    token,
    connectorURL: minted.connectorUrl,
    used: false,
    expiresAt: minted.expiresAt.toISOString(),
    createdAt: minted.createdAt.toISOString(),
    usedAt: NEVER,
    type: consumerType,
    scenario_groups: consumerType === 'Application' ? minted.scenarioGroups : null,
  });
  return {
    token,
    connectorURL: minted.connectorUrl,
    legacyConnectorURL: withToken(minted.legacyConnectorUrl, token),
    used: false,
    expiresAt: wholeSeconds(minted.expiresAt),
    createdAt: wholeSeconds(minted.createdAt),
    usedAt: NEVER,
    raw,
    rawEncoded: Buffer.from(raw).toString('base64'),
    type: consumerType,
    scenarioGroups: minted.scenarioGroups,
  };
}

/** Clients look for `token=` and the token as it is: its padding is not encoded. */
export function withToken(url: string, token: string): string {
  return url === '' ? '' : `${url}${url.includes('?') ? '&' : '?'}token=${token}`;
}

const wholeSeconds = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');
