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
import { type Example, type Model, type Operation, publishedTypes } from './model.ts';

const BUILT_IN = new Set(['String', 'Int', 'Float', 'Boolean', 'ID']);

type Written = GraphQLArgument['type'] | { toString(): string };

/** A type as it is written, its name linked. */
function linkedType(type: Written, up: string): Html {
  const text = String(type);
  const name = getNamedType(type as GraphQLArgument['type']).name;
  if (BUILT_IN.has(name)) return html`${text}`;
  const [before = '', after = ''] = text.split(name);
  return html`${before}<a href="${up}types/${name}.html">${name}</a>${after}`;
}

const typeLink = (type: Written, up: string): Html => html`<code>${linkedType(type, up)}</code>`;

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
  return html`<div class="wide" tabindex="0"><table><thead><tr><th>Name</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

const scopeList = (scopes: readonly string[] | undefined): Html =>
  scopes && scopes.length > 0 ? html`${scopes.map((scope) => html`<code>${scope}</code> `)}` : html`none: any caller with a valid token`;

/** The operation as it is written, its types linked; each argument on a line of its own where there are several. */
function signature({ field }: Operation, up: string): Html {
  const args = field.args.map((argument) => {
    const fallback = defaultOf(argument);
    return html`${argument.name}: ${linkedType(argument.type, up)}${fallback === undefined ? undefined : html` = ${fallback}`}`;
  });
  if (args.length === 0) return html`${field.name}: ${linkedType(field.type, up)}`;
  if (args.length === 1) return html`${field.name}(${args}): ${linkedType(field.type, up)}`;
  return html`${field.name}(\n${args.map((argument) => html`  ${argument}\n`)}): ${linkedType(field.type, up)}`;
}

const playgroundLink = ({ query, variables }: Example): string =>
  `/playground/#query=${encodeURIComponent(query)}${variables === '' ? '' : `&variables=${encodeURIComponent(variables)}`}`;

function exampleBlock(example: Example): Html {
  const { name, query, variables } = example;
  return html`<h3>${name.replaceAll('-', ' ')}</h3><pre tabindex="0" id="example-${name}"><code>${query}</code></pre>${variables === '' ? undefined : html`<p>Variables</p><pre tabindex="0"><code>${variables}</code></pre>`}<p class="actions" data-copies="example-${name}"><a href="${playgroundLink(example)}">Open in playground</a></p>`;
}

/** One operation: what it does, takes, answers and needs, and what else there is of its concept. */
export function operationPage(model: Model, operation: Operation, concept: readonly Operation[] = []): Html {
  const { kind, field } = operation;
  const up = '../';
  const scopes = model.scopes[`graphql.${kind}.${field.name}`];
  const isPaged = field.args.some(({ name }) => name === 'first');
  const examples = (model.examples.get(field.name.toLowerCase()) ?? []).map(exampleBlock);
  const siblings = concept
    .filter((other) => other.field !== field)
    .map((other) => html`<li><a href="${other.field.name}.html"><code>${other.field.name}</code></a></li>`);
  return html`
<p class="kind"><span class="badge ${kind}">${kind}</span></p>${model.unavailable.has(field.name) ? html`<p class="later"><strong>not available in this version</strong>: answers InvalidOperation (27).</p>` : undefined}
<div class="lead">${paragraph(field.description)}</div>${deprecation(field)}
<pre tabindex="0"><code>${signature(operation, up)}</code></pre>
<dl class="facts"><dt>Scopes</dt><dd>${scopeList(scopes)}</dd><dt>Answers</dt><dd>${typeLink(field.type, up)}</dd><dt>Frequent errors</dt><dd>${scopes ? 'InsufficientScopes (23), ' : ''}TenantRequired (24), InvalidData (22)${kind === 'mutation' ? ', NotFound (20), Unauthorized (26)' : ''}; <a href="../errors.html">all error codes</a></dd></dl>
<h2>Arguments</h2>${argumentRows(field.args, up)}
${isPaged ? html`<h2>Paging</h2><p>Ask for at most <code>first</code> entries, and for the next page with <code>after</code> set to <code>pageInfo.endCursor</code>; there is none when <code>hasNextPage</code> is false. <code>totalCount</code> is counted only when it is selected.</p>` : undefined}
${examples.length > 0 ? html`<h2>Examples</h2>${examples}` : undefined}
${siblings.length > 0 ? html`<h2>Related operations</h2><ul class="siblings">${siblings}</ul>` : undefined}`;
}

/** One type: its members, and who uses it. */
export function typePage(model: Model, type: GraphQLNamedType): Html {
  const users = model.usedBy.get(type.name) ?? [];
  const usedBy = users.map(
    (user) =>
      html`<li>${user.includes('.') ? html`<a href="${user.split('.')[0] ?? ''}.html"><code>${user}</code></a>` : isRootField(model, user) ? html`<a href="../operations/${user}.html"><code>${user}</code></a>` : html`<a href="${user}.html"><code>${user}</code></a>`}</li>`,
  );
  return html`<p class="kind"><span class="badge">${kindOf(type)}</span></p><div class="lead">${paragraph(type.description)}</div>${members(model, type)}<h2>Used by</h2>${usedBy.length > 0 ? html`<ul class="siblings">${usedBy}</ul>` : html`<p>Nothing.</p>`}`;
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
  return html`<h2>${isInput ? 'Members' : 'Fields'}</h2><div class="wide" tabindex="0"><table><thead><tr><th>Name</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** A file of the schema as people read it. */
export function conceptTitle(concept: string): string {
  const title = concept.replaceAll('-', ' ');
  return `${title[0]?.toUpperCase() ?? ''}${title.slice(1)}`;
}

/** The first page: operations by concept, then types. */
export function indexPage(model: Model): Html {
  const concepts = [...model.concepts].map(([concept, operations]) => {
    const items = operations.map(
      ({ field }) =>
        html`<li><a href="operations/${field.name}.html"><code>${field.name}</code></a>${model.unavailable.has(field.name) ? html` <small>not in this version</small>` : undefined}</li>`,
    );
    return html`<section><h2>${conceptTitle(concept)}</h2><ul>${items}</ul></section>`;
  });
  const types = publishedTypes(model.schema).map((type) => html`<li><a href="types/${type.name}.html"><code>${type.name}</code></a></li>`);
  return html`<p class="lead">The GraphQL API of the Director: <code>POST /director/graphql</code> with a bearer token and, for most operations, the header <code>Tenant</code>. Downloads: <a href="schema.graphql">schema.graphql</a>, <a href="introspection.json">introspection.json</a>.</p>
<div class="cards">${concepts}</div><section><h2>Types</h2><ul class="types">${types}</ul></section>`;
}
