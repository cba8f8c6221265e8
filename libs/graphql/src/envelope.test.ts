import { describe, expect, it } from '@jest/globals';
import { EnvelopeError, parseEnvelope } from './envelope.ts';

const refusal = (body: string | Buffer): Pick<EnvelopeError, 'status' | 'code' | 'message'> | undefined => {
  try {
    parseEnvelope(Buffer.from(body));
    return undefined;
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return { status: error.status, code: error.code, message: error.message };
  }
};

describe('the envelope of a GraphQL request', () => {
  it('takes query, variables and operation name, and ignores other members', () => {
    expect(parseEnvelope(Buffer.from('\uFEFF{"query":"{ a }","variables":null,"operationName":"","more":1}'))).toEqual({
      query: '{ a }',
      variables: {},
      operationName: undefined,
    });
  });

  it.each([
    ['', 400, 'BAD_REQUEST'],
    ['{"query":', 400, 'BAD_REQUEST'],
    ['null', 400, 'BAD_REQUEST'],
    ['"text"', 400, 'BAD_REQUEST'],
    ['[{"query":"{ a }"}]', 400, 'BATCHING_DISABLED'],
    ['{}', 422, 'GRAPHQL_VALIDATION_FAILED'],
    ['{"query":" # nothing\\n"}', 422, 'GRAPHQL_VALIDATION_FAILED'],
    ['{"query":["{ a }"]}', 400, 'BAD_REQUEST'],
    ['{"query":"{ a }","variables":[]}', 400, 'BAD_REQUEST'],
    ['{"query":"{ a }","operationName":1}', 400, 'BAD_REQUEST'],
    ['{"query":"{ a }","query":"mutation { b }"}', 400, 'BAD_REQUEST'],
    ['{"query":"{ a }","qu\\u0065ry":"mutation { b }"}', 400, 'BAD_REQUEST'],
    ['{"query":"{ a }","extensions":{"persistedQuery":{}}}', 400, 'PERSISTED_QUERY_NOT_SUPPORTED'],
    [`{"query":"{ a }","variables":{"x":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`, 400, 'BAD_REQUEST'],
    [`{"query":"{ a }","variables":{${Array.from({ length: 10_001 }, (_, n) => `"k${n}":1`).join(',')}}}`, 400, 'BAD_REQUEST'],
    ['{"query":"{ a }","variables":{"x":1e999}}', 400, 'BAD_REQUEST'],
    [`{"query":"{ a }","variables":{"x":${'9'.repeat(100_000)}}}`, 400, 'BAD_REQUEST'],
  ])('refuses %#', (body, status, code) => {
    expect(refusal(body)).toMatchObject({ status, code });
  });

  it.each([
    ['comments that are not all', JSON.stringify({ query: `${'#'.repeat(5_000)}\nx` })],
    ['megabytes of comments', JSON.stringify({ query: `${'#\n'.repeat(1_000_000)}{ a }` })],
    ['megabytes of blanks', JSON.stringify({ query: `${' '.repeat(4_000_000)}{ a }` })],
    ['a text of backslashes', JSON.stringify({ query: '{ a }', variables: { x: '\\"'.repeat(1_000_000) } })],
  ])('reads %s in a moment', (_, body) => {
    const started = performance.now();
    expect(refusal(body)).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('refuses lists of more values than anything here takes', () => {
    expect(refusal(JSON.stringify({ query: '{ a }', variables: { x: Array.from({ length: 100_002 }, () => 1) } }))).toMatchObject({ status: 400 });
  });

  it('refuses what is not UTF-8', () => {
    expect(refusal(Buffer.from([0x7b, 0xff, 0x7d]))).toMatchObject({ status: 400 });
  });

  it('never repeats what was sent', () => {
    expect(refusal('{"query": secret')?.message).not.toContain('secret');
  });

  it('takes members named like those of every object as data', () => {
    const { variables } = parseEnvelope(Buffer.from('{"query":"{ a }","variables":{"__proto__":{"x":1},"constructor":2}}'));
    expect(Object.keys(variables)).toEqual(['__proto__', 'constructor']);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});
