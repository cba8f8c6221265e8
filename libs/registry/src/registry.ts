import { log } from '@binnacle/log/log';
import pg from 'pg';
import { isRepeatable, RegistryUnavailable, translateError } from './registry-error.ts';
import { send, type SessionOptions, type StatementCounter } from './session.ts';
import type { Statement } from './statement.ts';
import type { TenantId } from './tenant-id.ts';
import { GlobalWork, TenantWork } from './work.ts';

const MAX_ATTEMPTS = 3;

export interface RegistryOptions {
  readonly url: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly poolSize?: number;
  /**
   * The role has row-level security in force (tests, people): each transaction then says whose it is.
   * A service's own role has a policy that admits it, and its statements carry the tenant themselves.
   */
  readonly guarded?: boolean;
  /** False behind a transaction pooler that keeps no prepared statements. */
  readonly preparedStatements?: boolean;
  readonly statementTimeoutMs?: number;
}

/** The door to Postgres. Services never hold a pool or a connection. */
export interface Registry {
  /** One transaction for one tenant; commits when `body` resolves. Repeated as a whole, at most 3 times, after a serialization failure or deadlock. */
  asTenant<T>(tenant: TenantId, body: (work: TenantWork) => Promise<T>): Promise<T>;
  /** One transaction across tenants. */
  asGlobal<T>(reason: string, body: (work: GlobalWork) => Promise<T>): Promise<T>;
  /** One compiled read outside a transaction; its text carries the tenant's predicate. `undefined` reads what belongs to no tenant, `'global'` across tenants. */
  read(statement: Statement, tenant: TenantId | 'global' | undefined): Promise<readonly unknown[][]>;
  /** Calls `onNotify` with the payload of each notification, reconnecting after losses; after each (re)connection with `undefined`, since some may have been missed. */
  listen(channel: string, onNotify: (payload: string | undefined) => void): () => void;
  /** @throws RegistryUnavailable */
  ping(): Promise<void>;
  close(): Promise<void>;
  readonly statements: StatementCounter;
}

/** Opens the pool; connections are made when needed. */
export function openRegistry(options: RegistryOptions): Registry {
  const counter: StatementCounter = { count: 0 };
  const session: SessionOptions = { preparedStatements: options.preparedStatements ?? true, counter };
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000;
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.poolSize ?? 20,
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementTimeoutMs,
    // Postgres keeps the limit itself; this one is for a server that has vanished without closing the connection.
    query_timeout: statementTimeoutMs + 5_000,
    keepAlive: true,
  });
  // One that dies while it is checked out, between two statements, fails the next statement; unheard, the event would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  // An idle connection that dies is replaced on the next use; without a listener the event would end the process.
  pool.on('error', (error) => log().warn({ err: error }, 'idle database connection lost'));
  const guarded = options.guarded ?? false;
  const listeners = new Set<() => void>();

  async function transaction<T>(setting: Setting, begin: (client: pg.ClientBase) => TenantWork | GlobalWork, body: (work: never) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(setting, begin, body);
      } catch (error) {
        if (attempt >= MAX_ATTEMPTS || !isRepeatable(error)) throw translateError(error);
      }
    }
  }

  async function once<T>(setting: Setting, begin: (client: pg.ClientBase) => TenantWork | GlobalWork, body: (work: never) => Promise<T>): Promise<T> {
    const client = await checkOut(pool);
    let broken: Error | undefined;
    let committing = false;
    try {
      await client.query('begin');
      if (guarded) await client.query(`select set_config($1, $2, true)`, [...setting]);
      const work = begin(client);
      let result: T;
      let callbacks: readonly (() => void)[];
      try {
        result = await body(work as never); // `begin` and `body` come as a pair from asTenant or asGlobal
      } finally {
        callbacks = work.end();
      }
      committing = true;
      await client.query('commit');
      for (const callback of callbacks) callback();
      return result;
    } catch (error) {
      const translated = translateError(error, committing);
      if (translated instanceof RegistryUnavailable) broken = translated;
      else await client.query('rollback').catch((rollbackError: Error) => (broken = rollbackError));
      // The repeatable ones stay what they are, so that the loop above recognises them.
      throw isRepeatable(error) ? error : translated;
    } finally {
      client.release(broken);
    }
  }

  async function read(statement: Statement, tenant: TenantId | 'global' | undefined): Promise<readonly unknown[][]> {
    const client = await checkOut(pool);
    let broken: Error | undefined;
    try {
      if (!guarded) return (await send(client, statement, session, 'array')).rows as unknown[][];
      await client.query('begin');
      await client.query('select set_config($1, $2, true)', [...settingOf(tenant)]);
      const { rows } = await send(client, statement, session, 'array');
      await client.query('commit');
      return rows as unknown[][];
    } catch (error) {
      const translated = translateError(error);
      if (translated instanceof RegistryUnavailable) broken = translated;
      else if (guarded) await client.query('rollback').catch((rollbackError: Error) => (broken = rollbackError));
      throw translated;
    } finally {
      client.release(broken);
    }
  }

  return {
    asTenant: (tenant, body) => transaction(['app.tenant', tenant], (client) => TenantWork.begin(tenant, client, session), body),
    asGlobal: (reason, body) => transaction(['app.scope', 'global'], (client) => GlobalWork.begin(reason, client, session), body),
    read,
    listen: (channel, onNotify) => {
      const stop = keepListening(options, channel, onNotify);
      listeners.add(stop);
      return () => {
        listeners.delete(stop);
        stop();
      };
    },
    async ping() {
      await read({ name: 'ping', text: 'select 1', values: [] }, undefined);
      counter.count -= 1;
    },
    async close() {
      for (const stop of listeners) stop();
      await pool.end();
    },
    statements: counter,
  };
}

type Setting = readonly [name: string, value: string];

function settingOf(tenant: TenantId | 'global' | undefined): Setting {
  return tenant === 'global' ? ['app.scope', 'global'] : ['app.tenant', tenant ?? ''];
}

async function checkOut(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw translateError(error);
  }
}

const RECONNECT_MS = 1_000;

/** LISTEN needs a session of its own, so it has a connection of its own. */
function keepListening(options: RegistryOptions, channel: string, onNotify: (payload: string | undefined) => void): () => void {
  let stopped = false;
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  const again = (): void => {
    if (stopped || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      void connect();
    }, RECONNECT_MS);
    timer.unref();
  };
  async function connect(): Promise<void> {
    if (stopped) return;
    const current = new pg.Client({
      connectionString: options.url,
      application_name: `${options.applicationName} listen`,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    client = current;
    current.on('error', () => void current.end().catch(() => undefined));
    current.on('end', again);
    current.on('notification', (message) => onNotify(message.payload));
    try {
      await current.connect();
      await current.query(`listen "${channel.replaceAll('"', '')}"`);
      onNotify(undefined);
    } catch {
      await current.end().catch(() => undefined);
      again();
    }
  }
  void connect();
  return () => {
    stopped = true;
    if (timer) clearTimeout(timer);
    client?.end().catch(() => undefined);
  };
}
