import { type Html, html } from './html.ts';
import type { Model } from './model.ts';

const ERRORS: readonly (readonly [number, string, string, string])[] = [
  [10, 'InternalError', 'Something went wrong on our side.', 'Report the error id; the reason is in the log of the service.'],
  [11, 'UnknownError', 'An error without a class.', 'Report it.'],
  [20, 'NotFound', 'There is no such object, or your tenant does not see it.', 'Check id and tenant.'],
  [21, 'NotUnique', 'A unique value is taken.', 'Choose another one, or update the object that has it.'],
  [22, 'InvalidData', 'A value breaks its rules; the message names the field.', 'Mend the field and send again.'],
  [23, 'InsufficientScopes', 'The token lacks a scope; the message lists both sides.', 'Use a token with the required scopes.'],
  [24, 'TenantRequired', 'The operation works in a tenant and none was named.', 'Send the header Tenant.'],
  [25, 'TenantNotFound', 'The tenant is unknown, or you may not work in it. HTTP 400.', 'Check the external id.'],
  [26, 'Unauthorized', 'No valid token (HTTP 400 or 401), or no owner access to the object.', 'Log in, or ask the owner.'],
  [27, 'InvalidOperation', 'Not allowed in this state; the message says why.', 'Change the state first.'],
  [28, 'OperationTimeout', 'The operation took too long.', 'Try again.'],
  [29, 'EmptyData', 'A required value is missing.', 'Send it.'],
  [30, 'InconsistentData', 'A value is out of its range.', 'Send one of the allowed values.'],
  [31, 'NotUniqueName', 'The name is taken in the tenant.', 'Choose another name.'],
  [32, 'ConcurrentOperation', 'Another operation works on the object.', 'Try again when it has ended.'],
  [33, 'InvalidStatusCondition', 'The status does not allow it.', 'Wait for another status.'],
  [34, 'CannotUpdateObjectInManyBundles', 'The definition is in more than one bundle.', 'Change it in each bundle.'],
  [35, 'ConcurrentUpdate', 'The object was changed meanwhile.', 'Read it again.'],
  [36, 'EmptyParentID', 'A parent is missing.', 'Name it.'],
  [37, 'NoScheduledOperations', 'Nothing is scheduled.', 'Nothing to do.'],
  [38, 'OperationInProgress', 'The operation is running already.', 'Wait for it.'],
];

export function errorsPage(): Html {
  return html`<p>An operation that fails answers HTTP 200 with <code>errors[].extensions.error_code</code> and <code>errors[].extensions.error</code>. What is no valid document answers 422; what is no readable request 400.</p>
<div class="wide" tabindex="0"><table><thead><tr><th>Code</th><th>Name</th><th>Meaning</th><th>What to do</th></tr></thead><tbody>${ERRORS.map(([code, name, meaning, todo]) => html`<tr id="${name}"><td>${code}</td><th scope="row">${name}</th><td>${meaning}</td><td>${todo}</td></tr>`)}</tbody></table></div>`;
}

export function scopesPage({ scopes }: Model): Html {
  const byScope = new Map<string, string[]>();
  for (const [path, needed] of Object.entries(scopes)) for (const scope of needed) byScope.set(scope, [...(byScope.get(scope) ?? []), path]);
  const rows = [...byScope]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([scope, paths]) =>
        html`<tr><th scope="row"><code>${scope}</code></th><td>${paths.map((path) => html`<code>${path.replace(/^graphql\./, '')}</code> `)}</td></tr>`,
    );
  return html`<p>A token holds scopes; an operation needs all of those listed on its page.</p><div class="wide" tabindex="0"><table><thead><tr><th>Scope</th><th>Opens</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

const LIMITS: readonly (readonly [string, string, string])[] = [
  ['body at the Gateway', '5,097,152 bytes', 'HTTP 413'],
  ['body at a service', '2,097,152 bytes', 'HTTP 413'],
  ['tokens of a document', '15,000', 'MAX_TOKENS_LIMIT'],
  ['nested levels', '20', 'MAX_DEPTH_LIMIT'],
  ['aliases', '30', 'MAX_ALIASES_LIMIT'],
  ['root fields', '20', 'MAX_ROOT_FIELDS_LIMIT'],
  ['fields, fragments followed', '2,500', 'MAX_FIELDS_LIMIT'],
  ['equal response keys in one selection set', '100', 'MAX_DUPLICATE_FIELDS_LIMIT'],
  ['directives', '50', 'MAX_DIRECTIVES_LIMIT'],
  ['operations and fragments', '50', 'MAX_DEFINITIONS_LIMIT'],
  ['items of a list in an input', '1,000', 'InvalidData (22)'],
  ['a label value', '256 KiB, 32 levels', 'InvalidData (22)'],
  ['page size', '200', 'InvalidData (22)'],
  ['an answer', '50 MiB', 'InvalidData (22)'],
  ['calls of one caller', '300 a second, bursts of 3,000', 'HTTP 429'],
  ['calls of one tenant', '1,000 a second, bursts of 10,000', 'HTTP 429'],
];

export function limitsPage(): Html {
  return html`<p>Known clients stay far below these.</p><div class="wide" tabindex="0"><table><thead><tr><th>What</th><th>Limit</th><th>Beyond it</th></tr></thead><tbody>${LIMITS.map(([what, limit, answer]) => html`<tr><th scope="row">${what}</th><td>${limit}</td><td>${answer}</td></tr>`)}</tbody></table></div>`;
}

export function clientsPage(): Html {
  return html`<p>Clients written for the Kyma Compass Director work unchanged: same operations, fields, defaults, error codes and headers.</p>
<h2>Addresses</h2><p><code>POST {gateway}/director/graphql</code>; queries also by <code>GET ?query=</code>.</p>
<h2>Headers</h2><dl><dt><code>Authorization: Bearer …</code></dt><dd>An access token of the configured OpenID provider.</dd><dt><code>Tenant</code></dt><dd>External id of the tenant. Operations on what belongs to no tenant work without.</dd><dt><code>X-Request-Id</code></dt><dd>Taken over when it is sensible, made otherwise; in every answer and every log line.</dd></dl>
<h2>Small print</h2><ul><li>Empty argument lists, as in <code>labelDefinitions()</code>, are accepted.</li><li>Page cursors are opaque; those of older installations are still understood.</li><li>Times are UTC in whole seconds.</li></ul>`;
}
