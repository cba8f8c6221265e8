import { describe, expect, it } from '@jest/globals';
import { rawSpec, specFormat, specText } from './spec-text.ts';

describe('descriptions', () => {
  it.each([
    ['<a/>', 'XML'],
    ['  <?xml version="1.0"?><a/>', 'XML'],
    ['{"openapi":"3.0.3"}', 'JSON'],
    [' {} ', 'JSON'],
    ['[1]', 'YAML'],
    ['7', 'YAML'],
    ['openapi: 3.0.3', 'YAML'],
    ['{openapi: 3.0.3}', 'YAML'],
    ['< no tag', 'YAML'],
    ['<>', 'YAML'],
  ])('%s is %s', (spec, format) => {
    expect(specFormat(spec)).toBe(format);
  });

  it.each([
    [undefined, undefined],
    ['null', undefined],
    ['""', undefined],
    ['"<a/>"', '<a/>'],
    ['"a\\nb"', 'a\nb'],
    ['{"n":1.0}', '{"n":1.0}'],
  ])('%s in a document is stored as %s', (raw, stored) => {
    expect(specText(raw)).toBe(stored);
  });

  it.each([
    ['{"n":1.0}', '{"n":1.0}'],
    ['[1.0]', '[1.0]'],
    ['<a/>', '"<a/>"'],
    ['7', '"7"'],
    ['null', '"null"'],
    ['a: "b"', '"a: \\"b\\""'],
  ])('%s is answered as %s', (stored, json) => {
    expect(rawSpec(stored)).toBe(json);
  });
});
