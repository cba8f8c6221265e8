import { globSync } from 'node:fs';
import path from 'node:path';
import { ROOT, runTool } from './run-tool.ts';

/** Runs one of the measurements of `tests/load`; what they say is kept in `docs/performance.md`. */
export async function runBench([name = '', ...args]: readonly string[]): Promise<number> {
  const names = globSync('tests/load/*.ts', { cwd: ROOT }).map((file) => path.basename(file, '.ts'));
  if (!names.includes(name)) throw new Error(`name one of: ${names.sort().join(', ')}`);
  const { code } = await runTool(process.execPath, ['-C', 'binnacle-src', '--disable-warning=ExperimentalWarning', `tests/load/${name}.ts`, ...args]);
  return code;
}
