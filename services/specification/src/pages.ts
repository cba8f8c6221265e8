import {
  type GraphQLArgument,
  type GraphQLNamedType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isUnionType,
  print,
} from 'graphql';
import { type Html, html } from './html.ts';
import { type Model, type Operation, publishedTypes } from './model.ts';

const BUILT_IN = new Set(['String', 'Int', 'Float', 'Boolean', 'ID']);

/** A type as it is written, its name linked. */
function typeLink(type: GraphQLArgument['type'] | { toString(): string }, up: string): Html {
  const text = String(type);
  const name = getNamedType(type as GraphQLArgument['type']).name;
  if (BUILT_IN.has(name)) return html`<code>${text}</code>`;
  const [before = '', after = ''] = text.split(name);
  return html`<code>${before}<a href="${up}types/${name}.html">${name}</a>${after}</code>`;
}

const paragraph = (text: string | null | undefined): Html =>
  html`${(text ?? '')
    .split('\n\n')
    .filter(Boolean)
    .map((part) => html`<p>${part.replaceAll('\n', ' ')}</p>`)}`;

const deprecation = ({ deprecationReason }: { readonly deprecationReason?: string | null | undefined }): Html | undefined =>
  typeof deprecationReason === 'string' ? html`<p><strong>Deprecated</strong>: ${deprecationReason}</p>` : undefined;

function defaultOf({ astNode }: GraphQLArgument | { readonly astNode?: unknown }): string | undefined {
  const value = (astNode as GraphQLArgument['astNode'])?.defaultValue;
  return value ? print(value) : undefined;
}

function argumentRows(args: readonly GraphQLArgument[], up: string): Html {
  if (args.length === 0) return html`<p>None.</p>`;
  const rows = args.map((argument) => {
    const fallback = defaultOf(argument);
    return html`<tr><th scope="row"><code>${argument.name}</code></th><td>${typeLink(argument.type, up)}${fallback === undefined ? undefined : html` = <code>${fallback}</code>`}</td><td>${paragraph(argument.description)}${deprecation(argument)}</td></tr>`;
  });
  return html`<div class="wide"><table><thead><tr><th>Name</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

const scopeList = (scopes: readonly string[] | undefined): Html =>
  scopes && scopes.length > 0 ? html`${scopes.map((scope) => html`<code>${scope}</code> `)}` : html`none: any caller with a valid token`;

/** One operation: what it does, takes, answers and needs. */
export function operationPage(model: Model, { kind, field }: Operation): Html {
  const up = '../';
  const scopes = model.scopes[`graphql.${kind}.${field.name}`];
  const isPaged = field.args.some(({ name }) => name === 'first');
  const examples = (model.examples.get(field.name.toLowerCase()) ?? []).map(
    ({ name, query, variables }) =>
      html`<h3>${name}</h3><pre tabindex="0"><code>${query}</code></pre>${variables === '' ? undefined : html`<p>Variables</p><pre tabindex="0"><code>${variables}</code></pre>`}<p><a href="/playground/#query=${encodeURIComponent(query)}${variables === '' ? '' : `&variables=${encodeURIComponent(variables)}`}">Open in playground</a></p>`,
  );
  return html`
<p class="kind">${kind}${model.unavailable.has(field.name) ? html` · <strong>not available in this version</strong>: answers InvalidOperation (27)` : undefined}</p>
${paragraph(field.description)}${deprecation(field)}
<pre tabindex="0"><code>${field.name}${field.args.length > 0 ? `(${field.args.map((argument) => `${argument.name}: ${String(argument.type)}${defaultOf(argument) === undefined ? '' : ` = ${defaultOf(argument)}`}`).join(', ')})` : ''}: ${String(field.type)}</code></pre>
<h2>Arguments</h2>${argumentRows(field.args, up)}
<h2>Answers</h2><p>${typeLink(field.type, up)}</p>
<h2>Scopes</h2><p>${scopeList(scopes)}</p>
${isPaged ? html`<h2>Paging</h2><p>Ask for at most <code>first</code> entries, and for the next page with <code>after</code> set to <code>pageInfo.endCursor</code>; there is none when <code>hasNextPage</code> is false. <code>totalCount</code> is counted only when it is selected.</p>` : undefined}
<h2>Errors</h2><p>See <a href="../errors.html">all error codes</a>. Frequent here: ${scopes ? 'InsufficientScopes (23), ' : ''}TenantRequired (24), InvalidData (22)${kind === 'mutation' ? ', NotFound (20), Unauthorized (26)' : ''}.</p>
${examples.length > 0 ? html`<h2>Examples</h2>${examples}` : undefined}`;
}

/** One type: its members, and who uses it. */
export function typePage(model: Model, type: GraphQLNamedType): Html {
  const users = model.usedBy.get(type.name) ?? [];
  const usedBy = users.map(
    (user) =>
      html`<li>${user.includes('.') ? html`<a href="${user.split('.')[0] ?? ''}.html"><code>${user}</code></a>` : isRootField(model, user) ? html`<a href="../operations/${user}.html"><code>${user}</code></a>` : html`<a href="${user}.html"><code>${user}</code></a>`}</li>`,
  );
  return html`<p class="kind">${kindOf(type)}</p>${paragraph(type.description)}${members(model, type)}<h2>Used by</h2>${usedBy.length > 0 ? html`<ul>${usedBy}</ul>` : html`<p>Nothing.</p>`}`;
}

function isRootField({ schema }: Model, name: string): boolean {
  return name in (schema.getQueryType()?.getFields() ?? {}) || name in (schema.getMutationType()?.getFields() ?? {});
}

function kindOf(type: GraphQLNamedType): string {
  if (isScalarType(type)) return 'scalar';
  if (isEnumType(type)) return 'enum';
  if (isUnionType(type)) return 'union';
  if (isInterfaceType(type)) return 'interface';
  return isInputObjectType(type) ? 'input' : 'object';
}

function members(model: Model, type: GraphQLNamedType): Html | undefined {
  const up = '../';
  if (isEnumType(type))
    return html`<h2>Values</h2><dl>${type.getValues().map((value) => html`<dt><code>${value.name}</code></dt><dd>${value.description ?? ''}${deprecation(value)}</dd>`)}</dl>`;
  if (isUnionType(type)) return html`<h2>Members</h2><ul>${type.getTypes().map((member) => html`<li>${typeLink(member, up)}</li>`)}</ul>`;
  if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return undefined;
  const isInput = isInputObjectType(type);
  const rows = Object.values(type.getFields()).map((field) => {
    const path = isInput ? `graphql.input.${type.name}.${field.name}` : `graphql.field.${type.name}.${field.name}`;
    const scopes = model.scopes[path];
    const args =
      'args' in field && field.args.length > 0
        ? html`<details><summary>${field.args.length} argument${field.args.length > 1 ? 's' : ''}</summary>${argumentRows(field.args, up)}</details>`
        : undefined;
    const fallback = isInput ? defaultOf(field) : undefined;
    return html`<tr id="${field.name}"><th scope="row"><code>${field.name}</code></th><td>${typeLink(field.type, up)}${fallback === undefined ? undefined : html` = <code>${fallback}</code>`}</td><td>${paragraph(field.description)}${deprecation(field)}${scopes ? html`<p>Needs ${scopeList(scopes)}</p>` : undefined}${args}</td></tr>`;
  });
  return html`<h2>${isInput ? 'Members' : 'Fields'}</h2><div class="wide"><table><thead><tr><th>Name</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** The first page: operations by concept, then types. */
export function indexPage(model: Model): Html {
  const concepts = [...model.concepts].map(([concept, operations]) => {
    const title = concept.replaceAll('-', ' ');
    const items = operations.map(
      ({ kind, field }) =>
        html`<li><a href="operations/${field.name}.html"><code>${field.name}</code></a> <small>${kind}${model.unavailable.has(field.name) ? ' · not in this version' : ''}</small></li>`,
    );
    return html`<section><h2>${title[0]?.toUpperCase() ?? ''}${title.slice(1)}</h2><ul>${items}</ul></section>`;
  });
  const types = publishedTypes(model.schema).map((type) => html`<li><a href="types/${type.name}.html"><code>${type.name}</code></a></li>`);
  return html`<p>The GraphQL API of the Director: <code>POST /director/graphql</code> with a bearer token and, for most operations, the header <code>Tenant</code>. Downloads: <a href="schema.graphql">schema.graphql</a>, <a href="introspection.json">introspection.json</a>.</p>
<div class="columns">${concepts}</div><section><h2>Types</h2><ul class="types">${types}</ul></section>`;
}
