import type { Caller } from '@binnacle/internal-token/caller';
import type { Arguments } from '@binnacle/read-compiler/declaration';

/** Kinds of consumers that the viewer tells apart; every other one is a user. */
const VIEWER_TYPES: Readonly<Record<string, string>> = { Runtime: 'RUNTIME', Application: 'APPLICATION', 'Integration System': 'INTEGRATION_SYSTEM' };

/** Queries that need no statement. */
export const values: Readonly<Record<string, (caller: Caller, args: Arguments) => unknown>> = {
  viewer: (caller) => ({ id: caller.consumerId, type: VIEWER_TYPES[caller.consumerType] ?? 'USER' }),
  // Health checks are declared from the beginning; probes that fill them come with a later version.
  healthChecks: (_, args) => ({ data: [], pageInfo: { startCursor: args['after'] ?? '', endCursor: '', hasNextPage: false }, totalCount: 0 }),
};
