/**
 * How concepts are read. One declaration a GraphQL object type; the compiler makes SQL of them, the naive executor reads row by row from the
 * same ones. SQL fragments see the rows of their own table under the alias that is handed in.
 */

/** What a statement may know of the call: coerced arguments come beside it. */
export interface ReadContext {
  /** Internal id of the tenant, or undefined where there is none. */
  readonly tenant: string | undefined;
  readonly scopes: ReadonlySet<string>;
  /** Anything else that roots need, such as the consumer. */
  readonly caller: Readonly<Record<string, string | undefined>>;
}

export type Arguments = Readonly<Record<string, unknown>>;

/** Adds a value as a parameter and answers its placeholder. The type is written after it, since Postgres cannot always tell. */
export type Bind = (value: (call: ReadContext, args: Arguments) => unknown, type: string) => string;

/**
 * Answers a question about the call on which the statement's text depends. The plan is used again only where all its answers are the same,
 * so ask for as little as decides the text: whether a filter is there, not what it says.
 */
export type Decide = <T extends string | number | boolean>(question: (call: ReadContext, args: Arguments) => T) => T;

export interface Making {
  readonly bind: Bind;
  readonly decide: Decide;
}

/** A value of the row itself. `sql` answers an expression that json_build_object can take; `join` brings in rows of at most one match each. */
export interface ColumnField {
  readonly kind: 'column';
  readonly sql: (row: string, making: Making) => string;
  readonly join?: (row: string, making: Making) => string;
  readonly sanitize?: string;
}

/** An object without a table of its own, such as a status; null where `present` is false. */
export interface EmbeddedField {
  readonly kind: 'embedded';
  readonly type: string;
  readonly present?: (row: string) => string;
  readonly sanitize?: string;
}

/** Which rows belong to a parent: `from` has the child's table under the alias `c`; `parent` is the expression that equals the parent's key. */
export interface Relation {
  readonly from: string;
  readonly parent: string;
  /** Column of the parent's row that `parent` is compared with; its primary key unless said otherwise. */
  readonly parentKey?: string;
  /** Further conditions, such as a filter by argument or the caller's tenant. */
  readonly where?: (making: Making) => readonly string[];
  /** One row for each value of this expression, the first by `distinctOrder`. */
  readonly distinct?: { readonly on: string; readonly order: string };
}

export interface PageField {
  readonly kind: 'page';
  readonly type: string;
  readonly relation: Relation;
  readonly maxFirst: number;
  readonly sanitize?: string;
}

/** A plain list, ordered by the child's key. */
export interface ListField {
  readonly kind: 'list';
  readonly type: string;
  readonly relation: Relation;
  /** True for calls that read null instead, such as the children of what was just deleted. */
  readonly nullFor?: (call: ReadContext) => boolean;
  /** Null instead of an empty list. */
  readonly nullWhenEmpty?: boolean;
  readonly sanitize?: string;
}

/** At most one related row. With `byId` the argument of that name chooses it. */
export interface OneField {
  readonly kind: 'one';
  readonly type: string;
  readonly relation: Relation;
  readonly byId?: string;
  readonly sanitize?: string;
}

/** One of several types, decided by a column of the row. */
export interface UnionField {
  readonly kind: 'union';
  /** Expression that answers the name of the type. */
  readonly discriminator: (row: string) => string;
  readonly members: Readonly<Record<string, Relation>>;
}

/** A sealed text. The statement writes a slot, and whoever runs the plan puts there what `open` made of it. */
export interface SecretField {
  readonly kind: 'secret';
  readonly type: string;
  /** Expression of the secret's id; null where there is none. */
  readonly sql: (row: string) => string;
  /** Plain members beside the sealed ones. With them the object is there even where nothing is sealed. */
  readonly beside?: {
    /** A jsonb object; its null members count as absent. */
    readonly sql: (row: string) => string;
    readonly join?: (row: string) => string;
    /** Expression of a UUID of the row's own, never null. */
    readonly key: (row: string) => string;
  };
  readonly sanitize?: string;
}

/** Not built yet, or never anything: answers what costs clients nothing. */
export interface EmptyField {
  readonly kind: 'null' | 'emptyList';
}

/** A page of nothing; its arguments are checked like those of any page. */
export interface EmptyPageField {
  readonly kind: 'emptyPage';
  readonly maxFirst: number;
}

/** A field that fails without a scope: asking for it without is answered by the executor of graphql-js, where paths and nulls are its own. */
export interface GuardedField {
  readonly kind: 'guarded';
  readonly scope: string;
  readonly field: Field;
}

export type Field = ColumnField | EmbeddedField | PageField | ListField | OneField | UnionField | SecretField | EmptyField | EmptyPageField | GuardedField;

/** How a tenant's rows are told from others'. Every table says it; there is no default. */
export type Tenancy =
  | { readonly kind: 'access'; readonly accessKind: number }
  | { readonly kind: 'tenantColumn'; readonly column: string }
  /** Reached only through a parent that has a tenancy; by id it is joined with it (`join` from alias `c`, `root` = alias of the parent, whose tenancy holds). */
  | { readonly kind: 'inherits'; readonly from: string; readonly root: string; readonly rootTenancy: Tenancy }
  | { readonly kind: 'global' };

export interface TypeDeclaration {
  readonly name: string;
  /** Table, its primary key and its tenancy; absent for embedded types. */
  readonly table?: { readonly name: string; readonly key: string; readonly tenancy: Tenancy };
  readonly fields: Readonly<Record<string, Field>>;
}

/** Rows of a root field: `from` has the table under alias `c`. */
export interface RootSource {
  readonly from: string;
  readonly where: readonly string[];
  /** Keys of an unfiltered page by index alone, then the rows: `select … as key` ordered by it, without limit. */
  readonly keys?: { readonly from: string; readonly key: string; readonly where: readonly string[] };
}

export interface RootDeclaration {
  readonly kind: 'page' | 'one' | 'list';
  readonly type: string;
  /** Where the field's type is an interface: `type` and its siblings of the same table, told apart by an expression that answers the name. For `one` only. */
  readonly oneOf?: { readonly types: readonly string[]; readonly discriminator: (row: string) => string };
  /** Largest page; unlimited when absent. */
  readonly maxFirst?: number;
  /** Sort key of a page beside the id, for keyset paging; a not-null text column of alias `c`. */
  readonly orderBy?: string;
  readonly source: (making: Making) => RootSource;
  /** Boolean expression beside the answer: when false, `whenMissing` is thrown whatever was found. */
  readonly outcome?: (making: Making) => string | undefined;
  /** Thrown when a `one` finds nothing or the outcome is false; without it the field is null. */
  readonly whenMissing?: (call: ReadContext, args: Arguments) => Error | undefined;
  /** Checked before anything is asked. */
  readonly check?: (call: ReadContext, args: Arguments) => void;
  /** Another root to use for this call, such as another list for another kind of consumer. */
  readonly insteadFor?: (call: ReadContext) => { readonly root: string; readonly args: Arguments } | undefined;
}

/** Where sealed texts lie: columns `id`, `key_id`, `ciphertext`. */
export interface Declarations {
  readonly secretTable: string;
  readonly types: Readonly<Record<string, TypeDeclaration>>;
  readonly roots: Readonly<Record<string, RootDeclaration>>;
}
