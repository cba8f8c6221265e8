export type SpecFormat = 'XML' | 'JSON' | 'YAML';

/** Notation of a description: XML where it begins with a tag, JSON where it is an object, YAML else. */
export function specFormat(spec: string): SpecFormat {
  if (/^\s*<[^>]+>/.test(spec)) return 'XML';
  return isJsonObject(parsed(spec)) ? 'JSON' : 'YAML';
}

/**
 * A description as it is stored: what stands in a JSON text is taken out of it, JSON stays as it was written.
 * @param raw the member of the client's document, as it was written
 * @returns undefined for nothing, null and ""
 */
export function specText(raw: string | undefined): string | undefined {
  if (raw === undefined || raw === 'null') return undefined;
  const spec = raw.startsWith('"') ? (JSON.parse(raw) as string) : raw;
  return spec === '' ? undefined : spec;
}

/** The stored text as a member of an answer: JSON as it is, anything else as a text. */
export function rawSpec(spec: string): string {
  const value = parsed(spec);
  return typeof value === 'object' && value !== null ? spec : JSON.stringify(spec);
}

const isJsonObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(spec: string): unknown {
  try {
    return JSON.parse(spec) as unknown;
  } catch {
    return undefined;
  }
}
