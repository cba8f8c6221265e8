import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Kind, Lexer, parse, Source, TokenKind } from 'graphql';
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

const isSyntax = (text: string): boolean => {
  try {
    parse(text);
    return true;
  } catch {
    return false;
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
    [`{ r { ${'... { b } '.repeat(101)} } }`, 'MAX_DUPLICATE_FIELDS_LIMIT'],
    [`{ r { ${'... on X @include(if: true) { b } '.repeat(51)} ${'b '.repeat(50)} } }`, 'MAX_DIRECTIVES_LIMIT'],
    [`{ r { ${'... on X { b } '.repeat(51)} ${'b '.repeat(50)} } }`, 'MAX_DUPLICATE_FIELDS_LIMIT'],
    [`{ r { ${`a { ${'b '.repeat(25)} } `.repeat(50)} } }`, 'MAX_DUPLICATE_FIELDS_LIMIT'],
    [`{ ...F } fragment F on Query { ${Array.from({ length: 21 }, (_, n) => `a${n}`).join(' ')} }`, 'MAX_ROOT_FIELDS_LIMIT'],
    [`{ ... on Query { ... { ${Array.from({ length: 21 }, (_, n) => `a${n}`).join(' ')} } } }`, 'MAX_ROOT_FIELDS_LIMIT'],
    [
      `{ r { ...A ...B } } fragment A on T { ${'b '.repeat(60)} } fragment B on T { ...C } fragment C on T { ${'b '.repeat(60)} }`,
      'MAX_DUPLICATE_FIELDS_LIMIT',
    ],
    [
      `{ r { ...A ...B } } fragment A on T { x { ${'b '.repeat(60)} } } fragment B on T { x { ... on X { ${'b '.repeat(60)} } } }`,
      'MAX_DUPLICATE_FIELDS_LIMIT',
    ],
    [`{ r { ...A ...A ...A } s { ...A } } fragment A on T { ${'b '.repeat(60)} }`, 'accepted'],
    ['{ r { ...A } } fragment A on T { x { ...A } y { ...A } z { ...A } }', 'accepted'],
    [`{ r { ${Array.from({ length: 100 }, (_, n) => `a${n} { b c }`).join(' ')} } }`, 'accepted'],
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

const UNLIMITED = { tokens: 1e9, depth: 1e9, aliases: 1e9, rootFields: 1e9, fields: 1e9, duplicates: 1e9, directives: 1e9, definitions: 1e9 };

/** Documents as graphql-js prints and reads them, with whatever may stand between tokens. */
const documents = fc
  .array(
    fc.record({
      kind: fc.constantFrom('query', 'mutation', 'subscription', 'fragment', ''),
      name: fc.constantFrom('A', 'B', 'query', 'mutation', 'fragment'),
      head: fc.constantFrom('', '($a: [Int!] = [1, 2])', '($in: In = {query: {mutation: "}"}})', '@x(a: {b: 1})'),
      body: fc.constantFrom(
        '{ a }',
        '{ query mutation }',
        '{ a(x: "} mutation {") }',
        '{ m: mutation { ... on T { fragment } ...A } }',
        '{ a(in: {a: [{b: """}"""}]}) @y }',
      ),
      gap: fc.constantFrom(' ', '\n', ', ', '\uFEFF', ' # mutation {\n'),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) =>
    parts
      .map(({ kind, name, head, body, gap }) => {
        if (kind === '') return gap + body;
        return kind === 'fragment' ? `${gap}fragment${gap}${name}${gap}on${gap}T ${body}` : `${gap}${kind}${gap}${name}${head}${gap}${body}`;
      })
      .join(' '),
  );

describe('the operations of a document', () => {
  it('are those that graphql-js parses, whatever stands around them', () => {
    fc.assert(
      fc.property(documents, (text) => {
        const expected = parse(text).definitions.flatMap((definition) =>
          definition.kind === Kind.OPERATION_DEFINITION ? [{ name: definition.name?.value ?? '', kind: definition.operation }] : [],
        );
        expect(scanDocument(text).operations).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('blanking in any text', () => {
  it('changes nothing that graphql-js accepts, and only blanks anything else', () => {
    const soup = fc
      .array(fc.constantFrom('(', ')', ' ', ',', '"', '"""', '#', '\n', '{', '}', 'a', ':', '1', '\\'), { maxLength: 40 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(soup, (source) => {
        const { text } = scanDocument(source, UNLIMITED);
        expect(text.length).toBe(source.length);
        for (let at = 0; at < text.length; at += 1) if (text[at] !== source[at]) expect([text[at], source[at] === '\n']).toEqual([' ', false]);
        if (isSyntax(source)) expect(text).toBe(source);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('the time it takes', () => {
  it('stays small for a document of five megabytes that is refused, and for one that is circular, which validation refuses', () => {
    const aliases = `{ ${Array.from({ length: 400_000 }, (_, n) => `a${n}: b`).join(' ')} }`;
    const circle = Array.from(
      { length: 50 },
      (_, n) => `fragment F${n} on T { ${Array.from({ length: 40 }, (__, m) => `...F${(n + m) % 50}`).join(' ')} }`,
    ).join(' ');
    for (const [text, expected] of [
      [aliases, 'MAX_TOKENS_LIMIT'],
      [`${'#'.repeat(5_000_000)}\n{ a }`, 'accepted'],
      [`${','.repeat(5_000_000)}{ a }`, 'accepted'],
      [`${'#\n'.repeat(2_500_000)}{ a }`, 'accepted'],
      [`{ a(x: "${'x'.repeat(5_000_000)}") }`, 'accepted'],
      [`{ a(x: "${'\\n'.repeat(2_500_000)}") }`, 'accepted'],
      [`{ a(x: """${'\\"""'.repeat(500_000)}""") }`, 'accepted'],
      [circle, 'accepted'],
      [circle.replace(/fragment F0 on T \{[^}]*\}/, '{ ...F1 }'), 'accepted'],
    ] as const) {
      const started = performance.now();
      expect(codeOf(text)).toBe(expected);
      expect(performance.now() - started).toBeLessThan(1_000);
    }
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
          expect(() => scanDocument(text, UNLIMITED)).not.toThrow();
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
