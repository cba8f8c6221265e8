import { openRegistry } from '@binnacle/registry/registry';
import { verifyAudit } from '@binnacle/audit/verify-audit';
import { stackPorts } from './up/stack.ts';

/** `verify` reads the whole chain of the audit log at BINNACLE_DATABASE_URL, or of the local stack. @returns 1 when a row is not as it was linked */
export async function runAudit(args: readonly string[]): Promise<number> {
  if (args.length !== 1 || args[0] !== 'verify') {
    process.stderr.write('usage: ./binnacle audit verify\n');
    return 2;
  }
  const url = process.env['BINNACLE_DATABASE_URL'] ?? `postgres://binnacle@127.0.0.1:${stackPorts().postgres}/binnacle`;
  const registry = openRegistry({ url, applicationName: 'audit verify', poolSize: 1, statementTimeoutMs: 120_000 });
  try {
    const { verified, unlinked, broken } = await verifyAudit(registry);
    const waiting = unlinked > 0 ? `, ${unlinked} not linked yet` : '';
    if (!broken) {
      process.stdout.write(`audit log is whole: ${verified} rows verified${waiting}\n`);
      return 0;
    }
    process.stdout.write(
      `audit log is BROKEN at row ${broken.seq}${broken.id ? ` (${broken.id})` : ''}: ${broken.reason}; ${verified} rows before it are right${waiting}\n`,
    );
    return 1;
  } finally {
    await registry.close();
  }
}
