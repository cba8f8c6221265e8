import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const SHOTS = path.resolve(import.meta.dirname, '../../artefacts/screenshots');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A page in a profile of its own, and what it did that it should not. */
export interface WatchedPage {
  readonly page: Page;
  /** Console errors, uncaught exceptions, breaches of the content security policy, dialogs, and requests to any other origin. */
  readonly complaints: readonly string[];
  /** Breaches of the accessibility rules, one line each. */
  breaches(): Promise<readonly string[]>;
  /** By how many pixels the page is wider than its window. */
  overflow(): Promise<number>;
  /** Kept as `artefacts/screenshots/<name>.png`. */
  shoot(name: string): Promise<void>;
  close(): Promise<void>;
}

export async function openWatchedPage(browser: Browser, origins: readonly string[], options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  await page.addInitScript(`document.addEventListener('securitypolicyviolation', (event) =>
    console.error('policy breached: ' + event.effectiveDirective + ' by ' + event.blockedURI + ' at ' + event.sourceFile + ':' + event.lineNumber))`);
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && !origins.includes(origin)) complaints.push(`request: ${request.url()}`);
  });
  return {
    page,
    complaints,
    async breaches() {
      await page.evaluate(AXE);
      const { violations } = (await page.evaluate('axe.run()')) as AxeResult;
      return violations.flatMap(({ id, nodes }) => nodes.map(({ html, any }) => `${id}: ${html.slice(0, 160)} (${any[0]?.message ?? ''})`));
    },
    overflow: () => page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
    async shoot(name) {
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: path.join(SHOTS, `${name}.png`) });
    },
    close: () => context.close(),
  };
}

/** The part of axe's answer that is read here. */
interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly any: readonly { readonly message: string }[] }[];
  }[];
}
