import { runTool } from './run-tool.ts';

const inOrder = async (...commands: readonly (readonly [string, ...string[]])[]): Promise<number> => {
  for (const [command, ...args] of commands) {
    const { code } = await runTool(command, args);
    if (code !== 0) return code;
  }
  return 0;
};

export const runCodegen = (): Promise<number> => inOrder(['graphql-codegen', '--config', 'codegen.mjs']);

export const runTypecheck = async (): Promise<number> => (await runCodegen()) || inOrder(['tsc', '--build']);

export const runFormat = (): Promise<number> => inOrder(['biome', 'format', '--write', '.']);

export const runLint = (): Promise<number> =>
  inOrder(['oxlint', '--deny-warnings'], ['biome', 'format', '.'], ['knip'], ['markdownlint-cli2']);
