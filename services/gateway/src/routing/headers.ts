import { randomUUID } from 'node:crypto';
import { malformed } from '../refusal.ts';
import { TRACE_HEADERS, traceHeaders } from './trace-context.ts';

/** What of a request goes on, in lower case. Everything else stops here. */
const FORWARDED = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'user-agent',
  'tenant',
  'client_user',
  'scenario_groups',
  'suggest_token',
  'idempotency-key',
  'if-match',
  'last-event-id',
]);

/** Read by the Gateway itself. */
const READ = new Set([
  'authorization',
  'content-length',
  'content-encoding',
  'host',
  'origin',
  'connector-token',
  'user_context',
  'if-none-match',
  'x-forwarded-for',
  'x-forwarded-proto',
]);

/** Headers of which two would be read differently by two readers. */
const SINGLE = new Set(['authorization', 'tenant', 'host', 'content-type', 'content-length', 'connector-token', 'user_context']);

/** What could pass for an identity further inside, in any spelling. */
const SPOOFABLE = new Set([
  'client-id-from-certificate',
  'client-id-from-token',
  'client-certificate-hash',
  'certificate-data',
  'subject-from-certificate',
  'client-certificate-issuer',
  'x-flow-identity',
  'x-authorization',
  'x-consumer-type',
  'x-forwarded-client-cert',
  'client-cert',
]);

const CORRELATION = ['x-request-id', 'x-correlation-id', 'x-correlationid', 'x-forrequest-id', 'x-vcap-request-id', 'x-broker-api-request-identity'];
const NOTED = new Set<string>([...FORWARDED, ...READ, ...CORRELATION, ...TRACE_HEADERS]);
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** The headers of a request after the allow-list. */
export interface AllowedHeaders {
  readonly authorization: string | undefined;
  readonly tenant: string | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly host: string;
  readonly origin: string | undefined;
  readonly requestId: string;
  /** What is sent on, still without the internal token. */
  readonly forwarded: Readonly<Record<string, string>>;
  readonly connectorToken: string | undefined;
  /** On whose behalf a caller says it acts. */
  readonly userContext: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly forwardedFor: string | undefined;
  readonly forwardedProto: string | undefined;
  /** Names that imitate an identity: dropped, and counted by the caller. */
  readonly spoofed: readonly string[];
  /** Their values: for those who may say such things, a trusted proxy or a service, and for nobody else. */
  claimed(name: string): readonly string[];
}

/**
 * Reads the raw headers: Node keeps only the first of some duplicates and joins others, which hides them.
 * @throws GatewayRefusal 400 for a duplicate of a header that must stand once
 */
export function readHeaders(raw: readonly string[]): AllowedHeaders {
  const found = new Map<string, string>();
  const claims: (readonly [name: string, value: string])[] = [];
  const spoofed: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    const canonical = name.trim().replaceAll('_', '-');
    if (SPOOFABLE.has(canonical)) {
      spoofed.push(canonical);
      claims.push([name, value]);
    } else if (found.has(name)) {
      if (SINGLE.has(name)) throw malformed(`the header ${name} stands in the request twice`);
      if (name === 'x-forwarded-for') found.set(name, `${found.get(name)},${value}`);
    } else if (NOTED.has(name)) found.set(name, value);
  }
  const given = CORRELATION.map((name) => found.get(name)).find((value) => value !== undefined);
  const requestId = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
  const forwarded: Record<string, string> = { ...traceHeaders((name) => found.get(name)) };
  for (const [name, value] of found) if (FORWARDED.has(name)) forwarded[name] = value;
  forwarded['x-request-id'] = requestId;
  return {
    authorization: found.get('authorization'),
    tenant: found.get('tenant'),
    contentType: found.get('content-type'),
    contentEncoding: found.get('content-encoding'),
    host: found.get('host') ?? '',
    origin: found.get('origin'),
    requestId,
    forwarded,
    connectorToken: found.get('connector-token'),
    userContext: found.get('user_context'),
    ifNoneMatch: found.get('if-none-match'),
    forwardedFor: found.get('x-forwarded-for'),
    forwardedProto: found.get('x-forwarded-proto'),
    spoofed,
    claimed: (wanted) => claims.filter(([name]) => name === wanted).map(([, value]) => value),
  };
}
