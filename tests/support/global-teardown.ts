export default async function globalTeardown(): Promise<void> {
  await (globalThis as { binnaclePostgres?: { stop(): Promise<void> } }).binnaclePostgres?.stop();
}
