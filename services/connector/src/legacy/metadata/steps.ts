/** A mutation of an object with an id; the arguments of the field are `$name` of its own variables. */
export interface Step {
  readonly field: string;
  readonly variables: Readonly<Record<string, readonly [type: string, value: unknown]>>;
}

/** Documents may have a limited number of fields. */
const FIELDS_A_DOCUMENT = 15;

/** Steps as documents to be sent one after the other. */
export function documentsOf(steps: readonly Step[]): readonly { readonly query: string; readonly variables: Readonly<Record<string, unknown>> }[] {
  const count = Math.ceil(steps.length / FIELDS_A_DOCUMENT);
  return Array.from({ length: count }, (_, n) => documentOf(steps.slice(n * FIELDS_A_DOCUMENT, (n + 1) * FIELDS_A_DOCUMENT)));
}

function documentOf(steps: readonly Step[]) {
  const named = steps.flatMap(({ variables }, n) => Object.entries(variables).map(([name, [type, value]]) => ({ name: `${name}${n}`, type, value })));
  const fields = steps.map(({ field }, n) => `s${n}: ${field.replaceAll(/\$(\w+)/g, `$$$1${n}`)} { id }`);
  return {
    query: `mutation (${named.map(({ name, type }) => `$${name}: ${type}`).join(', ')}) { ${fields.join(' ')} }`,
    variables: Object.fromEntries(named.map(({ name, value }) => [name, value])),
  };
}
