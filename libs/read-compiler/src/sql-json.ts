/** A member of a JSON object: response key (a GraphQL name, so it needs no escaping) and SQL expression. */
export type Member = readonly [key: string, expression: string];

/** json_build_object takes at most 100 arguments. */
const MAX_MEMBERS = 48;

/** SQL expression of a JSON object with its members in this order. */
export function jsonObject(members: readonly Member[]): string {
  if (members.length === 0) return `'{}'::json`;
  const chunks: string[] = [];
  for (let from = 0; from < members.length; from += MAX_MEMBERS) {
    chunks.push(
      `json_build_object(${members
        .slice(from, from + MAX_MEMBERS)
        .map(([key, expression]) => `'${key}', ${expression}`)
        .join(', ')})`,
    );
  }
  if (chunks.length === 1) return chunks[0] ?? '';
  const inner = chunks.map((chunk) => `substr(${chunk}::text, 2, length(${chunk}::text) - 2)`);
  return `('{' || ${inner.join(` || ', ' || `)} || '}')::json`;
}

/** SQL text literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
