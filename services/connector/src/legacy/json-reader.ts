/**
 * Readers of JSON that is written by clients of many kinds: names of members in any case (the last one wins), `null` and absence are one,
 * unknown members are ignored; a value of another type is refused by its path.
 */
export type JsonReader<T> = (value: unknown, path: string) => T;

export class UnexpectedJson extends Error {
  override readonly name = 'UnexpectedJson';
}

/** @throws UnexpectedJson */
export const text: JsonReader<string> = (value, path) => {
  if (typeof value !== 'string') throw unexpected('a string', value, path);
  return value;
};

/** Anything at all, as it is. */
export const anything: JsonReader<unknown> = (value) => value;

export function list<T>(item: JsonReader<T>): JsonReader<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw unexpected('an array', value, path);
    return value.map((each, index) => item(each, `${path}[${index}]`));
  };
}

export function map<T>(item: JsonReader<T>): JsonReader<Readonly<Record<string, T>>> {
  return (value, path) => Object.fromEntries(Object.entries(objectOf(value, path)).map(([name, each]) => [name, item(each, `${path}.${name}`)]));
}

type Shape = Readonly<Record<string, JsonReader<unknown>>>;
type Read<S extends Shape> = { readonly [K in keyof S]?: ReturnType<S[K]> };

/** An object whose members may all be absent. */
export function object<S extends Shape>(shape: S): JsonReader<Read<S>> {
  const names = new Map(Object.keys(shape).map((name) => [name.toLowerCase(), name]));
  return (value, path) => {
    const found: Record<string, unknown> = {};
    for (const [given, member] of Object.entries(objectOf(value, path))) {
      const name = names.get(given.toLowerCase());
      const reader = name === undefined ? undefined : shape[name];
      if (name === undefined || !reader) continue;
      if (member === null) delete found[name];
      else found[name] = reader(member, path === '' ? name : `${path}.${name}`);
    }
    return found as Read<S>; // each member was read by the reader of its name
  };
}

function objectOf(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unexpected('an object', value, path);
  return value as Record<string, unknown>;
}

function unexpected(wanted: string, value: unknown, path: string): UnexpectedJson {
  const given = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
  return new UnexpectedJson(`${path === '' ? 'the body' : path} must be ${wanted}, not ${given}`);
}
