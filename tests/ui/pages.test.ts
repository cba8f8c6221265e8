import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { BROWSER_LIMIT_MS, launchChromium } from '../support/chromium.ts';
import { chooseExample, logIn, runQuery } from '../support/playground-page.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { openWatchedPage, type WatchedPage } from '../support/watched-page.ts';

const LIMIT_MS = 90_000;

/** A page of every kind. */
const PAGES = {
  index: 'index.html',
  operation: 'operations/registerApplication.html',
  later: 'operations/mergeApplications.html',
  object: 'types/Application.html',
  input: 'types/ApplicationRegisterInput.html',
  enum: 'types/WebhookType.html',
  errors: 'errors.html',
  scopes: 'scopes.html',
  limits: 'limits.html',
  clients: 'clients.html',
};

const LOOKS = [
  ['light', 1280],
  ['dark', 1280],
  ['light', 360],
  ['dark', 360],
] as const;

describe('the pages in a browser', () => {
  let stack: Stack;
  let browser: Browser;
  beforeAll(async () => {
    [stack, browser] = await Promise.all([startStack({}), launchChromium()]);
  }, BROWSER_LIMIT_MS);
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  }, LIMIT_MS);

  const open = (options = {}): Promise<WatchedPage> => openWatchedPage(browser, [stack.gateway, stack.issuer], options);

  it.each(LOOKS)(
    'can be read by everybody, in %s and at %i pixels: login, playground, specification',
    async (colorScheme, width) => {
      const { page, complaints, breaches, overflow, shoot, close } = await open({ colorScheme, viewport: { width, height: 800 } });
      const look = async (name: string): Promise<void> => {
        await shoot(`${name}-${colorScheme}-${width}`);
        expect([name, await overflow(), await breaches()]).toEqual([name, 0, []]);
      };
      await page.goto(`${stack.gateway}/playground`);
      await page.locator('.graphiql-query-editor .view-line').first().waitFor();
      await look('playground-before-login');
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.locator('button[value=admin]').waitFor();
      await look('login');
      await page.goBack();
      await logIn(page, 'admin');
      await chooseExample(page, 'applications/applications');
      expect(await runQuery(page)).toContain('"totalCount"');
      await look('playground');
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.locator('button[name=logout]').waitFor();
      await look('logout');
      for (const [name, file] of Object.entries(PAGES)) {
        await page.goto(`${stack.gateway}/specification/${file}`);
        await look(`specification-${name}`);
      }
      await page.goto(stack.issuer);
      await look('provider');
      expect(complaints).toEqual([]);
      await close();
    },
    LIMIT_MS,
  );

  it(
    'find an operation by the words of its name, and show what was typed as text',
    async () => {
      const { page, complaints, close } = await open();
      await page.goto(`${stack.gateway}/specification/types/Application.html`);
      const search = page.getByRole('searchbox');
      await search.fill('one time token');
      await page.getByRole('link', { name: 'requestOneTimeTokenForApplication' }).waitFor();
      await search.fill('<img src=x onerror=alert(1)>');
      await page.getByText('Nothing is called so').waitFor();
      await search.fill('register application');
      await page.locator('#results a').first().waitFor();
      await search.press('Enter');
      await page.waitForURL(`${stack.gateway}/specification/operations/registerApplication.html`);
      expect(complaints).toEqual([]);
      await close();
    },
    LIMIT_MS,
  );

  it(
    'open an example in the playground',
    async () => {
      const { page, complaints, close } = await open();
      await page.goto(`${stack.gateway}/specification/operations/viewer.html`);
      await page.getByRole('link', { name: 'Open in playground' }).first().click();
      await page.waitForURL(/\/playground\/#query=/);
      await page.locator('.graphiql-query-editor .view-line').filter({ hasText: 'viewer' }).first().waitFor();
      expect(complaints).toEqual([]);
      await close();
    },
    LIMIT_MS,
  );

  it(
    'copy an example',
    async () => {
      const { page, complaints, close } = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
      await page.goto(`${stack.gateway}/specification/operations/viewer.html`);
      const [shown] = await page.locator('pre[id^=example-]').allTextContents();
      await page.getByRole('button', { name: 'Copy' }).first().click();
      await page.getByRole('button', { name: 'Copied' }).waitFor();
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(shown);
      expect(complaints).toEqual([]);
      await close();
    },
    LIMIT_MS,
  );
});
