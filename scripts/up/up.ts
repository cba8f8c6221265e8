import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isEmptyLandscape } from '@binnacle/registry/provision';
import { mustRun } from '../run-tool.ts';
import { openDatabase, secretText, type StackDatabase } from './database.ts';
import { requireFreePorts } from './ports.ts';
import { claimFolder, endLeftovers, Processes } from './processes.ts';
import { createProgress } from './progress.ts';
import { seedDemo } from './seed.ts';
import { serviceProcesses } from './services.ts';
import { makeLocalTls } from './tls.ts';
import { DATA_FOLDER, stackAddresses, stackPorts } from './stack.ts';
import { welcome } from './welcome.ts';

/** Starts the whole system on this machine and stays until Ctrl-C. */
export async function runUp(args: readonly string[]): Promise<number> {
  const { values: options } = parseArgs({
    args: [...args],
    options: { reset: { type: 'boolean' }, ephemeral: { type: 'boolean' }, watch: { type: 'boolean' }, 'no-seed': { type: 'boolean' } },
  });
  const started = performance.now();
  const folder = options.ephemeral ? mkdtempSync(path.join(tmpdir(), 'binnacle-up-')) : DATA_FOLDER;
  openFolder(folder);
  claimFolder(folder);
  await endLeftovers(folder);
  if (options.reset) {
    rmSync(folder, { recursive: true, force: true });
    openFolder(folder);
    claimFolder(folder);
  }

  const progress = createProgress();
  const processes = new Processes(folder, options.watch ?? false);
  const databaseDied = Promise.withResolvers<string>();
  const interrupted = untilInterrupted(() => processes.kill());
  let database: StackDatabase | undefined;
  const stopAll = async (): Promise<void> => {
    await processes.stop();
    await database?.embedded?.stop();
    if (options.ephemeral) rmSync(folder, { recursive: true, force: true });
  };

  const bringUp = async (): Promise<void> => {
    const ports = stackPorts();
    const { postgres, ...servicePorts } = ports;
    await requireFreePorts(process.env['BINNACLE_DATABASE_URL'] ? servicePorts : ports);
    // In a process of its own, whose memory is given back.
    const assets = mustRun(process.execPath, ['-C', 'binnacle-src', 'scripts/cli.ts', 'assets'], { quiet: true });
    // Looked at below; without this a failure while Postgres starts would count as unhandled.
    assets.catch(() => undefined);
    const opened = await progress.step('Postgres, schema', () =>
      openDatabase({ folder, port: postgres, ephemeral: options.ephemeral ?? false, onExit: databaseDied.resolve }),
    );
    database = opened;
    processes.remember(opened.embedded?.pid);
    const keyFile = path.join(folder, 'keys', 'envelope.key');
    secretText(keyFile);
    await progress.step('Playground, Specification', () => assets);
    const tls = await makeLocalTls(folder);
    const services = serviceProcesses({ ports, folder, keyFile, database: opened, tls });
    await progress.step(services.map(({ name }) => name).join(', '), () => Promise.all(services.map((service) => processes.start(service))));
    const firstRun = await isEmptyLandscape(opened.urlOf('binnacle_gateway'));
    if (firstRun && !options['no-seed'])
      await progress.step('demo landscape', () =>
        seedDemo({ ...stackAddresses(ports), director: `http://127.0.0.1:${ports.director}`, registryUrl: opened.urlOf('binnacle_gateway'), keyFile }),
      );
    process.stdout.write(welcome(stackAddresses(ports), { seconds: (performance.now() - started) / 1000, folder, ca: tls.ca }));
  };

  const end = await Promise.race([
    bringUp()
      .then(() => Promise.race([processes.died, databaseDied.promise]))
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error))),
    interrupted.then(() => undefined),
  ]);
  if (end === undefined) process.stdout.write('\nstopping …\n');
  else process.stderr.write(`\nbinnacle: ${end}\n`);
  await stopAll();
  if (end === undefined) process.stdout.write(options.ephemeral ? 'stopped; nothing is kept\n' : 'stopped; the data stays for the next start\n');
  return end === undefined ? 0 : 1;
}

/** Logs and data are the user's own; as root the database server, which runs as `nobody`, must still get through to its folder. */
function openFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, process.getuid?.() === 0 ? 0o711 : 0o700);
}

/** Resolves at the first Ctrl-C or SIGTERM; a second one ends everything at once. */
function untilInterrupted(onSecond: () => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let signals = 0;
  const onSignal = (): void => {
    signals += 1;
    if (signals > 1) {
      onSecond();
      process.exit(130);
    }
    resolve();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return promise;
}
