import { describe, expect, it } from '@jest/globals';
import { auditDetails } from './audit-details.ts';

describe('details of the audit log', () => {
  it('keep what was asked for', () => {
    expect(auditDetails({ id: 'x', in: { name: 'shop', labels: { a: [1, 'b'], empty: null } } })).toEqual({
      id: 'x',
      in: { name: 'shop', labels: { a: [1, 'b'], empty: null } },
    });
  });

  it.each(['auth', 'defaultInstanceAuth', 'credential', 'token', 'csr', 'clientSecret', 'password', 'headerTemplate'])('hold no %s, at any depth', (name) => {
    const text = JSON.stringify(auditDetails({ in: { bundles: [{ [name]: { value: 'canary' } }], [name.toUpperCase()]: 'canary' } }));
    expect(text).not.toContain('canary');
    expect(text).toContain('[redacted]');
  });

  it('name long texts by length and SHA-256', () => {
    expect(auditDetails({ data: 'x'.repeat(2_000) })).toEqual({
      data: { length: 2_000, sha256: '5c0e0ea421571c300b5df6aec0a118b5c3dc02e0683a546341d5efc689df2f58' },
    });
  });

  it('stay small', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, 'y'.repeat(900)]));
    expect(auditDetails({ labels: many })).toEqual({ tooLong: { length: expect.any(Number), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } });
  });

  it('hold nothing that Postgres cannot store', () => {
    expect(auditDetails({ a: 'x\u0000y', b: '\ud800' })).toEqual({ a: 'x\uFFFDy', b: '\uFFFD' });
  });
});
