import type { CallValues } from '@binnacle/read-compiler/argument-values';
import type { OpenSlot } from '@binnacle/read-compiler/run-plan';
import type { Document } from '@binnacle/read-compiler/selection';
import { shape } from '@binnacle/read-compiler/shape';
import { isObjectType } from 'graphql';
import { conditionOf } from './condition.ts';
import type { DirectorServices } from './services.ts';

/** Opens sealed credentials and cuts them to what was asked for; `revealed` are members that this answer alone shows. */
export function openSlot(
  { envelope, schema, shapeRules }: DirectorServices,
  document: Document,
  values: CallValues,
  revealed: Readonly<Record<string, unknown>> = {},
): OpenSlot {
  return ({ type, sets }, { sealed, beside }) => {
    const value = { ...(sealed ? (JSON.parse(envelope.open(sealed, sealed.id)) as object) : {}), ...beside, ...revealed };
    const declared = schema.getType(type);
    if (!isObjectType(declared)) throw new Error(`${type} is no object type`);
    return JSON.stringify(shape(document, shapeRules, (node) => conditionOf(node, values), declared, value, sets));
  };
}
