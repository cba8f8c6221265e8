import path from 'node:path';
import { runTool } from './run-tool.ts';
import { runningDatabase } from './up/database.ts';
import { serviceProcesses } from './up/services.ts';
import { DATA_FOLDER, stackPorts } from './up/stack.ts';

/** Works on the certificate authority: of the installation whose Connector settings are in the environment, or of the local stack while it runs. */
export async function runPki(args: readonly string[]): Promise<number> {
  const { code } = await runTool(
    'node',
    ['-C', 'binnacle-src', 'services/connector/src/pki-command.ts', ...args],
    process.env['REGISTRY_URL'] ? {} : { env: localSettings() },
  );
  return code;
}

function localSettings(): Readonly<Record<string, string>> {
  const ports = stackPorts();
  const keyFile = path.join(DATA_FOLDER, 'keys', 'envelope.key');
  const services = serviceProcesses({ ports, folder: DATA_FOLDER, keyFile, database: runningDatabase(DATA_FOLDER, ports.postgres) });
  return services.find(({ name }) => name === 'connector')?.env ?? {};
}
