import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ConnectorUnderTest, startConnectorUnderTest } from '../testing/connector-under-test.ts';

interface OpenApi {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>> }>>>
  >;
}

const TEXT = readFileSync(path.resolve(import.meta.dirname, '../../../../schema/connector/pki.openapi.json'), 'utf8');
const document = JSON.parse(TEXT) as OpenApi;
const operations = Object.entries(document.paths).flatMap(([where, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ where, method, ...operation })),
);

describe('the OpenAPI document of the public paths', () => {
  let connector: ConnectorUnderTest;
  beforeAll(async () => {
    connector = await startConnectorUnderTest();
  });
  afterAll(() => connector.stop());

  it.each(operations)('tells the truth about $method $where', async ({ where, method, responses }) => {
    // The active issuer gets a delta list with its second list.
    await connector.scene.sql('delete from revocation_list where base_number is not null');
    connector.shift(13 * 3_600_000);
    await connector.lists.refresh();
    connector.shift(-13 * 3_600_000);
    const url = connector.url + where.replace('{issuer}', connector.authorities.active().record.id).replace('{request}', 'AAAA');
    const response = await fetch(url, { method: method.toUpperCase(), ...(method === 'post' ? { body: '{}' } : {}) });
    const declared = responses[String(response.status)];
    expect(declared).toBeDefined();
    expect(Object.keys(declared?.content ?? {})).toContain(response.headers.get('content-type')?.split(';')[0]);
    await response.arrayBuffer();
  });

  it('is served', async () => {
    expect(await (await fetch(`${connector.url}/v1/pki/openapi.json`)).text()).toBe(TEXT);
  });

  it('has every path that is served', () => {
    const source = ['authority-routes.ts', '../revocation/revocation-routes.ts', '../recovery/recovery-routes.ts'].map((file) =>
      readFileSync(path.join(import.meta.dirname, file), 'utf8'),
    );
    const served = source.flatMap((text) => [...text.matchAll(/\/\^((?:\\\/|[^/\n])+)\$\//g)].map((match) => match[1] ?? ''));
    const declared = Object.keys(document.paths);
    expect(served).toHaveLength(declared.length);
    for (const pattern of served) {
      const examples = declared.map((where) => where.replace('{issuer}', '0'.repeat(36)).replace('{request}', 'AAAA'));
      expect(examples.filter((where) => new RegExp(`^${pattern}$`).test(where))).toHaveLength(1);
    }
  });
});
