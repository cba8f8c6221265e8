import { type ConnectorError, type ConnectorErrorCode } from '../connector-error.ts';
import { LegacyRefusal, notAccepted } from './refusal.ts';

const STATUS: Readonly<Record<Exclude<ConnectorErrorCode, 'UNAUTHENTICATED'>, number>> = {
  INVALID_REQUEST: 400,
  CERTIFICATE_REFUSED: 400,
  KEY_TAKEN: 400,
  TOKEN_NOT_ISSUED: 403,
  APPROVAL_PENDING: 403,
  RATE_LIMITED: 429,
  ISSUER_UNAVAILABLE: 503,
};

/** A refusal of the Connector as legacy clients read it. */
export function refusalOfConnector(error: ConnectorError, prefix = ''): LegacyRefusal {
  if (error.code === 'UNAUTHENTICATED') return notAccepted(error);
  const status = STATUS[error.code];
  return new LegacyRefusal(status, `${prefix}${error.message}`, { cause: error, ...(status === 503 ? { headers: { 'retry-after': '5' } } : {}) });
}
