import { runTool } from './run-tool.ts';

const inOrder = async (...commands: readonly (readonly [string, ...string[]])[]): Promise<number> => {
  for (const [command, ...args] of commands) {
    const { code } = await runTool(command, args);
    if (code !== 0) return code;
  }
  return 0;
};

export async function runCodegen(): Promise<number> {
  const code = await inOrder(['graphql-codegen', '--silent', '--config', 'codegen.mjs']);
  if (code !== 0) return code;
  const { writeUnavailableOperations } = await import('./unavailable-operations.ts');
  writeUnavailableOperations();
  return 0;
}

/** The playground runs in a browser and is bundled, so it is no project that others can refer to. */
export const runTypes = (): Promise<number> => inOrder(['tsc', '--build'], ['tsc', '--noEmit', '--project', 'services/playground']);

export const runTypecheck = async (): Promise<number> => (await runCodegen()) || runTypes();

export const runFormat = (): Promise<number> => inOrder(['biome', 'format', '--write', '.']);

export const runLint = (): Promise<number> =>
  inOrder(['oxlint', '--deny-warnings'], ['biome', 'format', '.'], ['knip', '--no-config-hints'], ['markdownlint-cli2']);
