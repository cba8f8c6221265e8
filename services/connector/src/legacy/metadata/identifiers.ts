import { log } from '@binnacle/log/log';

/** The label of an Application that keeps the identifiers which clients gave to services: a JSON text. */
export const IDENTIFIERS_LABEL = 'legacy_servicesMetadata';

/** Identifier by id of the bundle. */
export type Identifiers = ReadonlyMap<string, string>;

/** What cannot be read is nothing: anybody who may label the Application may have written it. */
export function parseIdentifiers(label: unknown): Identifiers {
  if (typeof label !== 'string') return new Map();
  try {
    const entries = Object.entries(JSON.parse(label) as Readonly<Record<string, { readonly identifier?: unknown } | null>>);
    return new Map(entries.flatMap(([id, entry]) => (typeof entry?.identifier === 'string' ? [[id, entry.identifier]] : [])));
  } catch (error) {
    log().warn({ err: error, label: IDENTIFIERS_LABEL }, 'a label cannot be read');
    return new Map();
  }
}

export function printIdentifiers(identifiers: Identifiers): string {
  return JSON.stringify(Object.fromEntries([...identifiers].map(([id, identifier]) => [id, { id, identifier }])));
}
