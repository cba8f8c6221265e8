import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { BRAND_CSS, ICON_URL } from '@binnacle/brand/brand';
import { build, type BuildOptions } from 'esbuild';

const HERE = import.meta.dirname;
const EXAMPLES = path.resolve(HERE, '../../schema/director/examples');

/** Bundles the playground into static files that load nothing from elsewhere. */
export async function buildPlayground(outDir: string): Promise<void> {
  const fromGraphiql = createRequire(createRequire(import.meta.url).resolve('@graphiql/react'));
  const assets = path.join(outDir, 'assets');
  const common = {
    bundle: true,
    minify: true,
    target: 'es2022',
    outdir: assets,
    logLevel: 'warning',
    legalComments: 'none',
    conditions: ['binnacle-src'],
    loader: { '.ttf': 'file', '.woff': 'file', '.woff2': 'file' },
    define: { 'process.env.NODE_ENV': '"production"' },
  } satisfies BuildOptions;
  await Promise.all([
    build({ ...common, entryPoints: { playground: path.join(HERE, 'src/main.tsx') }, format: 'esm', splitting: true, publicPath: '/playground/assets' }),
    build({
      ...common,
      entryPoints: {
        'editor.worker': fromGraphiql.resolve('monaco-editor/esm/vs/editor/editor.worker.js'),
        'json.worker': fromGraphiql.resolve('monaco-editor/esm/vs/language/json/json.worker.js'),
        'graphql.worker': fromGraphiql.resolve('monaco-graphql/esm/graphql.worker.js'),
      },
      format: 'iife',
    }),
  ]);
  writeFileSync(path.join(assets, 'brand.css'), BRAND_CSS);
  writeFileSync(path.join(outDir, 'index.html'), readFileSync(path.join(HERE, 'src/page.html'), 'utf8').replace('%ICON%', ICON_URL));
  copyFileSync(path.join(HERE, '../../schema/director/scopes.json'), path.join(outDir, 'scopes.json'));
  writeFileSync(path.join(outDir, 'examples.json'), JSON.stringify(examples()));
}

interface Example {
  readonly operation: string;
  readonly name: string;
  /** First comment of the file. */
  readonly about: string;
  readonly query: string;
  readonly variables: string;
}

function examples(): readonly Example[] {
  mkdirSync(EXAMPLES, { recursive: true });
  return globSync('*/*.graphql', { cwd: EXAMPLES })
    .sort()
    .map((file) => {
      const query = readFileSync(path.join(EXAMPLES, file), 'utf8');
      const variables = path.join(EXAMPLES, file.replace(/\.graphql$/, '.json'));
      return {
        operation: path.dirname(file),
        name: path.basename(file, '.graphql'),
        about: /^#\s*(.*)$/m.exec(query)?.[1] ?? '',
        query,
        variables: existsSync(variables) ? readFileSync(variables, 'utf8') : '',
      };
    });
}
