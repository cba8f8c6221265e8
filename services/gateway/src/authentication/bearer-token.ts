import type { AllowedHeaders } from '../routing/headers.ts';

/** The bearer token of a call; undefined when there is none that looks like one. */
export function bearerToken({ authorization }: Pick<AllowedHeaders, 'authorization'>): string | undefined {
  return /^Bearer ([\w~+/.=-]+)$/i.exec(authorization ?? '')?.[1];
}

/** True for what looks like a signed token. */
export const looksSigned = (token: string): boolean => token.split('.', 4).length === 3;

/** Who a token says has signed it. Nobody has verified that: it is good for choosing who is to verify it, and for nothing else. */
export function unverifiedIssuer(token: string): string | undefined {
  if (!looksSigned(token)) return undefined;
  try {
    const { iss } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { iss?: unknown };
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined;
  }
}
