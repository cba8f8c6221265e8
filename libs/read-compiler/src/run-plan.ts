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

/** What goes into a slot: what is sealed, and the plain members beside it. */
export interface SlotContent {
  readonly sealed: SealedText | undefined;
  readonly beside: Readonly<Record<string, unknown>>;
}

/** Opens a secret and answers the JSON text that stands for it. */
export type OpenSlot = (slot: Slot, content: SlotContent) => string;

type ContentRow = readonly [key: string, sealed: readonly [id: string, keyId: string, base64: string] | null, beside: Record<string, unknown> | null];

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
  const contents = new Map(
    (JSON.parse(secrets) as (readonly ContentRow[] | null)[]).flatMap((list) => (list ?? []).map((content) => [content[0], contentOf(content)])),
  );
  return text.replaceAll(new RegExp(`"${nonce}:(\\d+):([0-9a-f-]{36})"`, 'g'), (_, index: string, key: string) => {
    const slot = plan.slots[Number(index)];
    const content = contents.get(key);
    return slot && content ? open(slot, content) : 'null';
  });
}

function contentOf([, sealed, beside]: ContentRow): SlotContent {
  return {
    sealed: sealed ? { id: sealed[0], keyId: sealed[1], ciphertext: Buffer.from(sealed[2], 'base64') } : undefined,
    beside: Object.fromEntries(Object.entries(beside ?? {}).filter(([, value]) => value !== null)),
  };
}
