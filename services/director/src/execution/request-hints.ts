import type { IncomingHttpHeaders } from 'node:http';

/** What callers say beside the operation, in headers of their own. */
export interface RequestHints {
  /** `suggest_token: true`: the token comes in the form that its holder should be given. */
  readonly suggestToken: boolean;
  /** `scenario_groups`, kept with a one-time token. */
  readonly scenarioGroups: readonly string[];
  /** `client_user`: the human behind a technical client. */
  readonly clientUser: string;
}

const MAX_GROUPS = 100;

export function hintsOf(headers: IncomingHttpHeaders): RequestHints {
  const text = (name: string): string => String(headers[name] ?? '');
  return {
    suggestToken: text('suggest_token') === 'true',
    scenarioGroups: text('scenario_groups')
      .split(', ')
      .map((group) => group.trim())
      .filter((group) => group !== '')
      .slice(0, MAX_GROUPS),
    clientUser: text('client_user'),
  };
}
