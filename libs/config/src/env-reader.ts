import { readFileSync } from 'node:fs';

/** Problems found while reading the environment, one line each, so that all of them are mended in one go. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** One setting as it was asked for; the configuration reference is generated from these. */
export interface Setting {
  readonly name: string;
  readonly kind: string;
  readonly fallback: string | undefined;
}

interface IntRange {
  readonly min: number;
  readonly max: number;
}

/**
 * Reads settings from an environment, collects every problem and throws them together in `done()`.
 * A method without a default makes its setting required. Until `done()` has passed, the values handed out may be placeholders.
 */
export class EnvReader {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #problems: string[] = [];
  readonly settings: Setting[] = [];

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  /** A text; `pattern` is what the whole value must match. */
  string(name: string, options: { readonly pattern?: RegExp; readonly hint?: string } = {}, fallback?: string): string {
    const value = this.#take(name, 'text', fallback);
    if (value === undefined) return '';
    if (options.pattern && !options.pattern.test(value)) this.#problems.push(`${name} must be ${options.hint ?? `like ${options.pattern}`}`);
    return value;
  }

  /** A text that may be left out. */
  optional(name: string): string | undefined {
    this.settings.push({ name, kind: 'text', fallback: '' });
    const value = this.#env[name];
    return value === undefined || value === '' ? undefined : value;
  }

  /** A whole number within `range`, both ends included. */
  int(name: string, range: IntRange, fallback?: number): number {
    const text = this.#take(name, `whole number ${range.min}–${range.max}`, fallback === undefined ? undefined : String(fallback));
    if (text === undefined) return range.min;
    const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isNaN(value) || value < range.min || value > range.max) {
      this.#problems.push(`${name} must be a whole number from ${range.min} to ${range.max}, not "${text}"`);
      return range.min;
    }
    return value;
  }

  /** `true` or `false`, nothing else. */
  bool(name: string, fallback?: boolean): boolean {
    const text = this.#take(name, 'true or false', fallback === undefined ? undefined : String(fallback));
    if (text === undefined) return false;
    if (text !== 'true' && text !== 'false') this.#problems.push(`${name} must be true or false, not "${text}"`);
    return text === 'true';
  }

  /** A JSON value of the kind that `is` knows; `hint` says which that is. */
  json<T>(name: string, is: (value: unknown) => value is T, hint: string, fallback: T): T {
    const text = this.#take(name, 'JSON', JSON.stringify(fallback));
    if (text === undefined) return fallback;
    try {
      const value: unknown = JSON.parse(text);
      if (is(value)) return value;
    } catch {
      // Reported below, as a value of the wrong kind is.
    }
    this.#problems.push(`${name} must be ${hint}, in JSON`);
    return fallback;
  }

  /** One of the given words. */
  oneOf<T extends string>(name: string, choices: readonly [T, ...T[]], fallback?: T): T {
    const text = this.#take(name, choices.join(' or '), fallback);
    const found = choices.find((choice) => choice === text);
    if (text !== undefined && found === undefined) this.#problems.push(`${name} must be one of ${choices.join(', ')}, not "${text}"`);
    return found ?? choices[0];
  }

  /** An absolute URL of one of the given protocols, without a trailing slash. */
  url(name: string, protocols: readonly string[], fallback?: string): string {
    const text = this.#take(name, `URL (${protocols.join(', ')})`, fallback);
    if (text === undefined) return '';
    const parsed = URL.parse(text);
    if (!parsed || !protocols.includes(parsed.protocol.replace(':', ''))) {
      this.#problems.push(`${name} must be an absolute URL with ${protocols.join(' or ')}`);
    }
    return text.replace(/\/+$/, '');
  }

  /** A comma-separated list; blanks around items are dropped, empty items refused. */
  list(name: string, fallback?: readonly string[]): readonly string[] {
    const text = this.#take(name, 'comma-separated list', fallback?.join(','));
    if (text === undefined || text === '') return [];
    const items = text.split(',').map((item) => item.trim());
    if (items.includes('')) this.#problems.push(`${name} has an empty item`);
    return items;
  }

  /** The content of the file that the setting names: secrets come as files, never as values. */
  file(name: string): Buffer {
    const path = this.#take(name, 'path of a file', undefined);
    return path === undefined ? Buffer.alloc(0) : this.#read(name, path);
  }

  /** The same for a file that may be left out. */
  optionalFile(name: string): Buffer | undefined {
    const path = this.#take(name, 'path of a file', '');
    return path === undefined || path === '' ? undefined : this.#read(name, path);
  }

  #read(name: string, path: string): Buffer {
    try {
      return readFileSync(path);
    } catch (error) {
      this.#problems.push(`${name} names a file that cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
      return Buffer.alloc(0);
    }
  }

  /** Notes a problem that the caller found by comparing settings with each other. */
  problem(text: string): void {
    this.#problems.push(text);
  }

  /** @throws ConfigError when anything was missing or wrong, naming all of it. */
  done(): void {
    if (this.#problems.length > 0) throw new ConfigError(this.#problems);
  }

  #take(name: string, kind: string, fallback: string | undefined): string | undefined {
    this.settings.push({ name, kind, fallback });
    const value = this.#env[name];
    if (value !== undefined && value !== '') return value;
    if (fallback === undefined) this.#problems.push(`${name} is missing (${kind})`);
    return fallback;
  }
}
