import { createHash } from 'node:crypto';
import { appendAudit } from '@binnacle/audit/append-audit';
import type { Caller } from '@binnacle/internal-token/caller';
import type { Registry } from '@binnacle/registry/registry';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import type { GlobalWork } from '@binnacle/registry/work';
import { type BurnOutcome, burnToken, idempotencyHash, type TokenIdentity, type TokenUse } from '@binnacle/trust/burn-token';
import { createDerivedTokens } from '@binnacle/trust/derived-token';
import { createKeyedHash } from '@binnacle/trust/keyed-hash';
import type { TokenLifetimes } from '@binnacle/trust/mint-token';
import type { UseRecorder } from '@binnacle/trust/use-recorder';
import type { Authenticator } from '../authentication/authenticate.ts';
import { scopesOfConsumer } from '../authentication/consumer-scopes.ts';
import { ownTenant, type Tenancy } from '../authentication/tenancy.ts';
import { tenantHeader } from '../authentication/tenant-header.ts';
import type { TenantResolver } from '../authentication/tenants.ts';
import { type AuthenticationFailure, GatewayRefusal, malformed, unauthorized } from '../refusal.ts';
import { queryToken } from './query-token.ts';
import { createRefusedTokens } from './refused-tokens.ts';

export interface OneTimeTokenOptions {
  readonly registry: Registry;
  /** 32 bytes each, newest first. */
  readonly envelopeKeys: readonly Buffer[];
  readonly tenants: Pick<TenantResolver, 'externalIdOf'>;
  readonly recorder: Pick<UseRecorder, 'used'>;
  /** Refused tokens that one address may send in a minute. */
  readonly refusalsPerMinute: number;
  /** How long tokens live that holders of certificates were given. */
  readonly lifetimeSeconds: TokenLifetimes;
  /** Called for each token that was looked up. */
  readonly onOutcome: (outcome: BurnOutcome['kind']) => void;
}

/** What a token is to be spent on. */
export interface SpendToken {
  readonly token: string;
  readonly use: TokenUse;
  readonly address: string;
  readonly requestFingerprint?: Buffer;
  readonly idempotencyKey?: string | undefined;
  /** `x-request-id` of the call. */
  readonly requestId: string;
}

export interface OneTimeTokens {
  /** The header `Connector-Token`, or the token of an address that was handed out. */
  readonly authenticator: Authenticator;
  /** Spends a token: of any number of callers, in any number of processes, one succeeds. @throws GatewayRefusal 429 */
  spend(spend: SpendToken): Promise<BurnOutcome>;
}

const REASONS: Readonly<Record<'unknown' | 'used' | 'superseded' | 'expired', AuthenticationFailure>> = {
  unknown: 'unknown token',
  used: 'used token',
  superseded: 'superseded token',
  expired: 'expired token',
};
/** Printable ASCII; anything else was never minted. */
const TOKEN = /^[\x21-\x7e]{16,512}$/;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

export function oneTimeTokens(options: OneTimeTokenOptions): OneTimeTokens {
  const { registry, envelopeKeys, tenants, recorder, onOutcome } = options;
  const hashes = createKeyedHash(envelopeKeys, 'one-time-token');
  const keyHashes = createKeyedHash(envelopeKeys, 'idempotency-key');
  const refused = createRefusedTokens(options.refusalsPerMinute, tooManyRefused);
  const derived = { tokens: createDerivedTokens(envelopeKeys), lifetimeSeconds: options.lifetimeSeconds };

  const burn = async (wanted: SpendToken): Promise<BurnOutcome> => {
    const { token, use, requestFingerprint, idempotencyKey } = wanted;
    return registry.asGlobal('a one-time token says whose it is', async (work) => {
      const outcome = await burnToken(work, hashes, {
        token: TOKEN.test(token) ? token : '',
        use,
        derived,
        ...(requestFingerprint ? { requestFingerprint } : {}),
        ...(idempotencyKey === undefined ? {} : { idempotencyHash: idempotencyHash(keyHashes, idempotencyKey) }),
      });
      await note(work, wanted, outcome);
      return outcome;
    });
  };

  const spend = async (wanted: SpendToken): Promise<BurnOutcome> => {
    const outcome = await refused.attempt(
      wanted.address,
      ({ kind }) => kind === 'refused',
      () => burn(wanted),
    );
    onOutcome(outcome.kind);
    if (outcome.kind === 'burned') recorder.used(outcome.identity.authId, 'OneTimeToken');
    return outcome;
  };

  const tenancyOf = async ({ tenant }: TokenIdentity, header: string | undefined): Promise<Tenancy> => {
    const externalId = await tenants.externalIdOf(tenant);
    return ownTenant(externalId === undefined ? undefined : { id: tenant, externalId }, header);
  };

  return {
    spend,
    authenticator: ({ headers, route, at, origin }) => {
      const token = headers.connectorToken ?? queryToken(at);
      if (token === undefined || token === '') return undefined;
      return async (asked) => {
        const header = tenantHeader(headers);
        const idempotencyKey = headers.forwarded['idempotency-key'];
        if (idempotencyKey !== undefined && !IDEMPOTENCY_KEY.test(idempotencyKey))
          throw malformed('the header Idempotency-Key has at most 255 visible characters');
        // What cannot be carried out is not worth a token.
        const { kind, body, fault } = await asked();
        const wrong = fault?.();
        if (wrong) throw wrong;
        const outcome = await spend({
          token,
          // Changes are certificates here, which is what may have to be approved.
          use: kind === 'query' ? 'configuration' : 'sign',
          address: origin.address,
          requestFingerprint: createHash('sha256').update(`${at.path}\n`).update(body).digest(),
          idempotencyKey,
          requestId: headers.requestId,
        });
        if (outcome.kind === 'refused') throw refusalOf(outcome.reason, route.errorStyle);
        return callerOf(outcome.identity, await tenancyOf(outcome.identity, header));
      };
    },
  };
}

/** The event stands and falls with the burn: a token whose use could not be noted has not been used. */
function note(work: GlobalWork, { use, address, requestId }: SpendToken, outcome: BurnOutcome): Promise<void> {
  const { identity } = outcome;
  return appendAudit(work, {
    id: newUuidV7(),
    tenant: identity?.tenant,
    service: 'gateway',
    actor: { type: identity?.consumerType ?? 'Unknown', id: identity?.objectId ?? '' },
    action: `token.${outcome.kind}`,
    object: identity && { type: 'systemAuth', id: identity.authId },
    result: outcome.kind === 'refused' ? 'refused' : 'success',
    correlationId: requestId,
    details: { use, address, ...(outcome.kind === 'refused' ? { reason: outcome.reason } : {}) },
  });
}

function callerOf({ authId, consumerType, objectId, tokenId }: TokenIdentity, tenancy: Tenancy): Caller {
  return {
    consumerId: objectId,
    consumerType,
    flow: 'OneTimeToken',
    scopes: new Set(scopesOfConsumer(consumerType)),
    ...tenancy,
    onBehalfOf: '',
    region: '',
    subject: '',
    systemAuthId: authId,
    oneTimeTokenId: tokenId,
  };
}

/**
 * One refusal for every token that is not good: who guesses learns nothing. Who holds one that was good is told that it has been spent:
 * perhaps by somebody else.
 */
function refusalOf(reason: (BurnOutcome & { kind: 'refused' })['reason'], style: Parameters<typeof unauthorized>[0]): GatewayRefusal {
  if (reason === 'approval-pending')
    return new GatewayRefusal(403, 'APPROVAL_PENDING', 'the enrolment waits for an approval; the one-time token stays good until then', {
      retryable: true,
      headers: { 'retry-after': '30' },
    });
  return unauthorized(style, REASONS[reason], reason === 'used' ? 'the one-time token has been used' : '');
}

function tooManyRefused(waitMs: number): GatewayRefusal {
  const seconds = String(Math.ceil(waitMs / 1_000));
  return new GatewayRefusal(429, 'RATE_LIMITED', `too many one-time tokens from this address were refused: try again in ${seconds} s`, {
    retryable: true,
    headers: { 'retry-after': seconds, 'x-local-rate-limit': 'gateway' },
  });
}
