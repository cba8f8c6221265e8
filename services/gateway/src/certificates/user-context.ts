import { z } from 'zod';
import { malformed } from '../refusal.ts';

/** On whose behalf a call is made: words of the caller. */
export interface UserContext {
  readonly clientId: string;
  /** External id. */
  readonly tenant: string;
  readonly userName: string;
}

const text = z.string().max(255);
const context = z.object({ client_id: text, tenantid: text.regex(/^[A-Za-z0-9._-]+$/), user_name: text.default('') });

/** Who may act for tenants of others, by consumer id: which ones, or `*`. Read from `{"<consumer id>": ["<external tenant id>", …]}`. */
export type ActingGrants = Readonly<Record<string, readonly string[]>>;

/** @throws Error when the file holds anything else */
export function parseActingGrants(file: Buffer): ActingGrants {
  return z.record(z.string(), z.array(z.string())).parse(JSON.parse(file.toString('utf8')));
}

export function mayActFor(grants: ActingGrants, consumerId: string, tenant: string): boolean {
  const granted = Object.hasOwn(grants, consumerId) ? (grants[consumerId] ?? []) : [];
  return granted.includes('*') || granted.includes(tenant);
}

/** Reads the header, which may be URL-encoded. @throws GatewayRefusal 400 */
export function parseUserContext(header: string): UserContext {
  try {
    const json = header.trimStart().startsWith('{') ? header : decodeURIComponent(header);
    const { client_id, tenantid, user_name } = context.parse(JSON.parse(json));
    return { clientId: client_id, tenant: tenantid, userName: user_name };
  } catch {
    throw malformed('the header user_context must be JSON with client_id, tenantid and user_name');
  }
}
