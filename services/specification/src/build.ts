import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BRAND_CSS } from '@binnacle/brand/brand';
import { introspectionFromSchema } from 'graphql';
import { clientsPage, errorsPage, limitsPage, scopesPage } from './fixed-pages.ts';
import { type Html, page } from './html.ts';
import { publishedTypes, readModel } from './model.ts';
import { conceptTitle, indexPage, operationPage, typePage } from './pages.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

interface SearchEntry {
  readonly title: string;
  readonly page: string;
  readonly words: readonly string[];
}

/** Writes the published reference: one page an operation and a type, an index, search, downloads. Answers the number of pages. */
export function buildSpecification(outDir: string): Promise<number> {
  const model = readModel(path.join(ROOT, 'schema/director'), path.join(ROOT, 'services/director/src/generated/unavailable-operations.json'));
  const search: SearchEntry[] = [];
  let pages = 0;
  const write = (file: string, title: string, body: Html, about = '', trail?: string): void => {
    const target = path.join(outDir, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, page(title, file.split('/').length - 1, body, trail));
    search.push({ title, page: file, words: [...new Set(wordsOf(`${title} ${about}`))] });
    pages += 1;
  };
  for (const [concept, operations] of model.concepts) {
    for (const operation of operations) {
      const { name, description } = operation.field;
      write(`operations/${name}.html`, name, operationPage(model, operation, operations), description ?? '', conceptTitle(concept));
    }
  }
  for (const type of publishedTypes(model.schema)) write(`types/${type.name}.html`, type.name, typePage(model, type), type.description ?? '', 'Types');
  write('errors.html', 'Errors', errorsPage());
  write('scopes.html', 'Scopes', scopesPage(model));
  write('limits.html', 'Limits', limitsPage());
  write('clients.html', 'Use your existing client', clientsPage());
  write('index.html', 'Director API', indexPage(model));
  writeFileSync(path.join(outDir, 'search.json'), JSON.stringify(search));
  writeFileSync(path.join(outDir, 'schema.graphql'), model.sdl);
  writeFileSync(path.join(outDir, 'introspection.json'), JSON.stringify({ data: introspectionFromSchema(model.schema) }));
  const assets = path.join(import.meta.dirname, 'assets');
  writeFileSync(path.join(outDir, 'style.css'), BRAND_CSS + readFileSync(path.join(assets, 'style.css'), 'utf8'));
  for (const script of ['search.js', 'copy.js']) copyFileSync(path.join(assets, script), path.join(outDir, script));
  return Promise.resolve(pages);
}

/** Words of a text, names cut at their capitals; the same cut as in the page's search. */
function wordsOf(text: string): readonly string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
}
