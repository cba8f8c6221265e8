import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './run-tool.ts';

/** Bundles by name, and what they are made from. */
const BUNDLES: Readonly<Record<string, string>> = {
  director: 'services/director/src/main.ts',
  gateway: 'services/gateway/src/main.ts',
  connector: 'services/connector/src/main.ts',
  'connector-pki': 'services/connector/src/pki-command.ts',
  identity: 'services/identity/src/main.ts',
};

/** Static files that the Gateway serves: what they are made from, and how. */
const ASSETS = [
  {
    name: 'playground',
    inputs: ['services/playground/{build.ts,package.json,src/**/*}', 'libs/brand/src/*', 'schema/director/**/*', 'pnpm-lock.yaml'],
    build: async (folder: string) => (await import('../services/playground/build.ts')).buildPlayground(folder),
  },
  {
    name: 'specification',
    inputs: [
      'services/specification/{package.json,src/**/*}',
      'libs/brand/src/*',
      'schema/director/**/*',
      'services/director/src/generated/unavailable-operations.json',
    ],
    build: async (folder: string) => void (await (await import('../services/specification/src/build.ts')).buildSpecification(folder)),
  },
] as const;

/** Builds the playground and the specification where their inputs changed since the last time. */
export async function buildAssets(): Promise<void> {
  const { writeUnavailableOperations } = await import('./unavailable-operations.ts');
  writeUnavailableOperations();
  for (const { name, inputs, build } of ASSETS) {
    const folder = path.join(ROOT, 'dist', name);
    const stamp = path.join(ROOT, 'dist', `${name}.inputs`);
    const digest = digestOf(inputs);
    if (existsSync(folder) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) continue;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await build(folder);
    writeFileSync(stamp, digest);
  }
}

function digestOf(patterns: readonly string[]): string {
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT, withFileTypes: true })).filter((entry) => entry.isFile());
  const hash = createHash('sha256');
  for (const file of files.map((entry) => path.join(entry.parentPath, entry.name)).sort()) hash.update(path.relative(ROOT, file)).update(readFileSync(file));
  return hash.digest('hex');
}

/** Bundles every service into one file each and builds the static files. */
export async function runBuild(_args: readonly string[]): Promise<number> {
  const { build } = await import('esbuild');
  for (const [name, entry] of Object.entries(BUNDLES)) {
    await build({
      entryPoints: [path.join(ROOT, entry)],
      outfile: path.join(ROOT, `dist/services/${name}.mjs`),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      conditions: ['binnacle-src'],
      minifySyntax: true,
      legalComments: 'none',
      sourcemap: 'linked',
      sourcesContent: false,
      logLevel: 'warning',
      // Drivers that pg and knex load only when they are asked for; the Registry asks for none of them.
      external: ['pg-native', 'better-sqlite3', 'mariadb', 'mysql', 'mysql2', 'oracledb', 'sqlite3', 'tedious'],
      // CommonJS dependencies call require, which an ES module does not have.
      banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    });
  }
  await buildAssets();
  return 0;
}

export async function runAssets(): Promise<number> {
  await buildAssets();
  return 0;
}
