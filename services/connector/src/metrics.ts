import type { Authorities } from './issuers/authorities.ts';
import type { RevocationLists } from './revocation/revocation-lists.ts';
import { Counter, Gauge, Histogram, type Metrics } from '@binnacle/http/admin-server';

/** What the Connector counts and measures; names are part of the contract with dashboards. */
export interface ConnectorMetrics {
  readonly tokens: Counter<'event' | 'reason'>;
  readonly certificates: Counter<'event' | 'issuer' | 'alg' | 'via'>;
  readonly signSeconds: Histogram;
  readonly issuerNotAfter: Gauge<'issuer' | 'state'>;
  readonly crlAge: Gauge<'issuer'>;
  readonly revocationLag: Gauge<'issuer'>;
  readonly expiring: Gauge<'within'>;
}

export function connectorMetrics(metrics: Metrics): ConnectorMetrics {
  const registers = [metrics];
  return {
    tokens: new Counter({ name: 'connector_tokens_total', help: 'One-time tokens by what happened to them', labelNames: ['event', 'reason'], registers }),
    certificates: new Counter({
      name: 'connector_certificates_total',
      help: 'Certificates by what happened to them',
      labelNames: ['event', 'issuer', 'alg', 'via'],
      registers,
    }),
    signSeconds: new Histogram({
      name: 'connector_sign_seconds',
      help: 'Time to answer a signing call that succeeded',
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 10],
      registers,
    }),
    issuerNotAfter: new Gauge({
      name: 'connector_issuer_not_after_seconds',
      help: 'End of an issuer, seconds since 1970',
      labelNames: ['issuer', 'state'],
      registers,
    }),
    crlAge: new Gauge({ name: 'connector_crl_age_seconds', help: 'Age of the newest revocation list', labelNames: ['issuer'], registers }),
    revocationLag: new Gauge({
      name: 'connector_revocation_lag_seconds',
      help: 'From the newest revocation to the list that named it first',
      labelNames: ['issuer'],
      registers,
    }),
    expiring: new Gauge({ name: 'connector_certificates_expiring', help: 'Certificates in use that end soon', labelNames: ['within'], registers }),
  };
}

/** Ages and ends are taken when somebody asks for them. */
export function measureAuthorities(
  { issuerNotAfter, crlAge, revocationLag }: ConnectorMetrics,
  { authorities, lists, now }: { readonly authorities: Authorities; readonly lists: RevocationLists; readonly now: () => Date },
): void {
  collectedBy(issuerNotAfter, () => {
    for (const { record } of authorities.trusted()) issuerNotAfter.set({ issuer: record.id, state: record.state }, record.notAfter.getTime() / 1_000);
  });
  collectedBy(crlAge, () => {
    for (const { record } of authorities.trusted()) {
      const list = lists.find(record.id)?.full;
      if (list) crlAge.set({ issuer: record.id }, (now().getTime() - list.thisUpdate.getTime()) / 1_000);
    }
  });
  collectedBy(revocationLag, () => {
    for (const { record } of authorities.trusted()) {
      const lag = lists.find(record.id)?.lagSeconds;
      if (lag !== undefined) revocationLag.set({ issuer: record.id }, lag);
    }
  });
}

/** Series of issuers that have retired go away. */
function collectedBy<Labels extends string>(gauge: Gauge<Labels>, collect: () => void): void {
  Object.assign(gauge, {
    collect() {
      gauge.reset();
      collect();
    },
  });
}
