import { runBuild } from './build.ts';
import { runCodegen, runFormat, runLint, runTypecheck } from './checks.ts';
import { runMigrate } from './migrate.ts';
import { runTests } from './test.ts';
import { runToken } from './token.ts';
import { runUp } from './up/up.ts';

/** A verb takes the words after it and answers the exit code. */
type Verb = { readonly help: string; readonly run: (args: readonly string[]) => Promise<number> };

const VERBS: Readonly<Record<string, Verb>> = {
  up: { help: 'start the whole system here (--reset, --ephemeral, --no-seed, --watch)', run: runUp },
  token: { help: 'print an access token of a demo user (--user admin)', run: runToken },
  test: { help: 'run every check and test; with paths, only the tests there', run: runTests },
  codegen: { help: 'make the types of the SDL and the generated pages', run: runCodegen },
  typecheck: { help: 'check all types', run: runTypecheck },
  lint: { help: 'lint sources, formatting, documents and unused code', run: runLint },
  format: { help: 'format sources', run: runFormat },
  build: { help: 'bundle the services, the playground and the specification into dist/', run: runBuild },
  migrate: { help: 'bring the database at BINNACLE_DATABASE_URL to the newest schema', run: runMigrate },
  verify: { help: 'the same as test', run: () => runTests([]) },
};

const [verb = 'help', ...args] = process.argv.slice(2);
const known = VERBS[verb];
if (known) {
  process.exitCode = await known.run(args).catch((error: unknown) => {
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
