import { spawn } from 'node:child_process';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '..');

export interface ToolOptions {
  /** Show its output as it comes (default), or collect it. */
  readonly quiet?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ToolResult {
  readonly code: number;
  readonly output: string;
}

/** Runs a command from the root of the checkout, without a shell. */
export function runTool(command: string, args: readonly string[], options: ToolOptions = {}): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      cwd: ROOT,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', options.quiet ? 'pipe' : 'inherit', options.quiet ? 'pipe' : 'inherit'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code: code ?? (signal ? 1 : 0), output }));
  });
}

/** Runs a command whose failure ends the verb. */
export async function mustRun(command: string, args: readonly string[], options: ToolOptions = {}): Promise<void> {
  const { code, output } = await runTool(command, args, options);
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code}\n${output}`);
}
