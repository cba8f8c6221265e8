import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ICON_URL } from '@binnacle/brand/brand';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import { buildSpecification } from './build.ts';
import { escapeHtml } from './html.ts';
import { type Model, publishedTypes, readModel } from './model.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const FIXED_PAGES = ['clients.html', 'errors.html', 'index.html', 'limits.html', 'scopes.html'];

describe('the specification', () => {
  let folder: string;
  let model: Model;
  let written: number;
  const pages = new Map<string, string>();

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'binnacle-specification-'));
    written = await buildSpecification(folder);
    model = readModel(path.join(ROOT, 'schema/director'), 'nowhere.json');
    for (const file of globSync('**/*.html', { cwd: folder })) pages.set(file, readFileSync(path.join(folder, file), 'utf8'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The text of a page as the build writes the given description into it. */
  const shown = (description: string | null | undefined): string =>
    escapeHtml((description ?? '').split('\n\n').filter(Boolean)[0]?.replaceAll('\n', ' ') ?? '');
  const pageOf = (file: string): string => pages.get(file) ?? '';
  const operations = () => {
    const [queries, mutations] = [model.schema.getQueryType()?.getFields() ?? {}, model.schema.getMutationType()?.getFields() ?? {}];
    return [...Object.values(queries), ...Object.values(mutations)];
  };

  it('has a page for every operation and type, and the fixed ones', () => {
    const wanted = [
      ...operations().map(({ name }) => `operations/${name}.html`),
      ...publishedTypes(model.schema).map(({ name }) => `types/${name}.html`),
      ...FIXED_PAGES,
    ];
    expect(operations().length).toBeGreaterThan(100);
    expect([...pages.keys()].sort()).toEqual(wanted.sort());
    expect(written).toBe(wanted.length);
  });

  it('has no dead link', () => {
    const dead: string[] = [];
    let links = 0;
    for (const [file, text] of pages) {
      for (const [, target = ''] of text.matchAll(/(?:href|src)="([^"]*)"/g)) {
        links += 1;
        if (!resolves(file, target)) dead.push(`${file} → ${target}`);
      }
    }
    expect(dead).toEqual([]);
    expect(links).toBeGreaterThan(pages.size * 8);
  });

  function resolves(from: string, target: string): boolean {
    if (target === ICON_URL || /^\/playground\/(#query=.+)?$/.test(target)) return true;
    const [file = '', fragment] = target.split('#');
    const resolved = file === '' ? from : path.posix.join(path.posix.dirname(from), file);
    return existsSync(path.join(folder, resolved)) && (fragment === undefined || pageOf(resolved).includes(`id="${fragment}"`));
  }

  it('describes every operation, type, field, argument and value on its page', () => {
    const silent: string[] = [];
    const look = (file: string, what: string, description: string | null | undefined): void => {
      if (shown(description) === '' || !pageOf(file).includes(shown(description))) silent.push(what);
    };
    for (const { name, description, args } of operations()) {
      look(`operations/${name}.html`, name, description);
      for (const argument of args) look(`operations/${name}.html`, `${name}(${argument.name})`, argument.description);
    }
    for (const type of publishedTypes(model.schema)) {
      const file = `types/${type.name}.html`;
      look(file, type.name, type.description);
      if (isEnumType(type)) for (const value of type.getValues()) look(file, `${type.name}.${value.name}`, value.description);
      if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) look(file, `${type.name}.${field.name}`, field.description);
      if (!isObjectType(type) && !isInterfaceType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        look(file, `${type.name}.${field.name}`, field.description);
        for (const argument of field.args) look(file, `${type.name}.${field.name}(${argument.name})`, argument.description);
      }
    }
    expect(silent).toEqual([]);
  });

  it('leaves no argument or member without a meaning in its row', () => {
    const rows = [...pages].flatMap(([file, text]) => [...text.matchAll(/<tr[^>]*><th scope="row">.*?<\/tr>/gs)].map(([row]) => ({ file, row })));
    expect(rows.length).toBeGreaterThan(1_000);
    expect(rows.filter(({ row }) => /<td>\s*<\/td>/.test(row))).toEqual([]);
  });

  it('shows the scopes that an operation, a field or an input needs', () => {
    const missing = Object.entries(model.scopes).filter(([name, scopes]) => {
      const [, kind = '', owner = '', member = ''] = name.split('.');
      const isOperation = kind === 'query' || kind === 'mutation';
      const text = isOperation ? pageOf(`operations/${owner}.html`) : rowOf(pageOf(`types/${owner}.html`), member);
      return !scopes.every((scope) => text.includes(`<code>${scope}</code>`));
    });
    expect(missing).toEqual([]);
    expect(Object.keys(model.scopes).length).toBeGreaterThan(100);
  });

  const rowOf = (text: string, member: string): string => new RegExp(`<tr id="${member}">.*?</tr>`, 's').exec(text)?.[0] ?? '';

  it('says what is deprecated, and why', () => {
    expect(rowOf(pageOf('types/BasicCredentialData.html'), 'username')).not.toContain('Deprecated');
    const deprecated = publishedTypes(model.schema).flatMap((type) =>
      isObjectType(type) || isInputObjectType(type)
        ? Object.values(type.getFields())
            .filter(({ deprecationReason }) => typeof deprecationReason === 'string')
            .map((field) => ({ row: rowOf(pageOf(`types/${type.name}.html`), field.name), reason: field.deprecationReason ?? '' }))
        : [],
    );
    expect(deprecated.length).toBeGreaterThan(0);
    for (const { row, reason } of deprecated) expect(row).toContain(`<strong>Deprecated</strong>: ${escapeHtml(reason)}`);
  });

  it('marks the operations that this version does not serve, on their pages and in the index', () => {
    const list = JSON.parse(readFileSync(path.join(ROOT, 'services/director/src/generated/unavailable-operations.json'), 'utf8')) as string[];
    for (const { name } of operations())
      expect([name, pageOf(`operations/${name}.html`).includes('not available in this version')]).toEqual([name, list.includes(name)]);
    expect(pageOf('index.html').split('not in this version').length - 1).toBe(list.length);
  });

  it('shows every example with the variables it needs, and opens it in the playground', () => {
    const shipped = globSync('*/*.graphql', { cwd: path.join(ROOT, 'schema/director/examples') });
    const names = new Map(operations().map(({ name }) => [name.toLowerCase(), name]));
    expect(shipped.length).toBeGreaterThan(30);
    for (const file of shipped) {
      const text = pageOf(`operations/${names.get(path.dirname(file).replaceAll('-', ''))}.html`);
      const source = path.join(ROOT, 'schema/director/examples', file);
      const query = readFileSync(source, 'utf8');
      const variables = source.replace(/graphql$/, 'json');
      const link = `/playground/#query=${encodeURIComponent(query)}${existsSync(variables) ? `&variables=${encodeURIComponent(readFileSync(variables, 'utf8'))}` : ''}`;
      expect(text).toContain(escapeHtml(query));
      expect(text).toContain(`href="${escapeHtml(link)}"`);
    }
  });

  it('carries the words by which its search finds an operation', () => {
    const entries = JSON.parse(readFileSync(path.join(folder, 'search.json'), 'utf8')) as { title: string; page: string; words: string[] }[];
    expect(entries.map(({ page }) => page).sort()).toEqual([...pages.keys()].sort());
    const found = entries.filter(({ words }) => ['one', 'time', 'token'].every((word) => words.includes(word))).map(({ title }) => title);
    expect(found).toEqual(expect.arrayContaining(['requestOneTimeTokenForApplication', 'requestOneTimeTokenForRuntime']));
    expect(found.length).toBeLessThan(15);
  });

  it('offers the schema and its introspection for download', () => {
    expect(readFileSync(path.join(folder, 'schema.graphql'), 'utf8')).toContain('registerApplication(');
    const { data } = JSON.parse(readFileSync(path.join(folder, 'introspection.json'), 'utf8')) as { data: { __schema: { types: { name: string }[] } } };
    expect(data.__schema.types.map(({ name }) => name)).toContain('Application');
  });

  it('names nothing outside: no script, style, image or link of another host', () => {
    for (const [file, text] of pages)
      expect([file, [...text.matchAll(/(?:href|src|action)="(?:[a-z]+:)?\/\/[^"]*"/g)].map(([found]) => found)]).toEqual([file, []]);
  });
});
