import { parseArgs } from 'node:util';
import { stackAddresses } from './up/stack.ts';
import { runTool } from './run-tool.ts';

/** Prints an access token of a demo user of the local stack, fetched from its real OpenID provider. */
export async function runToken(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { user: { type: 'string', default: 'admin' } } });
  const { code } = await runTool('node', [
    '-C',
    'binnacle-src',
    'services/identity/src/token-command.ts',
    '--user',
    values.user,
    '--issuer',
    stackAddresses().issuer,
  ]);
  return code;
}
