/**
 * `npm start` in a fresh clone with empty caches, then again with everything there; memory of the idle stack and of its bundled services. Linux only.
 * `./binnacle bench start`
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { memoryOf, memoryOfTree } from './support/memory.ts';
import { print, verdict } from './support/measure.ts';
import { startBundles } from './support/bundles.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const WARM_STARTS = 3;
const IDLE_MS = 10_000;

const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-start-'));
// As root, Postgres runs as another account, which must be able to walk to it.
chmodSync(folder, 0o711);
const clone = path.join(folder, 'binnacle');
// A shell that has never been here: no cache, no store, and none of this checkout's tools on its path.
const env = {
  ...process.env,
  PATH: (process.env['PATH'] ?? '')
    .split(':')
    .filter((entry) => !entry.startsWith(ROOT))
    .join(':'),
  npm_config_cache: path.join(folder, 'npm'),
  XDG_CACHE_HOME: path.join(folder, 'cache'),
  XDG_DATA_HOME: path.join(folder, 'data'),
  BINNACLE_PORT_OFFSET: '20000',
};

interface Started {
  readonly seconds: number;
  readonly stack: ChildProcess;
}

async function start(): Promise<Started> {
  const from = performance.now();
  const stack = spawn('npm', ['start'], { cwd: clone, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [stack.stdout, stack.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes('Ctrl-C stops everything')) resolve();
      });
    stack.once('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${output}`)));
  });
  return { seconds: (performance.now() - from) / 1000, stack };
}

async function stop({ stack }: Started): Promise<void> {
  stack.removeAllListeners('exit');
  const ended = new Promise((resolve) => stack.once('exit', resolve));
  process.kill(stack.pid ?? 0, 'SIGINT');
  await ended;
}

try {
  execFileSync('git', ['clone', '--quiet', ROOT, clone]);
  const cold = await start();
  await setTimeout(IDLE_MS);
  const idle = memoryOfTree(cold.stack.pid ?? 0);
  await stop(cold);
  const warm: number[] = [];
  for (let n = 0; n < WARM_STARTS; n += 1) {
    const started = await start();
    warm.push(started.seconds);
    await stop(started);
  }
  warm.sort((a, b) => a - b);
  const worst = warm.at(-1) ?? Number.NaN;
  print('| | measured | target | |', '| --- | ---: | --- | --- |');
  print(`| cold \`npm start\`, empty caches | ${cold.seconds.toFixed(1)} s | ≤ 90 s | ${verdict(cold.seconds <= 90)} |`);
  print(`| warm \`npm start\` (worst of ${WARM_STARTS}; best ${warm[0]?.toFixed(1)} s) | ${worst.toFixed(1)} s | ≤ 8 s | ${verdict(worst <= 8)} |`);
  print(`| memory of the idle stack, Postgres included | ${idle.toFixed(0)} MiB | ≤ 600 MiB | ${verdict(idle <= 600)} |`);
  execFileSync(path.join(ROOT, 'binnacle'), ['build'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const bundles = await startBundles();
  await setTimeout(IDLE_MS);
  for (const { name, pid } of bundles.services) {
    const size = memoryOf(pid);
    print(`| one bundled service, idle: ${name} | ${size.toFixed(0)} MiB | ≤ 110 MiB | ${verdict(size <= 110)} |`);
  }
  await bundles.stop();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
