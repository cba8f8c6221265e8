import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Metrics as the sources make them. */
function made(): readonly string[] {
  const files = globSync('{libs,services}/*/src/**/*.ts', { cwd: ROOT }).filter((file) => !file.endsWith('.test.ts') && !file.includes('testing'));
  const sources = files.map((file) => readFileSync(path.join(ROOT, file), 'utf8'));
  return sources
    .flatMap((source) => [...source.matchAll(/new (Counter|Gauge|Histogram)(?:<[^>]*>)?\(\{(.*?)registers/gs)])
    .map(([, kind = '', settings = '']) => {
      const name = /name: '([^']+)'/.exec(settings)?.[1] ?? '';
      const labels = [...(/labelNames: \[([^\]]*)\]/.exec(settings)?.[1] ?? '').matchAll(/'([^']+)'/g)].map(([, label]) => `\`${label}\``);
      return `\`${name}\` | ${kind.toLowerCase()} | ${labels.join(', ') || 'none'}`;
    })
    .sort();
}

describe('the reference of metrics', () => {
  it('has each metric with its kind and labels, and says what it means', () => {
    const document = readFileSync(path.join(ROOT, 'docs/reference/metrics.md'), 'utf8').split('## ')[0] ?? '';
    const rows = [...document.matchAll(/^\| (`.*) \|$/gm)].map(([, row = '']) => row.split(' | '));
    expect(rows.map((row) => row.slice(0, 3).join(' | ')).sort()).toEqual(made());
    for (const [name, , , means = ''] of rows) expect([name, means.length > 5]).toEqual([name, true]);
  });
});
