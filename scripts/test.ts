import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runBuild } from './build.ts';
import { runCodegen, runLint } from './checks.ts';
import { runTool } from './run-tool.ts';

interface Counted {
  readonly passed: number;
  readonly failed: number;
}

const CHECKS: readonly (readonly [name: string, run: () => Promise<number>])[] = [
  ['codegen', runCodegen],
  ['types', async () => (await runTool('tsc', ['--build'])).code],
  ['lint', runLint],
  ['build', () => runBuild([])],
];

/** Every check in the order CI wants, then all tests; with paths or jest options only these tests. Ends with `N passed, N failed`. */
export async function runTests(args: readonly string[]): Promise<number> {
  if (args.length > 0) return (await runJest(args)).failed === 0 ? 0 : 1;
  let passed = 0;
  let failed = 0;
  for (const [name, run] of CHECKS) {
    process.stdout.write(`\n== ${name}\n`);
    if ((await run()) === 0) passed += 1;
    else failed += 1;
  }
  process.stdout.write('\n== tests\n');
  const tests = await runJest([]);
  passed += tests.passed;
  failed += tests.failed;
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

async function runJest(args: readonly string[]): Promise<Counted> {
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-results-'));
  const report = path.join(folder, 'jest.json');
  const { code } = await runTool('node', [
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
