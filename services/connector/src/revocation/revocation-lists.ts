import { createHash } from 'node:crypto';
import type { Authority } from '@binnacle/pki/certificate-authority';
import { buildRevocationList } from '@binnacle/pki/revocation-list';
import { log } from '@binnacle/log/log';
import type { Registry } from '@binnacle/registry/registry';
import type { GlobalWork } from '@binnacle/registry/work';
import { type RevocationEntry, revocationsOf } from '@binnacle/trust/certificates';
import type { Authorities, OpenedIssuer } from '../issuers/authorities.ts';
import { type ListRecord, listsOf } from './repository.ts';

/** The newest lists of an issuer. */
export interface PublishedLists {
  readonly full: ListRecord;
  readonly delta: ListRecord | undefined;
  /** From the newest revocation to the list that named it first, where this process built that. */
  readonly lagSeconds: number | undefined;
}

export interface RevocationLists {
  /** Undefined for an issuer that is not known, or whose key is not here and that has no list. */
  find(issuerId: string): PublishedLists | undefined;
  /** Builds what is missing, out of date or incomplete, now. */
  refresh(): Promise<void>;
  stop(): void;
}

export interface ListOptions {
  readonly registry: Registry;
  readonly authorities: Authorities;
  readonly deltaUrlOf: (issuerId: string) => string;
  readonly lifeSeconds: number;
  readonly now: () => Date;
}

/** Revocations that come together are answered with one list. */
const GATHER_MS = 200;
const LOOK_MS = 30_000;
/** For how long a list has been out before delta lists may build on it: others have it by then. */
const BASE_AGE_MS = 3_600_000;
/** A transaction that revoked may commit this long after it began. */
const COMMIT_SLACK_MS = 300_000;

/**
 * Keeps a revocation list of each issuer whose key is here: built again at each revocation and at half of its life, with a delta list
 * beside it. Any number of processes may do so: one builds, the others find it built.
 */
export async function keepRevocationLists(options: ListOptions): Promise<RevocationLists> {
  const lists = new Map<string, PublishedLists>();
  let running: Promise<void> | undefined;
  let again = false;
  const buildAll = async (): Promise<void> => {
    for (const issuer of options.authorities.trusted()) {
      const { authority } = issuer;
      const published = authority ? await build(options, issuer, authority) : await readPublished(options, issuer);
      const known = lists.get(issuer.record.id)?.lagSeconds;
      if (published) lists.set(issuer.record.id, { ...published, lagSeconds: published.lagSeconds ?? known });
    }
  };
  const refresh = (): Promise<void> => {
    if (running) {
      again = true;
      return running;
    }
    running = (async () => {
      try {
        do {
          again = false;
          await buildAll();
        } while (again);
      } finally {
        running = undefined;
      }
    })();
    return running;
  };
  const inBackground = (): void => void refresh().catch((error: unknown) => log().error({ err: error }, 'revocation lists could not be built'));
  let gathering: NodeJS.Timeout | undefined;
  const soon = (): void => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      inBackground();
    }, GATHER_MS);
  };
  await refresh();
  const stops = [options.registry.listen('certificate_revoked', soon), options.registry.listen('issuer_changed', soon)];
  const timer = setInterval(inBackground, LOOK_MS);
  timer.unref();
  return {
    find: (issuerId) => lists.get(issuerId),
    refresh,
    stop() {
      clearInterval(timer);
      clearTimeout(gathering);
      for (const stop of stops) stop();
    },
  };
}

/** Rejects when an issuer whose key is here has no list that is good now. */
export function requireFreshLists(authorities: Authorities, lists: RevocationLists, now: Date): Promise<void> {
  const late = authorities.trusted().find(({ record, authority }) => authority && !((lists.find(record.id)?.full.nextUpdate ?? 0) > now));
  return late ? Promise.reject(new Error(`the revocation list of issuer "${late.record.subject}" is out of date`)) : Promise.resolve();
}

function readPublished({ registry }: ListOptions, { record }: OpenedIssuer): Promise<PublishedLists | undefined> {
  return registry.asGlobal('connector: revocation list of an issuer elsewhere', async (work) => {
    const full = await listsOf(work, record.id).newest('full');
    return full && { full, delta: await listsOf(work, record.id).newest('delta'), lagSeconds: undefined };
  });
}

function build(options: ListOptions, { record }: OpenedIssuer, authority: Authority): Promise<PublishedLists> {
  return options.registry.asGlobal('connector: revocation list', async (work) => {
    const lists = listsOf(work, record.id);
    await lists.lock();
    // Read after the lock: whoever built before us has committed.
    const entries = await revocationsOf(work, record.id);
    const contentDigest = digestOf(entries);
    const full = await lists.newest('full');
    const now = wholeSeconds(options.now());
    if (full && full.contentDigest === contentDigest && now.getTime() < halfLife(full))
      return { full, delta: await lists.newest('delta'), lagSeconds: undefined };
    const newest = entries.at(-1)?.revokedAt;
    const isFirstToName = full && newest && newest > full.thisUpdate;
    const built = await buildBoth(options, work, record.id, authority, entries, contentDigest, now);
    return { ...built, lagSeconds: isFirstToName ? Math.max(0, options.now().getTime() - newest.getTime()) / 1_000 : undefined };
  });
}

async function buildBoth(
  { deltaUrlOf, lifeSeconds }: ListOptions,
  work: GlobalWork,
  issuerId: string,
  authority: Authority,
  entries: readonly RevocationEntry[],
  contentDigest: string,
  now: Date,
): Promise<Pick<PublishedLists, 'full' | 'delta'>> {
  const lists = listsOf(work, issuerId);
  const number = (await lists.highestNumber()) + 1n;
  const times = { thisUpdate: now, nextUpdate: new Date(now.getTime() + lifeSeconds * 1_000) };
  const base = await lists.base(new Date(now.getTime() - BASE_AGE_MS));
  const full = {
    number,
    ...times,
    contentDigest,
    der: await buildRevocationList(authority, { number, ...times, revoked: entries, deltaUrl: deltaUrlOf(issuerId) }),
  };
  await lists.add(full, undefined);
  if (!base) return { full, delta: undefined };
  // A delta list that repeats what its base names is right, one that leaves something out is not.
  const since = entries.filter(({ revokedAt }) => revokedAt.getTime() >= base.thisUpdate.getTime() - COMMIT_SLACK_MS);
  const deltaNumber = number + 1n;
  const der = await buildRevocationList(authority, { number: deltaNumber, ...times, revoked: since, deltaBase: base.number });
  const delta = { number: deltaNumber, ...times, contentDigest, der };
  await lists.add(delta, base.number);
  await lists.forgetBefore(number, new Date(base.thisUpdate.getTime() - 1));
  return { full, delta };
}

const wholeSeconds = (date: Date): Date => new Date(Math.floor(date.getTime() / 1_000) * 1_000);
const halfLife = ({ thisUpdate, nextUpdate }: ListRecord): number => (thisUpdate.getTime() + nextUpdate.getTime()) / 2;

function digestOf(entries: readonly RevocationEntry[]): string {
  const hash = createHash('sha256');
  for (const { serial, reason } of entries) hash.update(`${serial} ${reason}\n`);
  return hash.digest('hex');
}
