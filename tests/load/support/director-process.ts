import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createMetrics } from '@binnacle/http/admin-server';
import { createTokenVerifier, staticKeys } from '@binnacle/internal-token/verify';
import { startLog } from '@binnacle/log/log';
import { openRegistry, type Registry } from '@binnacle/registry/registry';
import type { Statement } from '@binnacle/registry/statement';
import { createEnvelope } from '@binnacle/secrets/envelope';
import { startDirector } from '../../../services/director/src/server.ts';
import { testTrust } from '../../../services/director/src/testing/test-trust.ts';
import { settingsOf } from './processes.ts';
import { type Recorded, recordStatements } from './record-statements.ts';

const { url, jwk, issuer } = settingsOf<{ url: string; jwk: object; issuer: string }>();
startLog({ service: 'director', level: 'error' });
const registry = openRegistry({ url, applicationName: 'director', poolSize: 20 });
let last: Statement | undefined;
/** Remembers the last read, so that a bare server can send the very same statement. */
const recording: Registry = {
  ...registry,
  read(statement, tenant) {
    last = statement;
    return registry.read(statement, tenant);
  },
};
const key = randomBytes(32);
const director = await startDirector({
  host: '127.0.0.1',
  port: 0,
  schemaFolder: path.resolve(import.meta.dirname, '../../../schema/director'),
  extensionsFolder: path.resolve(import.meta.dirname, '../../../schema/extensions'),
  registry: recording,
  envelope: createEnvelope([key]),
  trust: testTrust(key),
  verifier: createTokenVerifier({
    keys: staticKeys([jwk as never]),
    issuer,
    audience: 'director',
    nowSeconds: () => Math.floor(Date.now() / 1000),
  }),
  metrics: createMetrics('director'),
});
let stopRecording: (() => readonly Recorded[]) | undefined;
process.on('message', ({ record, stall }: { readonly record?: boolean; readonly stall?: boolean }) => {
  if (stall) return;
  if (record) stopRecording = recordStatements();
  process.send?.({ statement: last ?? null, recorded: record === false ? (stopRecording?.() ?? []) : [] });
});
process.send?.({ port: director.port });
