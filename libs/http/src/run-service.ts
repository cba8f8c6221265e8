import type { EnvReader } from '@binnacle/config/env-reader';
import { log } from '@binnacle/log/log';
import { flushTraces } from '@binnacle/telemetry/tracing';
import { noteUnhandled } from './unhandled-errors.ts';

/** A started service: how it stops taking work, and how it ends. */
export interface RunningService {
  /** Readiness turns to 503; calls are still answered. */
  startDraining(): void;
  /** Stops accepting, answers what is open, closes what it holds. */
  stop(): Promise<void>;
}

export interface RunOptions {
  /** Where the settings were read; the service starts only when all of them are usable. */
  readonly env: EnvReader;
  /** How long to go on accepting after readiness turned, so that balancers notice. */
  readonly preStopDelayMs: number;
  /** How long open calls may take to end. */
  readonly drainLimitMs: number;
}

/**
 * Runs a service until SIGTERM or SIGINT: not ready → `preStopDelayMs` → stop accepting and finish what is open → exit 0.
 * A second signal ends at once. A start that fails prints one line that says why and exits 1; a throw nobody caught is logged and
 * counted, and the process lives on. With `--settings` it prints the settings it knows as JSON and starts nothing.
 */
export function runService(start: () => Promise<RunningService>, options: RunOptions): void {
  if (process.argv.includes('--settings')) return void process.stdout.write(`${JSON.stringify(options.env.settings, null, 2)}\n`);
  let running: RunningService | undefined;
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping || !running) process.exit(stopping ? 1 : 0);
    stopping = true;
    log().info({ signal }, 'stopping');
    void drain(running, options);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('unhandledRejection', (reason) => {
    noteUnhandled('rejection');
    log().error({ err: reason }, 'unhandled rejection');
  });
  process.on('uncaughtException', (error) => {
    noteUnhandled('exception');
    log().error({ err: error }, 'uncaught exception');
  });
  started(start, options.env).then(
    (service) => {
      running = service;
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      log().fatal({ err: error }, 'start failed');
      process.exit(1);
    },
  );
}

async function started(start: () => Promise<RunningService>, env: EnvReader): Promise<RunningService> {
  env.done();
  return start();
}

async function drain(service: RunningService, options: RunOptions): Promise<void> {
  service.startDraining();
  await new Promise((resolve) => setTimeout(resolve, options.preStopDelayMs));
  const limit = setTimeout(() => {
    log().warn('open calls did not end in time');
    process.exit(0);
  }, options.drainLimitMs);
  limit.unref();
  await service.stop().catch((error: unknown) => log().error({ err: error }, 'stop failed'));
  await flushTraces();
  log().info('stopped');
  process.exit(0);
}
