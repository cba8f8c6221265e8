import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { asRole } from '@binnacle/testkit/test-postgres';
import { serviceProcesses } from '../../../scripts/up/services.ts';
import { DEFAULT_PORTS, type StackPorts } from '../../../scripts/up/stack.ts';
import { startLandscape } from './landscape.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const PORT_OFFSET = 21_000;

export interface Bundles {
  readonly services: readonly { readonly name: string; readonly pid: number }[];
  stop(): Promise<void>;
}

/** Starts the services of the local stack from their bundles in `dist/services`. */
export async function startBundles(): Promise<Bundles> {
  const landscape = await startLandscape({ tenants: 10, applications: 10, bigTenantApplications: 100 });
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-bundles-'));
  const keyFile = path.join(folder, 'envelope.key');
  writeFileSync(keyFile, randomBytes(32).toString('base64'));
  const ports = Object.fromEntries(Object.entries(DEFAULT_PORTS).map(([name, port]) => [name, port + PORT_OFFSET])) as unknown as StackPorts; // the same names
  const database = { embedded: undefined, urlOf: (role: string) => asRole(landscape.adminUrl, role) };
  const services = serviceProcesses({ ports, folder, keyFile, database }).map(({ name, env, readyUrl }) => ({ name, readyUrl, child: startBundle(name, env) }));
  await Promise.all(services.map(({ name, readyUrl, child }) => untilReady(name, readyUrl, child)));
  return {
    services: services.map(({ name, child }) => ({ name, pid: child.pid ?? 0 })),
    async stop() {
      for (const { child } of services) child.kill('SIGKILL');
      await landscape.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const startBundle = (name: string, env: Readonly<Record<string, string>>): ChildProcess =>
  spawn(process.execPath, [path.join(ROOT, `dist/services/${name}.mjs`)], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, SCHEMA_FOLDER: path.join(ROOT, 'schema/director'), ...env },
  });

async function untilReady(name: string, url: string, child: ChildProcess): Promise<void> {
  while (!(await fetch(url).catch(() => undefined))?.ok) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    await setTimeout(50);
  }
}
