import { type ChildProcess, fork, spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** A server in a process of its own, so that what it costs is not mixed with what the load costs. */
export interface Forked {
  readonly port: number;
  /** Sends a message and answers the next one that comes back. */
  ask<T>(message: unknown): Promise<T>;
  stop(): void;
}

const EXEC_ARGV = ['-C', 'binnacle-src', '--disable-warning=ExperimentalWarning'];

/** Starts `file` (a script of this folder), hands it `settings` and waits for `{ port }`. */
export function forkServer(file: string, settings: object): Promise<Forked> {
  return control(
    fork(path.join(import.meta.dirname, file), {
      execArgv: EXEC_ARGV,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, LOAD_SETTINGS: JSON.stringify(settings) },
    }),
    file,
  );
}

async function control(child: ChildProcess, file: string): Promise<Forked> {
  const next = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      child.once('message', (message) => resolve(message as T));
      child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
    });
  const { port } = await next<{ port: number }>();
  return {
    port,
    ask: <T>(message: unknown) => {
      const answer = next<T>();
      child.send(message as object);
      return answer;
    },
    stop: () => void child.kill('SIGKILL'),
  };
}

/** What the parent handed over. */
export const settingsOf = <T>(): T => JSON.parse(process.env['LOAD_SETTINGS'] ?? '{}') as T;

export interface Spawned {
  readonly pid: number;
  stop(): void;
}

/** Starts a command and waits until `readyUrl` answers 200. What it writes to standard output is thrown away, as in a container nobody looks at. */
export async function startCommand(command: string, args: readonly string[], env: Readonly<Record<string, string>>, readyUrl: string): Promise<Spawned> {
  const child = spawn(command, [...args], { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...env } });
  const ended = new Promise<never>((_, reject) => child.once('exit', (code) => reject(new Error(`${command} ${args.at(-1)} ended with ${code}`))));
  ended.catch(() => undefined);
  await Promise.race([ended, untilReady(readyUrl)]);
  return { pid: child.pid ?? 0, stop: () => void child.kill('SIGKILL') };
}

async function untilReady(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await setTimeout(50);
  }
}

/** Starts a service as it is deployed: its own entry, its settings in the environment. */
export const startService = (name: string, env: Readonly<Record<string, string>>, readyUrl: string): Promise<Spawned> =>
  startCommand(process.execPath, [...EXEC_ARGV, path.resolve(import.meta.dirname, `../../../services/${name}/src/main.ts`)], env, readyUrl);
