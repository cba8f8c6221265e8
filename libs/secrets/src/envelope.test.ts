import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createEnvelope, parseKeyFile } from './envelope.ts';

describe('the envelope', () => {
  const key = randomBytes(32);
  const envelope = createEnvelope([key]);

  it('opens what it sealed', () => {
    expect(envelope.open(envelope.seal('päss', 'row-1'), 'row-1')).toBe('päss');
  });

  it('does not open a ciphertext that was moved to another row', () => {
    expect(() => envelope.open(envelope.seal('pass', 'row-1'), 'row-2')).toThrow();
  });

  it('does not open a ciphertext of which one bit was changed', () => {
    const sealed = envelope.seal('pass', 'row-1');
    sealed.ciphertext[sealed.ciphertext.length - 1]! ^= 1; // the ciphertext of a non-empty text has a last byte
    expect(() => envelope.open(sealed, 'row-1')).toThrow();
  });

  it('opens with an older key and seals with the newest', () => {
    const old = envelope.seal('pass', 'row-1');
    const rotated = createEnvelope([randomBytes(32), key]);
    expect(rotated.open(old, 'row-1')).toBe('pass');
    expect(rotated.seal('pass', 'row-1').keyId).not.toBe(old.keyId);
  });

  it('refuses a key file with a short key', () => {
    expect(() => parseKeyFile(Buffer.from('c2hvcnQ='))).toThrow('32 bytes');
  });
});
