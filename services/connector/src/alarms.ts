import { log } from '@binnacle/log/log';
import type { Registry } from '@binnacle/registry/registry';
import type { Audit } from './audit.ts';
import type { Authorities } from './issuers/authorities.ts';
import type { ConnectorMetrics } from './metrics.ts';

export interface AlarmOptions {
  readonly registry: Registry;
  readonly authorities: Authorities;
  readonly audit: Audit;
  readonly metrics: ConnectorMetrics;
  /** Before an issuer's end: the longest life of what it signs, and time to act. */
  readonly issuerWarningSeconds: number;
  readonly now: () => Date;
}

const DAY_MS = 86_400_000;
/** Windows that dashboards and alerts look at, in days. */
const WINDOWS = [1, 7, 30] as const;
const WARNED_WITHIN_DAYS = 7;
const LOOK_MS = 300_000;

/**
 * Looks every few minutes for what will end soon: issuers, and certificates that nobody has renewed. Gauges say it always; the log and the
 * audit log say it once a day.
 */
export function startAlarms(options: AlarmOptions): { look(): Promise<void>; stop(): void } {
  const told = new Map<string, number>();
  const isNews = (what: string): boolean => {
    const now = options.now().getTime();
    if (now - (told.get(what) ?? -DAY_MS) < DAY_MS) return false;
    told.set(what, now);
    return true;
  };
  const look = async (): Promise<void> => {
    await lookAtIssuers(options, isNews);
    await lookAtCertificates(options, isNews);
  };
  const inBackground = (): void => void look().catch((error: unknown) => log().warn({ err: error }, 'what ends soon could not be looked at'));
  const timer = setInterval(inBackground, LOOK_MS);
  timer.unref();
  return { look, stop: () => clearInterval(timer) };
}

async function lookAtIssuers({ authorities, audit, issuerWarningSeconds, now }: AlarmOptions, isNews: (what: string) => boolean): Promise<void> {
  for (const { record } of authorities.trusted()) {
    const isNeeded = record.state === 'active' || record.state === 'staged';
    const secondsLeft = Math.floor((record.notAfter.getTime() - now().getTime()) / 1_000);
    if (!isNeeded || secondsLeft > issuerWarningSeconds || !isNews(record.id)) continue;
    log().warn({ issuer: record.id, subject: record.subject, notAfter: record.notAfter }, 'an issuer ends soon: rotate it');
    const details = { subject: record.subject, notAfter: record.notAfter.toISOString() };
    await audit.record({ action: 'issuer.expiring', object: { type: 'Issuer', id: record.id }, details });
  }
}

async function lookAtCertificates({ registry, audit, metrics, now }: AlarmOptions, isNews: (what: string) => boolean): Promise<void> {
  for (const days of WINDOWS) {
    const [row] = await registry.read({ name: 'certificates.expiring', text: EXPIRING, values: [now(), days] }, 'global');
    const count = Number(row?.[0] ?? 0);
    metrics.expiring.set({ within: `${days}d` }, count);
    if (days !== WARNED_WITHIN_DAYS || count === 0 || !isNews('certificates')) continue;
    log().warn({ count, days }, 'certificates end soon and were not renewed');
    await audit.record({ action: 'certificates.expiring', details: { count, days } });
  }
}

/** The newest certificate of an identity counts: what was renewed may end. */
const EXPIRING = `select count(*) from certificate c where c.revoked_at is null and c.not_after > $1::timestamptz and c.not_after <= $1::timestamptz + make_interval(days => $2)
  and not exists (select from certificate newer where newer.auth_id = c.auth_id and newer.not_after > c.not_after and newer.revoked_at is null)`;
