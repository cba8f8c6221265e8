import type { Declarations } from '@binnacle/read-compiler/declaration';
import type { AnyMutation } from './call.ts';
import { credentialMutations } from './credentials/resolvers.ts';
import { credentialRoots, credentialTypes } from './credentials/read.ts';
import { declarations } from './declarations.ts';
import { mutations } from './mutations.ts';

/** How everything is read at the extension endpoint: what the published one has, and what is ours. */
export const extendedDeclarations: Declarations = {
  ...declarations,
  types: { ...declarations.types, ...Object.fromEntries(credentialTypes.map((type) => [type.name, type])) },
  roots: { ...declarations.roots, ...credentialRoots },
};

/** Every mutation of the extension endpoint. */
export const extendedMutations: Readonly<Record<string, AnyMutation>> = { ...mutations, ...credentialMutations };
