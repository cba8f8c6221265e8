import { readFile } from 'node:fs/promises';

/**
 * Reads the addresses of pairing adapters: a JSON object of addresses by id of the integration system. The file is read for each token, so
 * that a changed one (a mounted ConfigMap) needs no restart.
 */
export function pairingAdaptersFrom(file: string | undefined): () => Promise<Readonly<Record<string, string>>> {
  return async () => {
    if (file === undefined) return {};
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
      throw new Error(`${file} must hold a JSON object of addresses by integration system`);
    for (const [id, url] of Object.entries(parsed))
      if (typeof url !== 'string' || !/^https?:\/\//.test(url)) throw new Error(`${file}: the adapter of ${id} has no address`);
    return parsed as Record<string, string>; // checked above
  };
}
