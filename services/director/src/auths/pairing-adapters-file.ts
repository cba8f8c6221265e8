import { readFile } from 'node:fs/promises';

/**
 * Reads the addresses of pairing adapters: a JSON object of addresses by id of the integration system. The file is read for each token, so
 * that a changed one (a mounted ConfigMap) needs no restart. What an adapter is told about Applications goes to the allowed hosts only,
 * whoever may write the file.
 * @param hosts names, or `name:port` for one port alone
 * @throws Error when the file holds anything else, and when an address leads elsewhere
 */
export function pairingAdaptersFrom(file: string | undefined, hosts: readonly string[]): () => Promise<Readonly<Record<string, string>>> {
  const allowed = new Set(hosts.map((host) => host.toLowerCase()));
  return async () => {
    if (file === undefined) return {};
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
      throw new Error(`${file} must hold a JSON object of addresses by integration system`);
    for (const [id, url] of Object.entries(parsed)) {
      const fault = faultOfAddress(url, allowed);
      if (fault !== undefined) throw new Error(`${file}: the adapter of ${id} ${fault}`);
    }
    return parsed as Record<string, string>; // checked above
  };
}

function faultOfAddress(address: unknown, allowed: ReadonlySet<string>): string | undefined {
  const url = typeof address === 'string' ? URL.parse(address) : null;
  if (!url || !/^https?:$/.test(url.protocol)) return 'has no address';
  if (url.username !== '' || url.password !== '') return 'has credentials in its address';
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return allowed.has(url.hostname) || allowed.has(`${url.hostname}:${port}`) ? undefined : `is at ${url.host}, which is no allowed host`;
}
