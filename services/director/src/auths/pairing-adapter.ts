import { DomainError } from '@binnacle/errors/domain-error';
import { log } from '@binnacle/log/log';
import type { TenantWork } from '@binnacle/registry/work';
import type { Call } from '../call.ts';

/** What an adapter is told: the Application, its tenant, and who asks. Keys as adapters know them. */
export interface PairingRequest {
  readonly Application: object;
  readonly Tenant: string;
  readonly TenantType: string;
  readonly ClientUser: string;
  readonly ScenarioGroups: readonly { readonly key: string; readonly description: string }[];
}

const ATTEMPTS = 3;
const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 65_536;

/** The adapter's address and what to send it; undefined where the Application's integration system has none. */
export async function pairingOf(
  work: TenantWork,
  call: Call,
  applicationId: string,
  adapters: Readonly<Record<string, string>>,
): Promise<{ readonly url: string; readonly request: PairingRequest } | undefined> {
  const [row] = await work.query<PairingRow>('auths.pairing', PAIRING, [applicationId]);
  const url = row?.integration_system_id ? adapters[row.integration_system_id] : undefined;
  if (!row || url === undefined) return undefined;
  return {
    url,
    request: {
      Application: row.application,
      Tenant: row.tenant,
      TenantType: row.tenant_type,
      ClientUser: call.hints.clientUser,
      ScenarioGroups: call.hints.scenarioGroups.map(groupOf),
    },
  };
}

/**
 * Asks an adapter for a token, three times at most. Never inside a transaction.
 * @throws DomainError InvalidOperation when it has none to give
 */
export async function tokenFromAdapter(url: string, request: PairingRequest): Promise<string> {
  const body = JSON.stringify(request);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask(url, body);
    } catch (error) {
      log().warn({ err: error, attempt }, 'a pairing adapter gave no token');
      if (attempt === ATTEMPTS) throw new DomainError('InvalidOperation', { reason: 'the pairing adapter gave no token' }, { cause: error, retryable: true });
    }
  }
}

async function ask(url: string, body: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await limitedText(response);
  if (response.status !== 200) throw new Error(`the adapter answered ${response.status}`);
  const { Token: token } = JSON.parse(text) as { Token?: unknown };
  if (typeof token !== 'string' || token === '') throw new Error('the answer has no token');
  return token;
}

async function limitedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MAX_ANSWER_BYTES) throw new Error('the answer is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** A group is a text, or a JSON object with its description. */
function groupOf(text: string): { readonly key: string; readonly description: string } {
  try {
    const parsed = JSON.parse(text) as { key?: unknown; description?: unknown } | null;
    if (typeof parsed?.key === 'string') return { key: parsed.key, description: typeof parsed.description === 'string' ? parsed.description : '' };
  } catch {
    // A plain name.
  }
  return { key: text, description: '' };
}

interface PairingRow {
  readonly integration_system_id: string | null;
  readonly application: object;
  readonly tenant: string;
  readonly tenant_type: string;
}

const time = (expression: string): string => `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

/** A subaccount is paired through its account. */
const PAIRING = `/* auths.pairing */ select a.integration_system_id,
  jsonb_build_object('id', a.id, 'name', a.name, 'providerName', a.provider_name, 'description', a.description, 'integrationSystemID', a.integration_system_id,
    'applicationTemplateID', a.template_id, 'localTenantID', a.local_tenant_id, 'systemNumber', a.system_number, 'baseUrl', a.base_url, 'healthCheckURL', a.healthcheck_url,
    'applicationNamespace', a.app_namespace, 'labels', a.labels, 'status', jsonb_build_object('condition', a.status, 'timestamp', ${time('a.status_at')}),
    'createdAt', ${time('a.created_at')}, 'updatedAt', ${time('a.updated_at')}) as application,
  coalesce(account.external_id, t.external_id) as tenant, t.type as tenant_type
from application a join tenant t on t.id = $1
  left join lateral (select p.external_id from tenant_parent tp join tenant p on p.id = tp.parent_id where t.type = 'subaccount' and tp.tenant_id = t.id and p.type = 'account' order by p.id limit 1) account on true
where a.id = $2 and a.readers @> array[$1::uuid] and exists (select from access x where x.tenant_id = $1 and x.kind = 1 and x.resource_id = a.id and x.owner)`;
