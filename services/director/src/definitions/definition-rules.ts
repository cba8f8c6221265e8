import { isStorable } from '../execution/unstorable-texts.ts';
import { type Faults, length, matches, nested, printableAscii, required, type Rule, type Rules, url } from '../validation/rules.ts';

/** Semantic Versioning 2.0.0. */
const SEMANTIC_VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;

const FORMATS: Readonly<Record<string, readonly string[]>> = { OPEN_API: ['JSON', 'YAML'], ODATA: ['XML', 'JSON'], ASYNC_API: ['YAML', 'JSON'] };

const version: Rules = { value: [required, length(0, 256), matches(SEMANTIC_VERSION)], deprecatedSince: [length(0, 256)] };

type Input = Readonly<Record<string, unknown>>;

/** A spec brings its text or says where to fetch it, and its format fits its type. */
const spec = (input: Input): Faults | undefined => {
  const hasData = typeof input['data'] === 'string';
  const fetches = input['fetchRequest'] !== undefined && input['fetchRequest'] !== null;
  if (hasData === fetches) return { data: hasData ? 'cannot be given together with fetchRequest' : 'cannot be blank' };
  return FORMATS[String(input['type'])]?.includes(String(input['format']))
    ? undefined
    : { format: `format ${String(input['format'])} is not a valid spec format for spec type ${String(input['type'])}` };
};

const common: Rules = {
  name: [required, printableAscii, length(1, 100)],
  description: [length(0, 2000)],
  group: [length(0, 100)],
  version: [nested(version)],
  spec: [nested(spec)],
};

export const apiDefinition: Rules = { ...common, targetURL: [required, length(1, 256), url] };
export const eventDefinition: Rules = common;

export const document: Rules = {
  title: [required, length(1, 128)],
  displayName: [required, length(1, 128)],
  description: [required, length(1, 2000)],
  kind: [length(0, 256)],
};

/** The schema of what a request for credentials must bring: JSON, and a JSON Schema object. */
const jsonSchema: Rule = (value) => {
  if (typeof value !== 'string') return undefined;
  const parsed: unknown = JSON.parse(value);
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) && isStorable(parsed) ? undefined : 'must be a JSON Schema object';
};

export const bundleFields: Rules = {
  name: [required, printableAscii, length(1, 100)],
  description: [length(0, 2000)],
  instanceAuthRequestInputSchema: [jsonSchema],
};
