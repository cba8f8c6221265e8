import type { Envelope } from '@binnacle/secrets/envelope';
import { type Auth, authFrom } from '../auths/auth.ts';
import { refuseUnavailable } from '../not-available.ts';

type Input = Readonly<Record<string, unknown>>;

/** What an application offers and where it wants to be told, as rows of the tables of the same names; written by one statement. */
export interface Content {
  readonly secrets: SecretRow[];
  readonly webhooks: object[];
  readonly bundles: object[];
  readonly apis: object[];
  readonly events: object[];
  readonly references: object[];
  readonly specs: object[];
  readonly documents: object[];
  /** Target address of the first API. */
  firstTargetUrl: string | undefined;
}

export interface SecretRow {
  readonly id: string;
  readonly kind: string;
  readonly key_id: string;
  readonly ciphertext: string;
}

/** What making rows needs. */
export interface ContentMaker {
  readonly newId: () => string;
  readonly envelope: Envelope;
}

export function emptyContent(): Content {
  return { secrets: [], webhooks: [], bundles: [], apis: [], events: [], references: [], specs: [], documents: [], firstTargetUrl: undefined };
}

/** Seals credentials; the row's id is bound into the ciphertext. */
export function sealAuth({ newId, envelope }: ContentMaker, auth: Auth): SecretRow {
  const id = newId();
  const { keyId, ciphertext } = envelope.seal(JSON.stringify(auth), id);
  return { id, kind: 'auth', key_id: keyId, ciphertext: ciphertext.toString('base64') };
}

/** Adds a sealed auth and answers its id; null where none is given. */
export function addAuth(content: Content, maker: ContentMaker, input: unknown): string | null {
  if (input === undefined || input === null) return null;
  const secret = sealAuth(maker, authFrom(input as Input));
  content.secrets.push(secret);
  return secret.id;
}

export function addWebhook(content: Content, maker: ContentMaker, input: Input): string {
  const id = maker.newId();
  content.webhooks.push(webhookRow(id, input, addAuth(content, maker, input['auth'])));
  return id;
}

/** A row of the table webhook, without its owner. */
export function webhookRow(id: string, input: Input, authId: string | null): object {
  return {
    id,
    type: input['type'],
    mode: input['mode'] ?? null,
    url: input['url'] ?? null,
    version: input['version'] ?? null,
    correlation_id_key: input['correlationIdKey'] ?? null,
    retry_interval: input['retryInterval'] ?? null,
    timeout: input['timeout'] ?? null,
    url_template: input['urlTemplate'] ?? null,
    input_template: input['inputTemplate'] ?? null,
    header_template: input['headerTemplate'] ?? null,
    output_template: input['outputTemplate'] ?? null,
    status_template: input['statusTemplate'] ?? null,
    auth_id: authId,
  };
}

/** A bundle with all that is in it. */
export function addBundle(content: Content, maker: ContentMaker, input: Input): string {
  const id = maker.newId();
  content.bundles.push({
    id,
    name: input['name'],
    description: input['description'] ?? null,
    input_schema: typeof input['instanceAuthRequestInputSchema'] === 'string' ? JSON.parse(input['instanceAuthRequestInputSchema']) : null,
    default_auth_id: addAuth(content, maker, input['defaultInstanceAuth']),
    correlation_ids: input['correlationIDs'] ?? null,
  });
  for (const api of listOf(input['apiDefinitions'])) addApi(content, maker, api, id);
  for (const event of listOf(input['eventDefinitions'])) addEvent(content, maker, event, id);
  for (const document of listOf(input['documents'])) addDocument(content, maker, document, id);
  return id;
}

export function addApi(content: Content, maker: ContentMaker, input: Input, bundleId?: string): string {
  content.firstTargetUrl ??= String(input['targetURL']);
  return addDefinition(content, maker, 'api', { ...definitionColumns(input), target_url: input['targetURL'] }, input, bundleId);
}

export function addEvent(content: Content, maker: ContentMaker, input: Input, bundleId?: string): string {
  return addDefinition(content, maker, 'event', definitionColumns(input), input, bundleId);
}

function addDefinition(content: Content, maker: ContentMaker, kind: 'api' | 'event', columns: object, input: Input, bundleId: string | undefined): string {
  const id = maker.newId();
  (kind === 'api' ? content.apis : content.events).push({ id, ...columns });
  const kindNumber = kind === 'api' ? 1 : 2;
  if (bundleId !== undefined)
    content.references.push({ bundle_id: bundleId, kind: kindNumber, definition_id: id, default_target_url: kind === 'api' ? input['targetURL'] : null });
  const spec = specRow(maker, input['spec'], kindNumber, id);
  if (spec) content.specs.push(spec);
  return id;
}

/** A row of the table spec with its text beside it; undefined where there is no spec. */
export function specRow({ newId }: Pick<ContentMaker, 'newId'>, input: unknown, kind: 1 | 2, definitionId: string): object | undefined {
  if (input === undefined || input === null) return undefined;
  const spec = input as Input;
  refuseUnavailable(spec['fetchRequest'], 'fetchRequest');
  return { id: newId(), kind, definition_id: definitionId, type: spec['type'], format: spec['format'], data: spec['data'] ?? null };
}

export function definitionColumns(input: Input): object {
  const version = (input['version'] ?? undefined) as Input | undefined;
  return {
    name: input['name'],
    description: input['description'] ?? null,
    group_name: input['group'] ?? null,
    version_value: version?.['value'] ?? null,
    version_deprecated: version?.['deprecated'] ?? null,
    version_deprecated_since: version?.['deprecatedSince'] ?? null,
    version_for_removal: version?.['forRemoval'] ?? null,
  };
}

export function addDocument(content: Content, maker: ContentMaker, input: Input, bundleId: string): string {
  refuseUnavailable(input['fetchRequest'], 'fetchRequest');
  const id = maker.newId();
  content.documents.push({
    id,
    bundle_id: bundleId,
    title: input['title'],
    display_name: input['displayName'],
    description: input['description'],
    format: input['format'],
    kind: input['kind'] ?? null,
    data: input['data'] ?? null,
  });
  return id;
}

/** `scheme://host` of an address: the base URL of an application that has none. */
export function originOf(targetUrl: string | undefined): string | undefined {
  const parsed = targetUrl === undefined ? null : URL.parse(targetUrl);
  return parsed && parsed.host !== '' ? `${parsed.protocol}//${parsed.host}` : undefined;
}

function listOf(value: unknown): readonly Input[] {
  return (value ?? []) as readonly Input[];
}
