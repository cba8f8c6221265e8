import { GatewayRefusal, malformed } from '../refusal.ts';

const HOST = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9_](?:[a-z0-9_.-]{0,252}[a-z0-9_])?)\.?(?::([0-9]{1,5}))?$/i;

/**
 * Checks the name a client says it calls. Compared as a whole: in lower case, without port and final dot.
 * @param names that are served here; none when this listener does not look at names
 * @throws GatewayRefusal 400 for what is no host name, 421 for a name that is not served here
 */
export function checkHost(host: string, names: readonly string[]): void {
  const [, name, port] = HOST.exec(host) ?? [];
  if (name === undefined || Number(port ?? 0) > 65_535) throw malformed('the header Host is not a host name');
  if (names.length > 0 && !names.includes(name.toLowerCase()))
    throw new GatewayRefusal(421, 'MISDIRECTED_REQUEST', 'this name is not served here', { headers: { connection: 'close' } });
}
