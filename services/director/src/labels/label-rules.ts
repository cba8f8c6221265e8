import { DomainError } from '@binnacle/errors/domain-error';
import type { Rule } from '../validation/rules.ts';

const KEY = /^[a-zA-Z0-9_]*$/;
const MAX_KEY_LENGTH = 256;
const MAX_VALUE_BYTES = 256 * 1024;
const MAX_DEPTH = 32;

/** What is wrong with a label key, if anything. */
export function keyFault(key: string): string | undefined {
  if (key === '') return 'cannot be blank';
  if ([...key].length > MAX_KEY_LENGTH) return `the length must be no more than ${MAX_KEY_LENGTH}`;
  return KEY.test(key) ? undefined : 'must be in a valid format';
}

/** What is wrong with a label value, if anything; empty ones are refused only where a label is set by itself. */
export function valueFault(value: unknown, options: { readonly mayBeEmpty: boolean }): string | undefined {
  if (!options.mayBeEmpty && isEmptyValue(value)) return 'cannot be blank';
  if (depthOf(value) > MAX_DEPTH) return `must not be nested deeper than ${MAX_DEPTH} levels`;
  return Buffer.byteLength(JSON.stringify(value) ?? '') > MAX_VALUE_BYTES ? `must be no larger than ${MAX_VALUE_BYTES} bytes` : undefined;
}

function isEmptyValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === '' || value === 0 || value === false;
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** Rule of a `labels` member. */
export const labels: Rule = (value) => {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, label] of Object.entries(value)) {
    const fault = keyFault(key) ?? valueFault(label, { mayBeEmpty: true });
    if (fault !== undefined) return `label ${JSON.stringify(key.slice(0, 64))} ${fault}`;
  }
  return undefined;
};

/** @throws DomainError InvalidData for a key or value that no label may have */
export function checkLabel(key: string, value: unknown): void {
  const faults = Object.entries({ key: keyFault(key), value: valueFault(value, { mayBeEmpty: false }) }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  if (faults.length > 0) throw new DomainError('InvalidData', Object.fromEntries(faults), { subject: 'LabelInput' });
}
