import knex, { type Knex } from 'knex';
import type pg from 'pg';
import { isRepeatable, translateError } from './registry-error.ts';
import { send, type SessionOptions } from './session.ts';
import type { Statement } from './statement.ts';
import type { TenantId } from './tenant-id.ts';
import { ACCESS_KIND, type RootTable } from './tables.ts';

/** Builds SQL text, never connects. */
const builder = knex({ client: 'pg' });

/** What both kinds of work can do: statements in one transaction. Dead once the transaction has ended. */
class Work {
  readonly #client: pg.ClientBase;
  readonly #options: SessionOptions;
  readonly #afterCommit: Array<() => void> = [];
  #ended = false;

  protected constructor(client: pg.ClientBase, options: SessionOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Runs a compiled read inside this transaction; rows are arrays of columns. */
  async read(statement: Statement): Promise<readonly unknown[][]> {
    const result = await this.send(statement, 'array');
    return result.rows as unknown[][];
  }

  /** Runs when the transaction has committed, and only then. For what must survive a crash, write a row instead. */
  afterCommit(callback: () => void): void {
    this.#afterCommit.push(callback);
  }

  protected async send(statement: Statement, rowMode?: 'array'): Promise<pg.QueryResult> {
    if (this.#ended) throw new Error(`statement ${statement.name} came after the end of its transaction`);
    return send(this.#client, statement, this.#options, rowMode).catch((error: unknown) => {
      // What the whole unit of work is repeated for stays what it is; a repository may say what the rest means.
      throw isRepeatable(error) ? error : translateError(error);
    });
  }

  /** Used by the Registry alone: closes this handle and gives back what waits for the commit. */
  end(): readonly (() => void)[] {
    this.#ended = true;
    return this.#afterCommit;
  }
}

/**
 * One transaction for one tenant. Only the Registry makes one, so whoever holds it holds a tenant too;
 * the connection itself is out of reach.
 */
export class TenantWork extends Work {
  readonly tenant: TenantId;

  private constructor(tenant: TenantId, client: pg.ClientBase, options: SessionOptions) {
    super(client, options);
    this.tenant = tenant;
  }

  /** Used by the Registry alone. */
  static begin(tenant: TenantId, client: pg.ClientBase, options: SessionOptions): TenantWork {
    return new TenantWork(tenant, client, options);
  }

  /**
   * Runs SQL of which `$1` is this work's tenant; `values` begin at `$2`.
   * @param name short and stable, such as `applications.add`
   * @throws Error when the text never mentions `$1`: then nothing in it is bound to the tenant
   */
  async query<Row = unknown>(name: string, text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    if (!/\$1(?!\d)/.test(text)) throw new Error(`statement ${name} does not mention its tenant ($1)`);
    const result = await this.send({ name, text, values: [this.tenant, ...values] });
    return result.rows as Row[];
  }

  /** Rows of a root table that this tenant may see, for knex to narrow further. */
  visible<Row extends object>(table: RootTable): Knex.QueryBuilder<Row, Row[]> {
    return this.#rooted<Row>(table, {});
  }

  /** Rows of a root table that this tenant owns: for every change and every new child. */
  owned<Row extends object>(table: RootTable): Knex.QueryBuilder<Row, Row[]> {
    return this.#rooted<Row>(table, { owner: true });
  }

  /** Runs what `visible` or `owned` began. */
  async rows<Row>(name: string, query: Knex.QueryBuilder): Promise<readonly Row[]> {
    const { sql, bindings } = query.toSQL().toNative();
    const result = await this.send({ name, text: sql, values: bindings });
    return result.rows as Row[];
  }

  #rooted<Row extends object>(table: RootTable, owner: { owner?: true }): Knex.QueryBuilder<Row, Row[]> {
    const mine = builder('access')
      .select('access.resource_id')
      .where({ tenant_id: this.tenant, kind: ACCESS_KIND[table], ...owner });
    return builder(table).whereIn(`${table}.id`, mine) as unknown as Knex.QueryBuilder<Row, Row[]>; // knex types rows by its own registry of tables
  }
}

/** One transaction across tenants, for work that belongs to none: its reason is in the log of whoever reviews it. */
export class GlobalWork extends Work {
  readonly reason: string;

  private constructor(reason: string, client: pg.ClientBase, options: SessionOptions) {
    super(client, options);
    this.reason = reason;
  }

  /** Used by the Registry alone. */
  static begin(reason: string, client: pg.ClientBase, options: SessionOptions): GlobalWork {
    return new GlobalWork(reason, client, options);
  }

  async query<Row = unknown>(name: string, text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const result = await this.send({ name, text, values });
    return result.rows as Row[];
  }
}
