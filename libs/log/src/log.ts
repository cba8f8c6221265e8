import { AsyncLocalStorage } from 'node:async_hooks';
import { type Logger, pino } from 'pino';
import { redacted } from './redact.ts';

export type { Logger } from 'pino';

/** The logger of a request; made when the first line is written, since most requests write none. */
interface RequestLog {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly parent: Logger;
  logger?: Logger;
}

const storage = new AsyncLocalStorage<RequestLog>();
let root: Logger = pino({ level: 'silent' });

export interface LogOptions {
  readonly service: string;
  readonly level: 'error' | 'warn' | 'info' | 'debug' | 'silent';
  /** Where lines go; standard output unless a test wants to read them. */
  readonly destination?: { write(line: string): void };
}

/** Sets the process's logger up: JSON lines with the service's name; secrets are cut out here, once for everybody. */
export function startLog(options: LogOptions): Logger {
  const settings = {
    level: options.level,
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: redacted },
    serializers: { err: (error: Error) => redacted(pino.stdSerializers.err(error)) },
  };
  // Written at once: pino's default keeps lines for later, and when the reader of our output has died its flush at exit never ends.
  root = pino(settings, options.destination ?? pino.destination({ dest: 1, sync: true }));
  return root;
}

/** The logger of the request that is being worked on, or the process's. */
export function log(): Logger {
  const request = storage.getStore();
  return request ? (request.logger ??= request.parent.child(redacted(request.fields))) : root;
}

/** Whether debug lines are written at all: asked where making a logger for one would cost more than the work it tells of. */
export function isDebugging(): boolean {
  return root.isLevelEnabled('debug');
}

/** Runs `body` so that `log()` in it, and in whatever it awaits, adds `fields` to each line. */
export function withLogFields<T>(fields: Readonly<Record<string, unknown>>, body: () => T): T {
  return storage.run({ fields, parent: storage.getStore() ? log() : root }, body);
}
