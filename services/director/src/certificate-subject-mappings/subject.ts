/** Parts of a subject by their type, in the order in which they are stored; the state is not compared, so it is not kept. */
const ORDER = ['CN', 'OU', 'O', 'L', 'C'] as const;
type Part = (typeof ORDER)[number];

export const MAX_SUBJECT_LENGTH = 255;

/** The attributes of a subject as operators write it: `CN=a, OU=b, …`; undefined where it is none. A comma in a value is written `\,`. */
export function subjectParts(subject: string): ReadonlyMap<string, readonly string[]> | undefined {
  const parts = new Map<string, string[]>();
  for (const text of subject.split(/(?<!\\),/)) {
    const [type = '', ...rest] = text.trim().split('=');
    const value = rest.join('=').trim();
    if (!/^[A-Za-z]+$/.test(type) || value === '') return undefined;
    const key = type.toUpperCase();
    parts.set(key, [...(parts.get(key) ?? []), value]);
  }
  return parts;
}

/** What is wrong with a subject, if anything. */
export function subjectFault(subject: string): string | undefined {
  const parts = subjectParts(subject);
  if (!parts) return 'must be a valid certificate subject';
  const unknown = [...parts.keys()].filter((type) => type !== 'ST' && !ORDER.includes(type as Part));
  if (unknown.length > 0) return `has attributes that are not compared: ${unknown.join(', ')}`;
  const missing = (['C', 'O', 'OU', 'L', 'CN'] as const).filter((type) => !parts.has(type));
  if (missing.length > 0) return `must have ${missing.join(', ')}`;
  const twice = (['C', 'O', 'L', 'CN'] as const).filter((type) => (parts.get(type)?.length ?? 0) > 1);
  return twice.length > 0 ? `must have one ${twice.join(', ')} only` : undefined;
}

/** One text for equal subjects: `CN=…, OU=…, OU=…, O=…, L=…, C=…`, units sorted. */
export function sortedSubject(subject: string): string {
  const parts = subjectParts(subject) ?? new Map<string, readonly string[]>();
  return ORDER.flatMap((type) => [...(parts.get(type) ?? [])].sort().map((value) => `${type}=${value}`)).join(', ');
}
