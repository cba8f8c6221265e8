/** An answer that is no success: `{"code", "error"}` with a text that clients look into. */
export class LegacyRefusal extends Error {
  override readonly name = 'LegacyRefusal';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, options: ErrorOptions & { readonly headers?: Readonly<Record<string, string>> } = {}) {
    super(message, options);
    this.status = status;
    this.headers = options.headers ?? {};
  }

  /** The same refusal as it reads at the end of a longer sentence. */
  prefixed(prefix: string): LegacyRefusal {
    return new LegacyRefusal(this.status, `${prefix}${this.message}`, { cause: this, headers: this.headers });
  }
}

/** What everybody reads who shows no token and no certificate that is good. */
export const notAccepted = (cause?: unknown): LegacyRefusal => new LegacyRefusal(403, 'invalid token or certificate', { cause });
