import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMetrics } from '@binnacle/http/admin-server';
import { startLog } from '@binnacle/log/log';
import { startAlarms } from './alarms.ts';
import { askForRenewal } from './configuration/ask-for-renewal.ts';
import { connectorMetrics } from './metrics.ts';
import { CONFIGURATION, type ConnectorUnderTest, credentialOf, startConnectorUnderTest } from './testing/connector-under-test.ts';
import { newRequest, type OpenSsl, openSsl, subjectOf } from './testing/openssl.ts';

const DAY_MS = 86_400_000;

describe('what ends soon', () => {
  let connector: ConnectorUnderTest;
  let ssl: OpenSsl;
  beforeAll(async () => {
    connector = await startConnectorUnderTest();
    ssl = openSsl();
  });
  afterAll(async () => {
    ssl.remove();
    await connector.stop();
  });

  it('is measured, and told once a day: certificates that nobody renewed, issuers that are needed', async () => {
    const authId = await connector.identity();
    const csr = await newRequest(ssl, subjectOf(authId));
    await connector.sign({ kind: 'token', authId }, csr);
    await connector.scene.sql(`update certificate set not_after = now() + interval '5 days' where auth_id = $1`, [authId]);
    const metrics = createMetrics('test');
    const counters = connectorMetrics(metrics);
    startLog({ service: 'connector', level: 'silent' });
    const alarms = startAlarms({ ...connector, metrics: counters, issuerWarningSeconds: 120 * 86_400 });
    const before = connector.events.length;
    const told = () => connector.events.slice(before).flatMap(({ action }) => (action.endsWith('expiring') ? [action] : []));
    await alarms.look();
    await alarms.look();
    expect(told()).toEqual(['certificates.expiring']);
    const text = await metrics.metrics();
    expect([/within="1d"[^}]*} 0/, /within="7d"[^}]*} 1/, /within="30d"[^}]*} 1/].map((line) => line.test(text))).toEqual([true, true, true]);

    await connector.sign({ kind: 'token', authId }, csr);
    await alarms.look();
    expect(await metrics.metrics()).toMatch(/within="7d"[^}]*} 0/);

    connector.shift(700 * DAY_MS);
    await alarms.look();
    await alarms.look();
    connector.shift(-700 * DAY_MS);
    expect(told()).toEqual(['certificates.expiring', 'issuer.expiring']);
    alarms.stop();
    startLog({ service: 'connector', level: 'error' });
  });

  it('can be renewed before: holders are told when they next ask', async () => {
    const authId = await connector.identity();
    const { data } = await connector.sign({ kind: 'token', authId }, await newRequest(ssl, subjectOf(authId)));
    const credential = credentialOf(data.result.clientCertificate as string, authId);
    const renewAfter = async (): Promise<number> =>
      Date.parse((await connector.call(credential, CONFIGURATION.replace('token {', 'renewAfter token {'))).data.result.renewAfter as string);
    const usual = await renewAfter();
    expect(usual).toBeGreaterThan(Date.now() + 0.59 * 90 * DAY_MS);
    expect(usual).toBeLessThan(Date.now() + 0.76 * 90 * DAY_MS);
    expect(await askForRenewal(connector.registry, connector.audit, { authId: await connector.identity() }, { type: 'Static User', id: 'admin' })).toBe(0);
    expect(await renewAfter()).toBe(usual);
    expect(await askForRenewal(connector.registry, connector.audit, { authId }, { type: 'Static User', id: 'admin' })).toBe(1);
    expect(await renewAfter()).toBeLessThanOrEqual(Date.now());
    expect(await askForRenewal(connector.registry, connector.audit, { everybody: true }, { type: 'Static User', id: 'admin' })).toBeGreaterThan(1);
  });
});
