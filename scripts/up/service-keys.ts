import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generateSigningKey } from '@binnacle/internal-token/mint';

export interface ServiceKeyFiles {
  /** The Connector's own key. */
  readonly connector: string;
  /** The public keys of services, for the Gateway. */
  readonly clients: string;
}

/** The keys by which services of the local stack show themselves at the Gateway's internal listener: made once. */
export function serviceKeyFiles(folder: string): ServiceKeyFiles {
  const [connector, clients] = ['connector.service-key.json', 'service-clients.json'].map((name) => path.join(folder, 'keys', name)) as [string, string];
  if (!existsSync(connector)) {
    mkdirSync(path.dirname(connector), { recursive: true, mode: 0o700 });
    const { kid, privateKey } = generateSigningKey();
    writeFileSync(connector, JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid }), { mode: 0o600 });
  }
  const { d: _, ...publicKey } = JSON.parse(readFileSync(connector, 'utf8')) as Readonly<Record<string, string>>;
  writeFileSync(clients, JSON.stringify({ connector: { keys: [publicKey] } }), { mode: 0o600 });
  return { connector, clients };
}
