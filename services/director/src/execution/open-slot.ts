import type { CallValues } from '@binnacle/read-compiler/argument-values';
import type { OpenSlot } from '@binnacle/read-compiler/run-plan';
import type { Document } from '@binnacle/read-compiler/selection';
import { shape } from '@binnacle/read-compiler/shape';
import { isObjectType } from 'graphql';
import { conditionOf } from './condition.ts';
import type { DirectorServices } from './services.ts';

/** Opens sealed credentials and cuts them to what was asked for. */
export function openSlot({ envelope, schema, shapeRules }: DirectorServices, document: Document, values: CallValues): OpenSlot {
  return ({ type, sets }, { id, keyId, ciphertext }) => {
    const value: unknown = JSON.parse(envelope.open({ keyId, ciphertext }, id));
    const declared = schema.getType(type);
    if (!isObjectType(declared)) throw new Error(`${type} is no object type`);
    return JSON.stringify(shape(document, shapeRules, (node) => conditionOf(node, values), declared, value, sets));
  };
}
