import { readFileSync } from 'node:fs';
import path from 'node:path';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { legacyRoutes } from '../../services/connector/src/legacy/routes.ts';
import { newRequest, type OpenSsl, openSsl, requestForKey, subjectOf } from '../../services/connector/src/testing/openssl.ts';
import { type LegacyScene, startLegacyScene } from './legacy-scene.ts';

interface Operation {
  readonly security: readonly object[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>>;
}
interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const document = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../schema/connector/legacy.openapi.json'), 'utf8')) as OpenApi;
const METHODS = ['get', 'post', 'put', 'delete'];
const operations = Object.entries(document.paths).flatMap(([where, methods]) =>
  Object.entries(methods)
    .filter(([method]) => METHODS.includes(method))
    .map(([method, operation]) => ({ where, method, ...operation })),
);
const SERVICE = {
  provider: 'p',
  name: 'n',
  description: 'd',
  api: { targetUrl: 'https://a.example.com', spec: {} },
  events: { spec: {} },
  documentation: { docs: [{ title: 't' }] },
};

/** Members that the document does not know, and those that it misses. */
function faults(value: unknown, schema: Schema, where = ''): readonly string[] {
  if (schema.$ref) return faults(value, document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, where);
  if (schema.items) return (value as unknown[]).flatMap((item, index) => faults(item, schema.items ?? {}, `${where}/${index}`));
  const { properties, required = [] } = schema;
  if (!properties) return [];
  const given = value as Readonly<Record<string, unknown>>;
  return [
    ...required.filter((name) => !(name in given)).map((name) => `${where}/${name} is missing`),
    ...Object.entries(given).flatMap(([name, member]) =>
      properties[name] ? faults(member, properties[name], `${where}/${name}`) : [`${where}/${name} is unknown`],
    ),
  ];
}

describe('the OpenAPI document of the older REST API', () => {
  let scene: LegacyScene;
  let ssl: OpenSsl;
  beforeAll(async () => {
    scene = await startLegacyScene();
    ssl = openSsl();
  });
  afterAll(async () => {
    ssl.remove();
    await scene.stop();
  });

  it.each(operations)('tells the truth about $method $where', async ({ where, method, security, responses }) => {
    const { authId, credential } = await scene.enrol(ssl);
    const id = (await scene.call('POST', scene.services, credential, SERVICE)).json.id as string;
    const at = where.replace('{application}', 'mp-shop').replace('{id}', id);
    const byToken = JSON.stringify(security).includes('oneTimeToken');
    const csr = byToken ? await requestForKey(ssl, subjectOf(authId), 'client.key') : await newRequest(ssl, subjectOf(authId), { name: 'renewed' });
    const body = { get: undefined, delete: undefined, put: SERVICE, post: where.includes('metadata') ? SERVICE : { csr } }[method];
    const good = await scene.call(method.toUpperCase(), at, byToken ? await scene.connector.spentToken(authId) : credential, body);
    const [success] = Object.keys(responses);
    expect(String(good.status)).toBe(success);
    const schema = responses[String(good.status)]?.content?.['application/json']?.schema;
    expect(good.json === undefined).toBe(schema === undefined);
    if (schema) expect(faults(good.json, schema)).toEqual([]);

    if (security.length === 0) return;
    const missing = at.replace(id, newUuidV7()).replace('mp-shop', where.includes('{id}') ? 'mp-shop' : 'nobody');
    for (const bad of [
      await scene.call(method.toUpperCase(), at, undefined, body),
      await scene.call(method.toUpperCase(), missing, credential, method === 'post' ? '{' : body),
    ]) {
      if (bad.status === Number(success)) continue;
      expect(Object.keys(responses)).toContain(String(bad.status));
      if (bad.text !== '') expect(faults(bad.json, { $ref: '#/components/schemas/Error' })).toEqual([]);
    }
  });

  it('has every path and method that is served', () => {
    const served = legacyRoutes({} as Parameters<typeof legacyRoutes>[0]).flatMap((route) =>
      Object.keys(route.methods).map((method) => ({ path: route.path, method })),
    );
    for (const { where, method } of operations) {
      if (where === '/v1/health') continue;
      const example = where.replace('{application}', 'shop').replace('{id}', 'x');
      expect([where, method, served.filter((route) => route.path.test(example) && route.method === method.toUpperCase())]).toEqual([
        where,
        method,
        [expect.anything()],
      ]);
    }
    // One route serves two paths of the document.
    expect(served).toHaveLength(operations.length - 2);
  });
});
