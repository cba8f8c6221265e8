import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** A server in a process of its own, so that what it costs is not mixed with what the load costs. */
export interface Service {
  readonly pid: number;
  /** Sends a message and answers the next one that comes back. */
  ask<T>(message: unknown): Promise<T>;
  stop(): void;
}

export interface Forked extends Service {
  readonly port: number;
}

const EXEC_ARGV = ['-C', 'binnacle-src', '--disable-warning=ExperimentalWarning', '--import', path.join(import.meta.dirname, 'watch-stalls.ts')];

/** Starts `file` (a script of this folder), hands it `settings` and waits for `{ port }`. */
export async function forkServer(file: string, settings: object): Promise<Forked> {
  const child = fork(path.join(import.meta.dirname, file), {
    execArgv: EXEC_ARGV,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, LOAD_SETTINGS: JSON.stringify(settings) },
  });
  const { port } = await nextMessage<{ port: number }>(child, file);
  return { port, ...control(child, file) };
}

/** Starts a service as it is deployed, its settings in the environment, and waits until `readyUrl` answers 200. Its log goes nowhere. */
export async function startService(name: string, env: Readonly<Record<string, string>>, readyUrl: string): Promise<Service> {
  const child = fork(path.resolve(import.meta.dirname, `../../../services/${name}/src/main.ts`), {
    execArgv: EXEC_ARGV,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
  await Promise.race([untilReady(readyUrl), ended(child, name)]);
  return control(child, name);
}

function control(child: ChildProcess, name: string): Service {
  // Each question waits for the end of the process as well.
  child.setMaxListeners(0);
  return {
    pid: child.pid ?? 0,
    ask<T>(message: unknown) {
      const answer = nextMessage<T>(child, name);
      child.send(message as object);
      return answer;
    },
    stop: () => void child.kill('SIGKILL'),
  };
}

const nextMessage = <T>(child: ChildProcess, name: string): Promise<T> =>
  Promise.race([new Promise<T>((resolve) => child.once('message', (message) => resolve(message as T))), ended(child, name)]);

function ended(child: ChildProcess, name: string): Promise<never> {
  const end = new Promise<never>((_, reject) => child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`))));
  // Looked at only while something is awaited of the process.
  end.catch(() => undefined);
  return end;
}

async function untilReady(url: string): Promise<void> {
  while (!(await fetch(url).catch(() => undefined))?.ok) await setTimeout(50);
}

/** What the parent handed over. */
export const settingsOf = <T>(): T => JSON.parse(process.env['LOAD_SETTINGS'] ?? '{}') as T;
