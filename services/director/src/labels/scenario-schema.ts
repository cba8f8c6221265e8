import { Ajv } from 'ajv';
import type { Faults } from '../validation/rules.ts';

/** The only key that can be defined. */
export const SCENARIOS_KEY = 'scenarios';

const ajv = new Ajv({ strict: false, allErrors: false });

/** What a definition of scenarios must look like itself. */
const META_SCHEMA = {
  type: 'object',
  required: ['type', 'items'],
  properties: {
    type: { const: 'array' },
    minItems: { const: 1 },
    uniqueItems: { const: true },
    items: {
      type: 'object',
      required: ['type', 'enum'],
      properties: {
        type: { const: 'string' },
        enum: {
          type: 'array',
          uniqueItems: true,
          maxItems: 1_000,
          items: { type: 'string', maxLength: 128, pattern: '^[A-Za-z0-9]([-_A-Za-z0-9\\s]*[A-Za-z0-9])?$' },
        },
        pattern: { const: '^[A-Za-z0-9]([-_A-Za-z0-9\\s]*[A-Za-z0-9])$' },
        maxLength: { const: 128 },
      },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
} as const;

const isScenarioSchema = ajv.compile(META_SCHEMA);

/** What is wrong with a definition, if anything. */
export function scenarioSchemaFault({ key, schema }: Readonly<Record<string, unknown>>): Faults | undefined {
  if (key !== SCENARIOS_KEY) return { key: `must be ${SCENARIOS_KEY}: no other label can be defined` };
  if (typeof schema !== 'string') return { schema: 'cannot be blank' };
  const parsed: unknown = JSON.parse(schema);
  if (isScenarioSchema(parsed)) return undefined;
  const [error] = isScenarioSchema.errors ?? [];
  return { 'rule.validSchema': `the schema does not fit scenarios: ${error?.instancePath || 'it'} ${error?.message ?? 'is not valid'}` };
}

/** The scenario names of a schema that passed. */
export function scenarioNames(schema: string): readonly string[] {
  return (JSON.parse(schema) as { items: { enum: readonly string[] } }).items.enum;
}
