import pg from 'pg';

/** Makes a database if the server has none of this name. */
export async function ensureDatabase(serverUrl: string, name: string): Promise<void> {
  await withClient(serverUrl, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  });
}

/** Gives a service's role its password; the address must be that of a role that may do so. */
export async function setRolePassword(url: string, role: string, password: string): Promise<void> {
  await withClient(url, (client) => client.query(`alter role ${client.escapeIdentifier(role)} password ${client.escapeLiteral(password)}`));
}

/** True when the tenant table has no row: a first run. */
export async function isEmptyLandscape(url: string): Promise<boolean> {
  return withClient(url, async (client) => (await client.query('select from tenant limit 1')).rowCount === 0);
}

async function withClient<T>(url: string, body: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await body(client);
  } finally {
    await client.end();
  }
}
