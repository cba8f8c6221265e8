import type { Caller } from '@binnacle/internal-token/caller';
import { isPageSize } from '@binnacle/read-compiler/compile-object';
import { decodeListCursor } from '@binnacle/read-compiler/page-cursor';
import { cursorError, pageSizeError } from './execution/page-errors.ts';
import type { Arguments } from '@binnacle/read-compiler/declaration';

/** Kinds of consumers that the viewer tells apart; every other one is a user. */
const VIEWER_TYPES: Readonly<Record<string, string>> = { Runtime: 'RUNTIME', Application: 'APPLICATION', 'Integration System': 'INTEGRATION_SYSTEM' };

/** Queries that need no statement. */
export const values: Readonly<Record<string, (caller: Caller, args: Arguments) => unknown>> = {
  viewer: (caller) => ({ id: caller.consumerId, type: VIEWER_TYPES[caller.consumerType] ?? 'USER' }),
  // Health checks are declared from the beginning; probes that fill them come with a later version.
  healthChecks: (_, args) => {
    if (!isPageSize(args['first'], 200)) throw pageSizeError(200);
    if (!decodeListCursor(args['after'] as string | null, {})) throw cursorError();
    return { data: [], pageInfo: { startCursor: args['after'] ?? '', endCursor: '', hasNextPage: false }, totalCount: 0 };
  },
};
