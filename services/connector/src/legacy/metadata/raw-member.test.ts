import { describe, expect, it } from '@jest/globals';
import { rawMember } from './raw-member.ts';

describe('the text of a member', () => {
  it.each([
    ['{"api":{"spec":{"n":1.50,"t":"}\\""}}}', '{"n":1.50,"t":"}\\""}'],
    [' { "x" : [ { "spec": 1 } ] , "API" : { "Spec" : "a\\\\" , "y": 2 } } ', '"a\\\\"'],
    ['{"api":{"spec":1},"Api":{"SPEC":[1, {"a":"]"} ]}}', '[1, {"a":"]"} ]'],
    ['{"\\u0061pi":{"spec":12345678901234567890}}', '12345678901234567890'],
    ['{"api":{"spec":null}}', 'null'],
    ['{"api":{"spec":true\n}}', 'true'],
    ['{"api":{"spec":{}}}', '{}'],
  ])('is found in %s', (json, raw) => {
    JSON.parse(json);
    expect(rawMember(json, ['api', 'spec'])).toBe(raw);
  });

  it.each(['{}', '[]', '"api"', '7', '{"api":[]}', '{"api":null}', '{"api":{"specs":1}}', '{"x":{"api":{"spec":1}}}', '[{"api":{"spec":1}}]'])(
    'is nothing in %s',
    (json) => {
      expect(rawMember(json, ['api', 'spec'])).toBeUndefined();
    },
  );

  it('is found behind very deep values', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(rawMember(`{"x":${deep},"api":{"spec":2}}`, ['api', 'spec'])).toBe('2');
  });
});
