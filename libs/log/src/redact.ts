const SECRET_KEYS = new Set(
  [
    'authorization',
    'cookie',
    'token',
    'csr',
    'password',
    'clientSecret',
    'client_secret',
    'access_token',
    'refresh_token',
    'id_token',
    'secret',
    'privateKey',
    'credential',
    'connector-token',
  ].map((key) => key.toLowerCase()),
);
const CENSORED = '[redacted]';
const MAX_DEPTH = 6;

/**
 * What of a value may be logged: members whose names say that they are secret are cut out, at any level that is logged. The value itself
 * when there is nothing to cut: most lines carry a few plain fields, and copying those costs more than writing them.
 */
export function redacted<T>(value: T): T {
  return cut(value, 0) as T; // the same members, some of them censored
}

function cut(value: unknown, depth: number): unknown {
  // Objects that write themselves (dates, buffers, URLs) and errors are the serializers' business.
  if (typeof value !== 'object' || value === null || value instanceof Error || 'toJSON' in value) return value;
  if (depth === MAX_DEPTH) return '[deeper]';
  let copy: Record<string, unknown> | unknown[] | undefined;
  for (const [key, member] of Object.entries(value)) {
    const shown = !Array.isArray(value) && SECRET_KEYS.has(key.toLowerCase()) && member !== undefined ? CENSORED : cut(member, depth + 1);
    if (shown === member) continue;
    copy ??= Array.isArray(value) ? [...(value as unknown[])] : { ...value };
    (copy as Record<string, unknown>)[key] = shown;
  }
  return copy ?? value;
}
