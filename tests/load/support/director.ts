import { generateSigningKey, mintInternalToken } from '@binnacle/internal-token/mint';
import { BIG_TENANT } from '../../support/seed-applications.ts';
import type { Landscape } from './landscape.ts';
import type { Load } from './load-generator.ts';
import { type Forked, forkServer } from './processes.ts';

const ISSUER = 'load';
const SCOPES =
  'application:read application:write runtime:read application.auths:read runtime.auths:read application.webhooks:read api_spec.fetch_request:read'.split(' ');

/** A Director in a process of its own, on a landscape. */
export interface LoadedDirector extends Forked {
  readonly url: string;
  /** An internal token of a user of the big tenant, good for a minute. */
  token(): string;
  /** How to ask it. */
  load(body: (n: number) => string): Load;
}

export async function startLoadedDirector(landscape: Landscape): Promise<LoadedDirector> {
  const key = generateSigningKey();
  const forked = await forkServer('director-process.ts', { url: landscape.url, jwk: key.publicJwk, issuer: ISSUER });
  const url = `http://127.0.0.1:${forked.port}/graphql`;
  const caller = {
    consumerId: 'tester',
    consumerType: 'Static User',
    flow: 'JWT',
    scopes: new Set(SCOPES),
    tenant: BIG_TENANT,
    externalTenant: 'big',
    onBehalfOf: '',
    region: '',
    subject: '',
  } as const;
  const token = (): string => mintInternalToken(key, caller, ISSUER, 'director', Math.floor(Date.now() / 1000));
  return { ...forked, url, token, load: (body) => ({ url, headers: { authorization: `Bearer ${token()}` }, body }) };
}
