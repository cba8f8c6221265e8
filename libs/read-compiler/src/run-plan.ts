import { randomBytes } from 'node:crypto';
import type { CallValues } from './argument-values.ts';
import type { ReadContext } from './declaration.ts';
import type { Plan, Slot } from './plan.ts';

/** A sealed text as the statement answers it. */
export interface SealedText {
  readonly id: string;
  readonly keyId: string;
  readonly ciphertext: Buffer;
}

/** Opens a secret and answers the JSON text that stands for it. */
export type OpenSlot = (slot: Slot, sealed: SealedText) => string;

/** The answer was larger than may be sent. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

/** The parameters of one run; the nonce is new each time, so that no stored text can pass for a slot. */
export function bindPlan(plan: Plan, call: ReadContext, values: CallValues): { readonly params: readonly unknown[]; readonly nonce: string } {
  const nonce = plan.nonceParam === 0 ? '' : randomBytes(16).toString('hex');
  return { nonce, params: plan.params.map((param, index) => (index + 1 === plan.nonceParam ? nonce : param(call, values))) };
}

/**
 * Turns the statement's row into the JSON text of the field.
 * @returns undefined when there was no row, or its outcome was false
 * @throws AnswerTooLarge
 */
export function finishPlan(plan: Plan, rows: readonly unknown[][], nonce: string, open: OpenSlot): string | undefined {
  const [row] = rows;
  if (!row) return undefined;
  const [text, secrets, outcome] = row;
  if (outcome === false || (outcome === true && text === null)) return undefined;
  if (typeof text !== 'string') throw new AnswerTooLarge();
  if (nonce === '' || typeof secrets !== 'string') return text;
  const sealed = new Map(
    (JSON.parse(secrets) as [string, string, string][]).map(([id, keyId, base64]) => [id, { id, keyId, ciphertext: Buffer.from(base64, 'base64') }]),
  );
  return text.replaceAll(new RegExp(`"${nonce}:(\\d+):([0-9a-f-]{36})"`, 'g'), (_, index: string, id: string) => {
    const slot = plan.slots[Number(index)];
    const secret = sealed.get(id);
    return slot && secret ? open(slot, secret) : 'null';
  });
}
