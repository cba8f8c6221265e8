import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '@binnacle/embedded-postgres/embedded-postgres';

export interface Nginx {
  readonly version: string;
  readonly port: number;
  stop(): void;
}

/** nginx with one worker in front of `target`, over kept connections. Undefined where nginx is not installed. */
export async function startNginx(target: string): Promise<Nginx | undefined> {
  const version = versionOf();
  if (version === undefined) return undefined;
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-nginx-'));
  const port = await freePort();
  const file = path.join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `worker_processes 1; daemon off; pid ${folder}/pid; error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 100000000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  upstream behind { server ${new URL(target).host}; keepalive 64; keepalive_requests 100000000; }
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header connection ""; } }
}`,
  );
  const child = spawn('nginx', ['-p', folder, '-c', file], { stdio: ['ignore', 'inherit', 'inherit'] });
  for (let tries = 0; tries < 100 && !(await fetch(`http://127.0.0.1:${port}/`, { method: 'POST' }).catch(() => undefined)); tries += 1) await setTimeout(20);
  return {
    version,
    port,
    stop() {
      child.once('exit', () => rmSync(folder, { recursive: true, force: true }));
      child.kill('SIGTERM');
    },
  };
}

function versionOf(): string | undefined {
  try {
    // It tells its version on standard error.
    return /nginx\/\S+/.exec(execFileSync('sh', ['-c', 'nginx -v 2>&1'], { encoding: 'utf8' }))?.[0];
  } catch {
    return undefined;
  }
}
