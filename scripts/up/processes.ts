import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../run-tool.ts';

export interface ServiceProcess {
  readonly name: string;
  readonly main: string;
  readonly env: Readonly<Record<string, string>>;
  /** Answers 200 once the service is ready. */
  readonly readyUrl: string;
}

const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;

/** The service processes of one run; their pids are kept in a file, so that a run that was killed leaves nothing behind for long. */
export class Processes {
  readonly #children = new Map<string, ChildProcess>();
  readonly #folder: string;
  readonly #watch: boolean;
  readonly #pids: number[] = [];
  #stopping = false;
  /** Resolves with a sentence when a process ends that nobody asked to. */
  readonly died: Promise<string>;
  #reportDeath: (reason: string) => void;

  constructor(folder: string, watch: boolean) {
    this.#folder = folder;
    this.#watch = watch;
    const death = Promise.withResolvers<string>();
    this.died = death.promise;
    this.#reportDeath = death.resolve;
    mkdirSync(path.join(folder, 'logs'), { recursive: true });
  }

  /** Starts a service and waits until it is ready. @throws Error with its last lines when it ends or stays silent */
  async start(service: ServiceProcess): Promise<void> {
    const logFile = path.join(this.#folder, 'logs', `${service.name}.log`);
    const output = createWriteStream(logFile, { flags: 'w' });
    const child = spawn(
      process.execPath,
      ['-C', 'binnacle-src', ...(this.#watch ? ['--watch', '--watch-preserve-output'] : []), '--import', './libs/telemetry/src/register.ts', service.main],
      {
        cwd: ROOT,
        env: { ...process.env, OTEL_SERVICE_NAME: `binnacle-${service.name}`, ...service.env },
        stdio: ['ignore', 'pipe', 'pipe'],
        // A group of its own: Ctrl-C reaches only us, and we stop the services in order.
        detached: true,
      },
    );
    this.#children.set(service.name, child);
    let tail = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output.write(chunk);
        tail = (tail + chunk.toString()).slice(-4_000);
      });
    }
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) =>
        resolve(`${service.name} ended (${signal ?? `exit code ${code}`}); its last lines, from ${logFile}:\n${tail.trim().split('\n').slice(-6).join('\n')}`),
      );
    });
    void ended.then((reason) => {
      if (!this.#stopping) this.#reportDeath(reason);
    });
    this.remember(child.pid);
    const failure = await Promise.race([this.#untilReady(service), ended]);
    if (failure !== undefined) throw new Error(failure);
  }

  /** Notes a pid that a later run may have to clean away. */
  remember(pid: number | undefined): void {
    if (pid === undefined) return;
    this.#pids.push(pid);
    writeFileSync(pidFile(this.#folder), JSON.stringify(this.#pids));
  }

  /** Stops the services in the order in which they were started, last first, and waits for them. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const child of [...this.#children.values()].reverse()) await end(child);
    rmSync(pidFile(this.#folder), { force: true });
  }

  /** Ends everything at once. */
  kill(): void {
    for (const child of this.#children.values()) child.kill('SIGKILL');
  }

  async #untilReady(service: ServiceProcess): Promise<string | undefined> {
    const deadline = Date.now() + READY_LIMIT_MS;
    let last = 'no answer';
    while (Date.now() < deadline) {
      const response = await fetch(service.readyUrl).catch(() => undefined);
      if (response?.ok) return undefined;
      if (response) last = await response.text();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return `${service.name} was not ready within ${READY_LIMIT_MS / 1000} s: ${last}`;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(timer);
}

/** Ends what an earlier run, killed half-way, left running on the same data. */
export async function endLeftovers(folder: string): Promise<void> {
  const left = [...new Set([...pidsIn(pidFile(folder)), ...databasePid(folder)])].filter(isOurs);
  for (const pid of left) process.kill(pid, 'SIGINT');
  const deadline = Date.now() + STOP_LIMIT_MS;
  while (left.some(isOurs) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100));
  for (const pid of left.filter(isOurs)) process.kill(pid, 'SIGKILL');
  rmSync(pidFile(folder), { force: true });
  forgetDeadServer(folder);
}

/** PostgreSQL does not start while its last pid is taken: by a corpse that nobody buries, as in many containers, or by somebody else's process. */
function forgetDeadServer(folder: string): void {
  const [pid] = databasePid(folder);
  if (pid !== undefined && !isOurs(pid)) rmSync(path.join(folder, 'postgres/data/postmaster.pid'), { force: true });
}

/** @throws Error when a living start works on these data: a second one would end its services */
export function claimFolder(folder: string): void {
  const file = path.join(folder, 'starter.json');
  const [owner] = pidsIn(file);
  if (owner !== undefined && owner !== process.pid && /scripts\/cli\.ts up/.test(commandLineOf(owner)))
    throw new Error(
      `Binnacle is running on these data already (process ${owner}, ${folder}).\nUse that one, stop it, or start another beside it: BINNACLE_DATA=… BINNACLE_PORT_OFFSET=1000 npm start`,
    );
  writeFileSync(file, JSON.stringify([process.pid]));
}

/** The server's own note, for a start that was killed before it had made one. */
function databasePid(folder: string): readonly number[] {
  const file = path.join(folder, 'postgres/data/postmaster.pid');
  return existsSync(file) ? [Number.parseInt(readFileSync(file, 'utf8'), 10)] : [];
}

/** None when the file was cut off by a crash. */
function pidsIn(file: string): readonly number[] {
  try {
    const pids: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(pids) ? pids.filter((pid) => Number.isInteger(pid)) : [];
  } catch {
    return [];
  }
}

/** A pid may have been given to somebody else since: only a command line of ours counts. */
function isOurs(pid: number): boolean {
  return /services\/\w+\/src\/main\.ts|bin\/postgres/.test(commandLineOf(pid));
}

/** Empty when there is no such process. */
function commandLineOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') : '';
  }
}

const pidFile = (folder: string): string => path.join(folder, 'running.json');
