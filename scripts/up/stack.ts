import path from 'node:path';
import { ROOT } from '../run-tool.ts';

/** Everything the local stack must remember: database, keys, logs. Removed by `--reset`. */
export const DATA_FOLDER = process.env['BINNACLE_DATA'] ?? path.join(ROOT, '.binnacle');

/** Ports of the local stack, all on loopback; `BINNACLE_PORT_OFFSET` moves them together. */
export type StackPorts = {
  readonly gateway: number;
  readonly gatewayTls: number;
  readonly gatewayMtls: number;
  readonly gatewayInternal: number;
  readonly gatewayAdmin: number;
  readonly director: number;
  readonly directorAdmin: number;
  readonly connector: number;
  readonly connectorAdmin: number;
  readonly identity: number;
  readonly identityAdmin: number;
  readonly postgres: number;
};

export const DEFAULT_PORTS: StackPorts = {
  gateway: 8080,
  gatewayTls: 8443,
  gatewayMtls: 8444,
  gatewayInternal: 8081,
  gatewayAdmin: 9090,
  director: 3001,
  directorAdmin: 9091,
  connector: 3002,
  connectorAdmin: 9092,
  identity: 8082,
  identityAdmin: 9095,
  postgres: 5433,
};

/** Ports that browsers, and fetch everywhere, refuse to call (Fetch standard, "bad port"), of those that an offset can reach. */
const REFUSED_PORTS: ReadonlySet<number> = new Set([4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10_080]);

/** @throws Error when BINNACLE_PORT_OFFSET is no whole number that keeps every port valid */
export function stackPorts(): StackPorts {
  const text = process.env['BINNACLE_PORT_OFFSET'] ?? '0';
  const offset = Number(text);
  if (!Number.isInteger(offset) || offset < 0 || offset > 50_000) throw new Error(`BINNACLE_PORT_OFFSET must be a whole number from 0 to 50000, not "${text}"`);
  const ports = Object.entries(DEFAULT_PORTS).map(([name, port]) => [name, port + offset] as const);
  const refused = ports.find(([, port]) => REFUSED_PORTS.has(port));
  if (refused)
    throw new Error(`BINNACLE_PORT_OFFSET=${offset} gives ${refused[0]} the port ${refused[1]}, which browsers refuse to call: choose another offset`);
  return Object.fromEntries(ports) as unknown as StackPorts; // same keys as DEFAULT_PORTS
}

export interface StackAddresses {
  /** The one public address. */
  readonly gateway: string;
  /** The same with TLS, under any of the Gateway's names. */
  readonly gatewayTls: string;
  /** Where callers come with a client certificate. */
  readonly gatewayMtls: string;
  /** The OpenID provider that signs access tokens. */
  readonly issuer: string;
}

export function stackAddresses(ports: StackPorts = stackPorts()): StackAddresses {
  return {
    gateway: `http://localhost:${ports.gateway}`,
    gatewayTls: `https://localhost:${ports.gatewayTls}`,
    gatewayMtls: `https://localhost:${ports.gatewayMtls}`,
    issuer: `http://localhost:${ports.identity}`,
  };
}
