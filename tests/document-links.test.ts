import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = path.resolve(import.meta.dirname, '..');

/** Links of a document to other files of the checkout. */
function linksIn(file: string): readonly string[] {
  return [...readFileSync(path.join(ROOT, file), 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

describe('the documents', () => {
  const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT });

  it('point only at files that are there', () => {
    expect(documents).toContain('README.md');
    const dead = documents.flatMap((file) =>
      linksIn(file)
        .filter((target) => !existsSync(path.join(ROOT, path.dirname(file), target)))
        .map((target) => `${file} → ${target}`),
    );
    expect(dead).toEqual([]);
  });

  it('are all reachable from the README', () => {
    const seen = new Set(['README.md']);
    for (const file of seen) for (const target of linksIn(file)) if (target.endsWith('.md')) seen.add(path.normalize(path.join(path.dirname(file), target)));
    const decisions = `docs${path.sep}adr${path.sep}`;
    expect(documents.filter((file) => !seen.has(file) && !file.startsWith(decisions))).toEqual([]);
  });

  it('name only commands that there are', () => {
    const verbs = [...readFileSync(path.join(ROOT, 'scripts/cli.ts'), 'utf8').matchAll(/^ {2}(\w+): \{ help/gm)].map(([, verb = '']) => verb);
    const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { scripts: Readonly<Record<string, string>> };
    const unknown = documents.flatMap((file) => {
      const text = readFileSync(path.join(ROOT, file), 'utf8');
      const used = [...text.matchAll(/\.\/binnacle (\w+)/g)].map(([, verb = '']) => verb).filter((verb) => !verbs.includes(verb));
      const run = [...text.matchAll(/npm run (\w+)/g)].map(([, name = '']) => name).filter((name) => !(name in scripts));
      return [...used, ...run].map((word) => `${file}: ${word}`);
    });
    expect(verbs.length).toBeGreaterThan(8);
    expect(unknown).toEqual([]);
  });
});
