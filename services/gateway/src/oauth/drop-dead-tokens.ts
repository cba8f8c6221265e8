import { log } from '@binnacle/log/log';
import type { OAuthRepository } from './repository.ts';

const PAUSE_MS = 60_000;
const PART = 1_000;

/** Removes tokens that have expired or were revoked, once a minute and in parts, so that no statement holds many rows. Answers how to stop. */
export function keepDroppingDeadTokens(repository: Pick<OAuthRepository, 'dropDeadTokens'>): () => void {
  let stopped = false;
  const drop = async (): Promise<void> => {
    while (!stopped && (await repository.dropDeadTokens(PART)) === PART);
  };
  const timer = setInterval(() => void drop().catch((error: unknown) => log().warn({ err: error }, 'dead tokens could not be dropped')), PAUSE_MS);
  timer.unref();
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}
