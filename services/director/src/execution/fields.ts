import type { ColumnField, EmptyField, EmptyPageField, Making, ReadContext } from '@binnacle/read-compiler/declaration';

/** A column as it is. */
export const column = (name: string): ColumnField => ({ kind: 'column', sql: (row) => `${row}.${name}` });

/** A time: RFC 3339, UTC, whole seconds. */
export const timestamp = (name: string): ColumnField => ({ kind: 'column', sql: (row) => timestampSql(`${row}.${name}`) });

export const timestampSql = (expression: string): string => `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

/** The same text for every row. */
export const constant = (text: string): ColumnField => ({ kind: 'column', sql: () => `'${text}'::text` });

export const nothing: EmptyField = { kind: 'null' };
export const emptyList: EmptyField = { kind: 'emptyList' };
export const emptyPage: EmptyPageField = { kind: 'emptyPage', maxFirst: 200 };

/** The caller's tenant as a parameter. */
export const tenantParam = ({ bind }: Making): string => bind(tenantOf, 'uuid');

// One function, so that a statement has one parameter for it.
const tenantOf = (call: ReadContext): string | null => call.tenant ?? null;

/** Rows of a root table that the caller's tenant may see. */
export const readableBy = (making: Making, alias = 'c'): string => `${alias}.readers @> array[${tenantParam(making)}]`;
