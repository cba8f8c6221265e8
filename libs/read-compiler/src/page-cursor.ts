/** Where a page begins. */
export type Position =
  | { readonly kind: 'start' }
  | { readonly kind: 'after'; readonly id: string; readonly sortKey: string }
  | { readonly kind: 'offset'; readonly offset: number };

const VERSION = 1;
/** What cursors of older installations begin with once decoded; an offset follows. */
const OFFSET_PREFIX = 'DpKtJ4j9jDq';

/**
 * Cursors are base64url of: version (1 byte), id (16 bytes), sort key (UTF-8, empty when the id alone orders). They are unsigned: they give no rights.
 * @returns undefined when the text is no cursor
 */
export function decodeCursor(cursor: string | null | undefined): Position | undefined {
  if (cursor === null || cursor === undefined || cursor === '') return { kind: 'start' };
  if (cursor.length > 4_096 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(cursor)) return undefined;
  const bytes = Buffer.from(cursor, 'base64url');
  const text = bytes.toString('latin1');
  if (text.startsWith(OFFSET_PREFIX)) {
    const digits = text.slice(OFFSET_PREFIX.length);
    if (!/^\d{1,10}$/.test(digits) || Number(digits) > 2 ** 31 - 1) return undefined;
    return { kind: 'offset', offset: Number(digits) };
  }
  if (bytes[0] !== VERSION || bytes.length < 17) return undefined;
  const hex = bytes.toString('hex', 1, 17);
  const sortKey = bytes.toString('utf8', 17);
  if (!Buffer.from(sortKey).equals(bytes.subarray(17)) || sortKey.includes('\u0000')) return undefined;
  return { kind: 'after', sortKey, id: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` };
}

/**
 * Decodes a cursor of a root list: by its sort key a cursor tells that it is of a list with another order.
 * @returns undefined when the text is no cursor of such a list
 */
export function decodeListCursor(cursor: string | null | undefined, list: { readonly orderBy?: string }): Position | undefined {
  const position = decodeCursor(cursor);
  return position?.kind === 'after' && (position.sortKey !== '') !== (list.orderBy !== undefined) ? undefined : position;
}

/** The same cursor as `cursorSql` makes. */
export function encodeCursor(id: string, sortKey = ''): string {
  return Buffer.concat([Buffer.from([VERSION]), Buffer.from(id.replaceAll('-', ''), 'hex'), Buffer.from(sortKey)]).toString('base64url');
}

/** SQL that makes a cursor of an id (uuid) and, where there is one, a sort key (text). */
export function cursorSql(id: string, sortKey?: string): string {
  const bytes = `'\\x0${VERSION}'::bytea || uuid_send(${id})${sortKey ? ` || convert_to(${sortKey}, 'UTF8')` : ''}`;
  return `rtrim(translate(encode(${bytes}, 'base64'), E'+/\\n', '-_'), '=')`;
}
