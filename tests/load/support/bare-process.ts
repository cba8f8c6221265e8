import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { settingsOf } from './processes.ts';

const { url } = settingsOf<{ url: string }>();
const pool = new pg.Pool({ connectionString: url, max: 20 });
let statement: { readonly text: string; readonly values: unknown[] } | undefined;
let version = 0;

/** The least that a server can do: read the request, send one prepared statement, send its text. Without a statement it sends a constant. */
const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => void answer(response));
});

async function answer(response: ServerResponse): Promise<void> {
  const text = statement ? await ask(statement) : '{"viewer":{"id":"tester","type":"USER"}}';
  const body = Buffer.from(`{"data":${text}}`);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}

async function ask({ text, values }: { readonly text: string; readonly values: unknown[] }): Promise<string> {
  const { rows } = await pool.query<unknown[]>({ name: `bare${version}`, text, values, rowMode: 'array' });
  return String(rows[0]?.[0]);
}

process.on('message', (message) => {
  statement = (message as { statement: typeof statement }).statement ?? undefined;
  version += 1;
  process.send?.({});
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
