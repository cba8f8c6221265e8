/**
 * The text of a member of a JSON document, as it was written: numbers keep their digits. Names in any case, the last one wins.
 * @param json a valid JSON document
 * @returns undefined where there is no such member
 */
export function rawMember(json: string, path: readonly string[]): string | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return json.trim();
  const found = membersOf(json)
    .filter(([given]) => given.toLowerCase() === name.toLowerCase())
    .at(-1)?.[1];
  return found === undefined ? undefined : rawMember(found, rest);
}

type Member = readonly [name: string, value: string];

function membersOf(json: string): readonly Member[] {
  const members: Member[] = [];
  let at = skipBlanks(json, 0);
  if (json[at] !== '{') return members;
  at = skipBlanks(json, at + 1);
  while (json[at] === '"') {
    const endOfName = endOfString(json, at);
    const from = skipBlanks(json, skipBlanks(json, endOfName) + 1);
    const to = endOfValue(json, from);
    members.push([JSON.parse(json.slice(at, endOfName)) as string, json.slice(from, to)]);
    at = skipBlanks(json, to);
    if (json[at] === ',') at = skipBlanks(json, at + 1);
  }
  return members;
}

function skipBlanks(json: string, from: number): number {
  let at = from;
  while (at < json.length && ' \t\n\r'.includes(json.charAt(at))) at += 1;
  return at;
}

function endOfString(json: string, from: number): number {
  let at = from + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfValue(json: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < json.length) {
    const char = json.charAt(at);
    if (char === '"') {
      at = endOfString(json, at);
      if (depth === 0) return at;
      continue;
    }
    if (depth === 0 && ',}] \t\n\r'.includes(char)) return at;
    if (char === '{' || char === '[') depth += 1;
    if (char === '}' || char === ']') depth -= 1;
    at += 1;
    if (depth === 0 && (char === '}' || char === ']')) return at;
  }
  return at;
}
