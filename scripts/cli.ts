/** A verb takes the words after it and answers the exit code. Its code is loaded when it is used. */
type Run = (args: readonly string[]) => Promise<number>;
type Verb = { readonly help: string; readonly load: () => Promise<Run> };

const VERBS: Readonly<Record<string, Verb>> = {
  up: { help: 'start the whole system here (--reset, --ephemeral, --no-seed, --watch)', load: async () => (await import('./up/up.ts')).runUp },
  token: { help: 'print an access token of a demo user (--user admin)', load: async () => (await import('./token.ts')).runToken },
  test: { help: 'run every check and test; with paths, only the tests there', load: async () => (await import('./test.ts')).runTests },
  codegen: { help: 'make the types of the SDL and the list of operations to come', load: async () => (await import('./checks.ts')).runCodegen },
  typecheck: { help: 'check all types', load: async () => (await import('./checks.ts')).runTypecheck },
  lint: { help: 'lint sources, formatting, documents and unused code', load: async () => (await import('./checks.ts')).runLint },
  format: { help: 'format sources', load: async () => (await import('./checks.ts')).runFormat },
  build: { help: 'bundle the services, the playground and the specification into dist/', load: async () => (await import('./build.ts')).runBuild },
  assets: { help: 'build the playground and the specification where they changed', load: async () => (await import('./build.ts')).runAssets },
  migrate: { help: 'bring the database at BINNACLE_DATABASE_URL to the newest schema', load: async () => (await import('./migrate.ts')).runMigrate },
  pki: { help: 'the certificate authority: status, init, rotate, stage, activate, retire', load: async () => (await import('./pki.ts')).runPki },
  bench: { help: 'measure, alone on the machine (bench gateway); see docs/performance.md', load: async () => (await import('./bench.ts')).runBench },
  audit: { help: 'verify: read the audit log and name the first row that was changed', load: async () => (await import('./audit.ts')).runAudit },
  verify: { help: 'the same as test', load: async () => (await import('./test.ts')).runTests },
};

const [verb = 'help', ...args] = process.argv.slice(2);
const known = VERBS[verb];
if (known) {
  process.exitCode = await known
    .load()
    .then((run) => run(args))
    .catch((error: unknown) => {
      process.stderr.write(`binnacle ${verb}: ${error instanceof Error ? error.message : String(error)}\n`);
      return 1;
    });
} else {
  const lines = Object.entries(VERBS).map(([name, { help }]) => `  ${name.padEnd(10)} ${help}`);
  const isHelp = ['help', '--help', '-h'].includes(verb);
  (isHelp ? process.stdout : process.stderr).write(
    `${isHelp ? '' : `binnacle: there is no verb "${verb}"\n\n`}usage: ./binnacle <verb>\n\n${lines.join('\n')}\n`,
  );
  process.exitCode = isHelp ? 0 : 2;
}
