import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { BROWSER_LIMIT_MS, launchChromium } from '../support/chromium.ts';
import { chooseExample, logIn, runQuery } from '../support/playground-page.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { openWatchedPage, type WatchedPage } from '../support/watched-page.ts';

const LIMIT_MS = 60_000;
const HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(2)>';

describe('the playground in a browser', () => {
  let stack: Stack;
  let browser: Browser;
  beforeAll(async () => {
    [stack, browser] = await Promise.all([startStack({}), launchChromium()]);
  }, BROWSER_LIMIT_MS);
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  }, LIMIT_MS);

  const open = (): Promise<WatchedPage> => openWatchedPage(browser, [stack.gateway, stack.issuer], { viewport: { width: 1800, height: 900 } });

  const withQuery = (query: string): string => `${stack.gateway}/playground/#query=${encodeURIComponent(query)}`;

  it(
    'logs in, fills tenant and token, runs an example, registers an application, shows it in the next query, and logs out',
    async () => {
      const { page, complaints, close } = await open();
      await page.goto(`${stack.gateway}/playground`);
      await page.getByText('Log in to send calls').waitFor();
      await logIn(page, 'admin');
      await expect(page.locator('.who').innerText()).resolves.toContain('Ada Admin');
      await page.waitForFunction("document.querySelector('input[list=tenants]').value === 'acme'");

      await chooseExample(page, 'applications/applications');
      expect(await runQuery(page)).toContain('"name": "webshop"');
      await chooseExample(page, 'register-application/register-application');
      expect(await runQuery(page)).toContain('"registerApplication"');
      await chooseExample(page, 'applications/applications');
      expect(await runQuery(page)).toContain('"totalCount": 3');

      await page.getByRole('button', { name: 'Log out' }).click();
      await page.locator('button[name=logout]').click();
      await page.getByRole('button', { name: 'Log in' }).click();
      // The provider's session is over, too: it asks who one is.
      await page.locator('button[value=operator]').click();
      await page.getByText('Otto Operator').waitFor();
      expect(complaints).toEqual([]);
      await close();
    },
    LIMIT_MS,
  );

  it(
    'keeps no token where another page or a later visit could read it',
    async () => {
      const { page, complaints, close } = await open();
      await page.goto(withQuery('{ viewer { id } }'));
      await logIn(page, 'admin');
      expect(await runQuery(page)).toContain('"admin"');
      const kept = await page.evaluate<string>('JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])');
      expect(kept).toContain('viewer');
      expect(kept).not.toMatch(/eyJ|Bearer/);
      await page.reload();
      await page.getByRole('button', { name: 'Log in' }).waitFor();
      expect(complaints).toEqual([]);
      await close();
    },
    LIMIT_MS,
  );

  it(
    'shows what others wrote as text: names, descriptions and tenants with markup in them',
    async () => {
      const token = stack.token('admin');
      const written = await stack.call({
        token,
        query: 'mutation ($in: [BusinessTenantMappingInput!]) { writeTenants(in: $in) }',
        variables: { in: [{ name: HOSTILE, externalTenant: 'hostile', type: 'account', provider: 'test' }] },
      });
      expect(written.body.errors).toBeUndefined();
      const registered = await stack.call({
        token,
        tenant: 'hostile',
        query: 'mutation ($in: ApplicationRegisterInput!) { registerApplication(in: $in) { id } }',
        variables: { in: { name: 'app', description: HOSTILE, labels: { note: HOSTILE } } },
      });
      expect(registered.body.errors).toBeUndefined();

      const { page, complaints, close } = await open();
      await page.goto(withQuery('{ applications { data { description labels } } }').replace('#', '?tenant=hostile#'));
      await logIn(page, 'admin');
      expect(await runQuery(page)).toContain(`"description": "${HOSTILE}"`);
      await expect(page.locator('#tenants option[value=hostile]').textContent()).resolves.toBe(HOSTILE);
      await expect(page.locator('img').count()).resolves.toBe(0);
      expect(complaints).toEqual([]);
      await close();
    },
    LIMIT_MS,
  );

  it(
    'fills the tenant that the login is for',
    async () => {
      const { page, complaints, close } = await open();
      await page.goto(`${stack.gateway}/playground`);
      await logIn(page, 'partner');
      await expect(page.getByLabel('Tenant', { exact: true }).inputValue()).resolves.toBe('globex');
      await chooseExample(page, 'applications/applications');
      expect(await runQuery(page)).toContain('"name": "service-desk"');
      expect(complaints).toEqual([]);
      await close();
    },
    LIMIT_MS,
  );

  it(
    'says what is wrong when a service is away, and keeps what was written',
    async () => {
      const { page, complaints, close } = await open();
      await page.goto(withQuery('{ applications { totalCount } }'));
      await logIn(page, 'admin');
      await page.route('**/director/graphql', (route) => route.fulfill({ status: 502, body: '{"da' }));
      await page.getByRole('button', { name: /^Execute query/ }).click();
      await page.getByText('A service behind the Gateway does not answer').waitFor();
      await page.unroute('**/director/graphql');
      expect(await runQuery(page)).toContain('"totalCount"');
      await page.getByText('A service behind the Gateway does not answer').waitFor({ state: 'detached' });
      expect(complaints).toEqual([expect.stringContaining('502')]);
      await close();
    },
    LIMIT_MS,
  );
});
