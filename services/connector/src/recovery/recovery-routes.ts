import type { IncomingMessage } from 'node:http';
import { BodyTooLarge, readBody } from '@binnacle/http/read-body';
import { RegistryUnavailable } from '@binnacle/registry/registry-error';
import { ConnectorError, type ConnectorErrorCode } from '../connector-error.ts';
import { jsonAnswer, type PublicAnswer, type PublicRoute } from '../pki/public-paths.ts';
import { recover, type RecoverOptions } from './recover.ts';
import { BadRecoveryRequest, readRecoveryRequest } from './recovery-request.ts';

const MAX_BODY_BYTES = 131_072;
const ASK_AGAIN_SECONDS = 60;
const BUDGET_RETRY_SECONDS = 3_600;

/** The way back in (see pki.openapi.json). No identity comes with these calls but what they prove themselves. */
export function recoveryRoutes(options: RecoverOptions): readonly PublicRoute[] {
  return [
    {
      method: 'POST',
      path: /^\/v1\/pki\/recovery\/challenges$/,
      answer: () => {
        const { challenge, expiresAt } = options.challenges.make(options.now());
        return Promise.resolve(jsonAnswer(201, { challenge, expiresAt: expiresAt.toISOString() }));
      },
    },
    { method: 'POST', path: /^\/v1\/pki\/recovery$/, answer: (_, request) => answerRecovery(options, request) },
  ];
}

async function answerRecovery(options: RecoverOptions, request: IncomingMessage): Promise<PublicAnswer> {
  try {
    const given = readRecoveryRequest(await readBody(request, MAX_BODY_BYTES));
    const requestId = request.headers['x-request-id'];
    const outcome = await recover(options, given, typeof requestId === 'string' ? requestId : undefined);
    if (outcome.kind === 'recovered') return jsonAnswer(201, outcome.result);
    if (outcome.kind === 'pending') return { ...jsonAnswer(202, { id: outcome.id, status: 'pending' }), headers: { 'retry-after': String(ASK_AGAIN_SECONDS) } };
    const message = 'the tenant has no recovery left for today: ask its administrator, or try again later';
    return { ...refusal(429, 'RECOVERY_BUDGET_SPENT', message), headers: { 'retry-after': String(BUDGET_RETRY_SECONDS) } };
  } catch (error) {
    return refusalOf(error);
  }
}

const STATUS: Readonly<Partial<Record<ConnectorErrorCode, number>>> = { CERTIFICATE_REFUSED: 403, ISSUER_UNAVAILABLE: 503, RATE_LIMITED: 429 };

function refusalOf(error: unknown): PublicAnswer {
  if (error instanceof BadRecoveryRequest) return refusal(400, 'INVALID_REQUEST', error.message);
  if (error instanceof BodyTooLarge) return refusal(413, 'PAYLOAD_TOO_LARGE', `Payload Too Large: the limit is ${MAX_BODY_BYTES} bytes`);
  if (error instanceof ConnectorError) return refusal(STATUS[error.code] ?? 403, error.code, error.message);
  if (error instanceof RegistryUnavailable)
    return { ...refusal(503, 'SERVICE_UNAVAILABLE', 'the registry is not available: try again'), headers: { 'retry-after': '1' } };
  throw error;
}

const refusal = (status: number, code: string, message: string): PublicAnswer => jsonAnswer(status, { error: { code, message } });
