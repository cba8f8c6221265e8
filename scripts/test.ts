import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runBuild } from './build.ts';
import { runCodegen, runLint, runTypes } from './checks.ts';
import { runTool } from './run-tool.ts';

interface Counted {
  readonly passed: number;
  readonly failed: number;
}

type Check = readonly [name: string, run: () => Promise<number>];

const CHECKS: readonly Check[] = [
  ['codegen', runCodegen],
  ['types', runTypes],
  ['lint', runLint],
  ['build', () => runBuild([])],
];

/** Every check in the order CI wants, then all tests; with paths or jest options only these tests. Ends with `N passed, N failed`. */
export async function runTests(args: readonly string[]): Promise<number> {
  if (args.length > 0) return (await runJest(args)).failed === 0 ? 0 : 1;
  const checks = await runChecks(CHECKS);
  process.stdout.write('\n== tests\n');
  const tests = await runJest([]);
  const failed = checks.failed + tests.failed;
  process.stdout.write(`\n${checks.passed + tests.passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

/** Runs all checks, whatever becomes of one: who mends things wants to know all of them. One that throws has failed. */
export async function runChecks(checks: readonly Check[]): Promise<Counted> {
  let passed = 0;
  for (const [name, run] of checks) {
    process.stdout.write(`\n== ${name}\n`);
    const code = await run().catch((error: unknown) => {
      process.stderr.write(`${name} threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      return 1;
    });
    if (code === 0) passed += 1;
    else process.stdout.write(`${name} failed\n`);
  }
  return { passed, failed: checks.length - passed };
}

async function runJest(args: readonly string[]): Promise<Counted> {
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-results-'));
  const report = path.join(folder, 'jest.json');
  const { code } = await runTool(process.execPath, [
    '-C',
    'binnacle-src',
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--json',
    `--outputFile=${report}`,
    ...args,
  ]);
  const counted = countsOf(report);
  rmSync(folder, { recursive: true, force: true });
  // A suite that cannot even load has no tests to fail, and a run without a report is a failure whatever it says.
  return code === 0 || counted.failed > 0 ? counted : { ...counted, failed: 1 };
}

function countsOf(report: string): Counted {
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
    return { passed: numPassedTests ?? 0, failed: Math.max((numFailedTests ?? 0) + (numPendingTests ?? 0), numFailedTestSuites ?? 0) };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
