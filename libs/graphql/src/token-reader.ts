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

/** Sticky patterns. None has an alternative inside a repetition: on megabytes that costs a stack, or time without end. */
const NAME = /[_A-Za-z][_0-9A-Za-z]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9._A-Za-z])/y;
const UNICODE_ESCAPE = /\\u(?:[0-9A-Fa-f]{4}|\{[0-9A-Fa-f]+\})/y;

/** Characters of the escape that begins with the backslash at `at`; 0 when it is none. */
function lengthOfEscape(source: string, at: number): number {
  if ('"\\/bfnrt'.includes(source[at + 1] ?? '?')) return 2;
  UNICODE_ESCAPE.lastIndex = at;
  return UNICODE_ESCAPE.test(source) ? UNICODE_ESCAPE.lastIndex - at : 0;
}

/** Offset of the first character from `from` on that is no blank, comma, byte order mark or comment. */
export function skipIgnored(source: string, from: number): number {
  let at = from;
  for (;;) {
    const char = source.charCodeAt(at);
    if (char === 0x20 || char === 0x0a || char === 0x0d || char === 0x2c || char === 0x09 || char === 0xfeff) at += 1;
    else if (char === 0x23) at = endOfLine(source, at);
    else return at;
  }
}

function endOfLine(source: string, from: number): number {
  let at = from;
  while (at < source.length) {
    const char = source.charCodeAt(at);
    if (char === 0x0a || char === 0x0d) return at;
    at += 1;
  }
  return at;
}

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
  const plainString = (): number => {
    for (let at = start + 1; ; ) {
      const char = source.charCodeAt(at);
      if (char === 0x22) {
        end = at + 1;
        return TOKEN.STRING;
      }
      if (char === 0x5c) {
        const length = lengthOfEscape(source, at);
        if (length === 0) return TOKEN.INVALID;
        at += length;
      } else if (char >= 0x20 || char === 0x09) at += 1;
      else return TOKEN.INVALID;
    }
  };
  const string = (): number => {
    if (!source.startsWith('"""', start)) return plainString();
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
      start = skipIgnored(source, end);
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
