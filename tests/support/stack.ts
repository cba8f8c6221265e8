import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

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
  /** Added to each default port; every test file has its own. */
  readonly portOffset: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Kept between starts when given; else a new one that `stop` removes. */
  readonly folder?: string;
}

/** Starts `./binnacle up` and waits until it has printed that it is ready. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const folder = options.folder ?? mkdtempSync(path.join(tmpdir(), 'binnacle-stack-'));
  const env = { ...process.env, BINNACLE_DATA: folder, BINNACLE_PORT_OFFSET: String(options.portOffset), ...options.env };
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
  await Promise.race([ready.promise, exited.then((code) => Promise.reject(new Error(`the stack ended with ${code}:\n${output}`)))]);
  clearTimeout(timer);
  const gateway = `http://localhost:${8080 + options.portOffset}`;
  return {
    gateway,
    issuer: `http://localhost:${8082 + options.portOffset}`,
    folder,
    portOffset: options.portOffset,
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
