/** Kinds of lexical tokens (GraphQL specification, October 2021, section 2.1), as numbers: this is the hottest loop of the front. */
export const TOKEN = {
  END: 0,
  INVALID: 1,
  NAME: 2,
  STRING: 3,
  NUMBER: 4,
  PAREN_L: 5,
  PAREN_R: 6,
  BRACKET_L: 7,
  BRACKET_R: 8,
  BRACE_L: 9,
  BRACE_R: 10,
  COLON: 11,
  AT: 12,
  SPREAD: 13,
  DOLLAR: 14,
  OTHER: 15,
} as const;

export interface TokenReader {
  /** Moves to the next token and answers its kind. */
  next(): number;
  readonly start: number;
  readonly end: number;
  /** True for the name behind `... on`. */
  readonly afterSpreadOn: boolean;
}

const PUNCTUATORS: Readonly<Record<string, number>> = {
  '(': TOKEN.PAREN_L,
  ')': TOKEN.PAREN_R,
  '[': TOKEN.BRACKET_L,
  ']': TOKEN.BRACKET_R,
  '{': TOKEN.BRACE_L,
  '}': TOKEN.BRACE_R,
  ':': TOKEN.COLON,
  '@': TOKEN.AT,
  $: TOKEN.DOLLAR,
  '!': TOKEN.OTHER,
  '=': TOKEN.OTHER,
  '|': TOKEN.OTHER,
  '&': TOKEN.OTHER,
};

/** Sticky patterns, one for each kind of token with a body. */
const IGNORED = /(?:[\t\n\r ,\uFEFF]+|#[^\n\r]*)*/y;
const NAME = /[_A-Za-z][_0-9A-Za-z]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9._A-Za-z])/y;
const STRING = /"(?:[^"\\\n\r\u0000-\u0008\u000B\u000C\u000E-\u001F]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]+\}))*"/y;

/** Reads the tokens of a document without building anything. */
export function createTokenReader(source: string): TokenReader {
  let start = 0;
  let end = 0;
  let spreadNames = 0;
  const match = (pattern: RegExp): boolean => {
    pattern.lastIndex = start;
    if (!pattern.test(source)) return false;
    end = pattern.lastIndex;
    return true;
  };
  const read = (): number => {
    const char = source[start];
    if (char === undefined) return TOKEN.END;
    const punctuator = PUNCTUATORS[char];
    if (punctuator !== undefined) {
      end = start + 1;
      return punctuator;
    }
    if (char === '"') return string();
    if (char === '.') {
      if (!source.startsWith('...', start)) return TOKEN.INVALID;
      end = start + 3;
      return TOKEN.SPREAD;
    }
    if (match(NAME)) return TOKEN.NAME;
    return match(NUMBER) ? TOKEN.NUMBER : TOKEN.INVALID;
  };
  const string = (): number => {
    if (!source.startsWith('"""', start)) return match(STRING) ? TOKEN.STRING : TOKEN.INVALID;
    for (let from = start + 3; ; ) {
      const close = source.indexOf('"""', from);
      if (close < 0) return TOKEN.INVALID;
      if (source[close - 1] !== '\\') {
        end = close + 3;
        return TOKEN.STRING;
      }
      from = close + 3;
    }
  };
  return {
    next() {
      IGNORED.lastIndex = end;
      IGNORED.test(source);
      start = IGNORED.lastIndex;
      const kind = read();
      if (kind === TOKEN.SPREAD) spreadNames = 1;
      else if (kind === TOKEN.NAME && spreadNames === 1) spreadNames = source.slice(start, end) === 'on' ? 2 : 0;
      else if (kind === TOKEN.NAME && spreadNames === 2) spreadNames = 3;
      else spreadNames = 0;
      return kind;
    },
    get start() {
      return start;
    },
    get end() {
      return end;
    },
    get afterSpreadOn() {
      return spreadNames === 3;
    },
  };
}
