import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Lexer, parse, Source, TokenKind } from 'graphql';
import { scanDocument } from './scan-document.ts';
import { createTokenReader, TOKEN } from './token-reader.ts';

const codeOf = (text: string): string => {
  try {
    scanDocument(text);
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('blanking empty argument lists', () => {
  it.each([
    ['query { result: configuration() { token } }', 'query { result: configuration   { token } }'],
    ['{ a(x:"()") { b() # ()\n c } }', '{ a(x:"()") { b   # ()\n c } }'],
    ['{ a(x: """()""") }', '{ a(x: """()""") }'],
    ['{ a( \n , ) b }', '{ a  \n     b }'],
  ])('%s', (source, expected) => {
    const { text } = scanDocument(source);
    expect(text.length).toBe(source.length);
    expect(text.replaceAll(/ +/g, ' ')).toBe(expected.replaceAll(/ +/g, ' '));
    expect(() => parse(text)).not.toThrow();
  });
});

describe('lifting literals', () => {
  it('gives one key to documents that differ in their values only', () => {
    const one = scanDocument('{ a(x: "one", n: 1) { id } }');
    const two = scanDocument('{ a(x: "tw\\"o", n: -2.5e3) { id } }');
    expect(two.key).toBe(one.key);
    expect(two.literals.map(({ raw }) => raw)).toEqual(['"tw\\"o"', '-2.5e3']);
  });

  it('tells a text from a number', () => {
    expect(scanDocument('{ a(x: "1") }').key).not.toBe(scanDocument('{ a(x: 1) }').key);
  });

  it('lists the operations', () => {
    expect(scanDocument('fragment F on A { b } mutation M($a: Int) @x { c } query { d }').operations).toEqual([
      { name: 'M', kind: 'mutation' },
      { name: '', kind: 'query' },
    ]);
    expect(scanDocument('# mutation\n{ a }').operations).toEqual([{ name: '', kind: 'query' }]);
  });
});

describe('the limits of a document', () => {
  it.each([
    ['{ a }'.repeat(51), 'MAX_DEFINITIONS_LIMIT'],
    [`{ ${Array.from({ length: 100_000 }, (_, n) => `a${n}: b`).join(' ')} }`, 'MAX_TOKENS_LIMIT'],
    [`{ ${Array.from({ length: 31 }, (_, n) => `a { a${n}: b }`).join(' ')} }`, 'MAX_ROOT_FIELDS_LIMIT'],
    [`{ r { ${Array.from({ length: 31 }, (_, n) => `a${n}: b`).join(' ')} } }`, 'MAX_ALIASES_LIMIT'],
    [`{ r { ${'b '.repeat(101)} } }`, 'MAX_DUPLICATE_FIELDS_LIMIT'],
    [`{ a${'{ a '.repeat(10_000)}`, 'MAX_DEPTH_LIMIT'],
    [`{ a(x: ${'['.repeat(10_000)}`, 'MAX_DEPTH_LIMIT'],
    [`query ($x: ${'['.repeat(200)}Int) { a }`, 'MAX_DEPTH_LIMIT'],
    [`{ a ${'@x '.repeat(51)} }`, 'MAX_DIRECTIVES_LIMIT'],
    ['{ ...A } fragment A on T { ...B } fragment B on T { ...A }', 'accepted'],
    [`{ r { ...A } } fragment A on T { ${'...B '.repeat(30)} } fragment B on T { ${'...C '.repeat(30)} } fragment C on T { a b c }`, 'MAX_FIELDS_LIMIT'],
    [
      `{ r { ...A } } fragment A on T { ${'...B '.repeat(4)} } fragment B on T { ${Array.from({ length: 10 }, (_, n) => `x${n}: a`).join(' ')} }`,
      'MAX_ALIASES_LIMIT',
    ],
    [`{ a { ...F0 } } ${Array.from({ length: 25 }, (_, n) => `fragment F${n} on T { a { ...F${n + 1} } }`).join(' ')}`, 'MAX_DEPTH_LIMIT'],
  ])('%#', (text, expected) => {
    expect(codeOf(text)).toBe(expected);
  });
});

describe('the token reader', () => {
  const ours = (text: string): (readonly [number, number])[] | 'error' => {
    const reader = createTokenReader(text);
    const found: [number, number][] = [];
    for (;;) {
      const kind = reader.next();
      if (kind === TOKEN.INVALID) return 'error';
      if (kind === TOKEN.END) return found;
      found.push([reader.start, reader.end]);
    }
  };
  const theirs = (text: string): (readonly [number, number])[] | 'error' => {
    try {
      const lexer = new Lexer(new Source(text));
      const found: [number, number][] = [];
      for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) found.push([token.start, token.end]);
      return found;
    } catch {
      return 'error';
    }
  };
  const piece = fc.oneof(
    fc.constantFrom(
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      ':',
      '@',
      '$',
      '!',
      '=',
      '|',
      '&',
      '...',
      '..',
      '"',
      '"""',
      '\\',
      '\\"""',
      '\n',
      ' ',
      ',',
      '#',
      '-',
      '0',
      '1',
      '.',
      'e',
      '+',
      'on',
      'a',
      '_b',
      '\\u00e9',
      '\\u{1F600}',
      '\u00e9',
      '\uFEFF',
      '""',
      '0x1',
      '01',
      '1.5',
      '1e5',
      '1.',
    ),
    fc.string({ maxLength: 4 }),
  );

  it('sees the tokens that graphql-js sees, or refuses like it', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }).map((parts) => parts.join('')),
        (text) => {
          const expected = theirs(text);
          // What only the parser can refuse (surrogates and code points in escapes) is left to it.
          if (expected === 'error') return;
          expect(ours(text)).toEqual(expected);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
