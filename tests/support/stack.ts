import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DEFAULT_PORTS } from '../../scripts/up/stack.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const START_LIMIT_MS = 120_000;

/** The whole system, started by the same command that a newcomer uses, on ports of its own. */
export interface Stack {
  readonly gateway: string;
  readonly issuer: string;
  readonly folder: string;
  readonly portOffset: number;
  readonly process: ChildProcess;
  /** What it has printed so far. */
  output(): string;
  /** A real access token of a demo user. */
  token(user: string): string;
  /** A GraphQL call through the Gateway. */
  call(options: GraphQLCall): Promise<GraphQLAnswer>;
  /** Ctrl-C; answers the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface GraphQLCall {
  readonly query: string;
  readonly variables?: object;
  readonly token?: string;
  readonly tenant?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GraphQLAnswer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are as varied as the documents of the tests
  readonly body: any;
}

export interface StackOptions {
  /** Added to each default port; one with which all ports are free when absent. */
  readonly portOffset?: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Kept between starts when given; else a new one that `stop` removes. */
  readonly folder?: string;
}

/** Starts `./binnacle up` and waits until it has printed that it is ready. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const folder = options.folder ?? mkdtempSync(path.join(tmpdir(), 'binnacle-stack-'));
  const portOffset = options.portOffset ?? (await freePortOffset());
  const env = { ...process.env, BINNACLE_DATA: folder, BINNACLE_PORT_OFFSET: String(portOffset), ...options.env };
  const child = spawn(path.join(ROOT, 'binnacle'), ['up', ...(options.args ?? [])], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const ready = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ctrl-C stops everything')) ready.resolve();
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const timer = setTimeout(() => ready.reject(new Error(`the stack was not ready in time:\n${output}`)), START_LIMIT_MS);
  const failed = exited.then((code) => Promise.reject(new Error(`the stack ended with ${code}:\n${output}`)));
  try {
    await Promise.race([ready.promise, failed]);
  } catch (error) {
    child.kill('SIGTERM');
    await exited;
    if (!options.folder) rmSync(folder, { recursive: true, force: true });
    throw error;
  } finally {
    clearTimeout(timer);
  }
  const gateway = `http://localhost:${DEFAULT_PORTS.gateway + portOffset}`;
  return {
    gateway,
    issuer: `http://localhost:${DEFAULT_PORTS.identity + portOffset}`,
    folder,
    portOffset,
    process: child,
    output: () => output,
    token: (user) => {
      const { stdout, stderr, status } = spawnSync(path.join(ROOT, 'binnacle'), ['token', '--user', user], { cwd: ROOT, env, encoding: 'utf8' });
      if (status !== 0) throw new Error(`no token for ${user}: ${stderr}`);
      return stdout.trim();
    },
    call: (call) => graphql(`${gateway}/director/graphql`, call),
    async stop(signal = 'SIGINT') {
      child.kill(signal);
      const code = await exited;
      if (!options.folder) rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}

/** An offset with which every port of a stack was free a moment ago; drawn, so that test files beside each other seldom meet. */
export async function freePortOffset(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    // Above every port that the stack refuses.
    const offset = randomInt(11_000, 22_000);
    const free = await Promise.all(Object.values(DEFAULT_PORTS).map((port) => isFree(port + offset)));
    if (free.every(Boolean)) return offset;
  }
  throw new Error('no free ports for a stack were found');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** One GraphQL POST. */
export async function graphql(url: string, { query, variables, token, tenant, headers }: GraphQLCall): Promise<GraphQLAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}), ...(tenant ? { tenant } : {}), ...headers },
    body: JSON.stringify({ query, ...(variables ? { variables } : {}) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}
