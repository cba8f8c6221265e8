import { chmodSync, rmSync } from 'node:fs';
import { startEmbeddedPostgres } from '@binnacle/embedded-postgres/embedded-postgres';

/** A Postgres server for tests. */
export interface TestPostgres {
  url(database: string): string;
  stop(): Promise<void>;
}

/**
 * The embedded Postgres, not durable; with `BINNACLE_TEST_BACKEND=testcontainers` one in a container (image by
 * `BINNACLE_TEST_POSTGRES_IMAGE`), which needs Docker; with `BINNACLE_TEST_DATABASE_URL` the server at that address.
 * @param folder its data; removed by `stop`
 */
export async function startTestPostgres(folder: string): Promise<TestPostgres> {
  const given = process.env['BINNACLE_TEST_DATABASE_URL'];
  if (given) return { url: (database) => withDatabase(given, database), stop: () => Promise.resolve() };
  if (process.env['BINNACLE_TEST_BACKEND'] === 'testcontainers') return inContainer();
  chmodSync(folder, 0o755);
  const postgres = await startEmbeddedPostgres({ folder, port: 0, durable: false });
  return {
    url: postgres.url,
    async stop() {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function inContainer(): Promise<TestPostgres> {
  // Imported here: it takes half a second, which only this path should pay.
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(process.env['BINNACLE_TEST_POSTGRES_IMAGE'] ?? 'postgres:18')
    .withEnvironment({ POSTGRES_USER: 'binnacle', POSTGRES_HOST_AUTH_METHOD: 'trust' })
    .withExposedPorts(5432)
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
    .start();
  return {
    url: (database) => `postgres://binnacle@${container.getHost()}:${container.getMappedPort(5432)}/${database}`,
    stop: async () => void (await container.stop()),
  };
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  return parsed.href;
}

/** The same database as another role. */
export function asRole(url: string, role: string): string {
  const parsed = new URL(url);
  parsed.username = role;
  parsed.password = '';
  return parsed.href;
}
