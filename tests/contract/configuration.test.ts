import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DOCUMENT = readFileSync(path.join(ROOT, 'docs/reference/configuration.md'), 'utf8');
const SERVICES = globSync('services/*/src/main.ts', { cwd: ROOT }).map((file) => file.split(path.sep)[1] ?? '');

/** Settings that bring further ones along. */
const SET = { OAUTH_INTROSPECTION_URL: 'http://x' };

interface Setting {
  readonly name: string;
  readonly kind: string;
  readonly fallback?: string;
}

function settingsOf(service: string): readonly Setting[] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['-C', 'binnacle-src', '--disable-warning=ExperimentalWarning', `services/${service}/src/main.ts`, '--settings'],
    { cwd: ROOT, encoding: 'utf8', env: { PATH: process.env['PATH'], ...SET } },
  );
  if (stdout === '') throw new Error(stderr);
  const found = new Map((JSON.parse(stdout) as Setting[]).map((setting) => [setting.name, setting]));
  return [...found.values()];
}

function defaultOf(fallback: string | undefined): string {
  if (fallback === undefined) return 'required';
  return fallback === '' ? 'none' : `\`${fallback.replace(`${ROOT}/`, '')}\``;
}

/** Rows of the table below a service's heading. */
function documented(service: string): readonly (readonly string[])[] {
  const section = DOCUMENT.split(/^## /m).find((text) => text.toLowerCase().startsWith(service)) ?? '';
  return [...section.matchAll(/^\| `.*$/gm)].map(([row]) =>
    row
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
}

describe('the reference of settings', () => {
  // Pages that are built from sources have a main.ts too, but are no services.
  it.each(SERVICES.filter((service) => !['playground', 'specification', 'cockpit'].includes(service)))(
    'has each one of the %s, with its default',
    (service) => {
      const rows = documented(service);
      expect(rows.map(([name, kind, fallback]) => ({ name, kind, fallback }))).toEqual(
        settingsOf(service).map(({ name, kind, fallback }) => ({ name: `\`${name}\``, kind, fallback: defaultOf(fallback) })),
      );
      for (const [name, , , means = ''] of rows) expect([name, means.length > 5]).toEqual([name, true]);
    },
  );
});
