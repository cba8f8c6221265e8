import { DomainError } from '@binnacle/errors/domain-error';
import type { Caller } from '@binnacle/internal-token/caller';
import type { Arguments } from '@binnacle/read-compiler/declaration';
import type { GraphQLField } from 'graphql';
import { needsTenant, requireScopes } from '../authorization/requirements.ts';
import { validateArguments } from '../validation/validate-arguments.ts';
import type { DirectorServices } from './services.ts';
import { refuseUnstorableTexts } from './unstorable-texts.ts';

/** In which order a call is judged: scopes of input fields, validation, scopes of the operation, tenant. */
export function judge({ requirements }: DirectorServices, declared: GraphQLField<unknown, unknown>, args: Arguments, caller: Caller): void {
  for (const argument of declared.args) {
    const needed = requirements.inputScopesOf(argument.type, args[argument.name]);
    if (needed.length > 0) requireScopes(caller.scopes, needed);
  }
  refuseUnstorableTexts(args);
  validateArguments(declared, args);
  requireScopes(caller.scopes, requirements.scopesOf(declared));
  if (needsTenant(declared.name) && caller.tenant === undefined) throw new DomainError('TenantRequired');
}
