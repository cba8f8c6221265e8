import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';

/** A server in a process of its own, so that what it costs is not mixed with what the load costs. */
export interface Forked {
  readonly port: number;
  /** Sends a message and answers the next one that comes back. */
  ask<T>(message: unknown): Promise<T>;
  stop(): void;
}

/** Starts `file` (a script of this folder), hands it `settings` and waits for `{ port }`. */
export async function forkServer(file: string, settings: object): Promise<Forked> {
  const child: ChildProcess = fork(path.join(import.meta.dirname, file), {
    execArgv: ['-C', 'binnacle-src', '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, LOAD_SETTINGS: JSON.stringify(settings) },
  });
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
