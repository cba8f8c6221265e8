import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CallOptions, Credential } from '../../services/connector/src/testing/connector-under-test.ts';
import { type OpenSsl, openSsl } from '../../services/connector/src/testing/openssl.ts';
import { type LegacyAnswer, type LegacyScene, startLegacyScene } from './legacy-scene.ts';

const SERVICE = { provider: 'provider', name: 'orders', description: 'what is ordered' };
const OPEN_API = { openapi: '3.0.3', info: { title: 'Orders', version: '1' }, paths: {} };
const EVENTS = { asyncapi: '2.6.0', info: { title: 'Orders', version: '1' }, channels: {} };
const EDMX = '<edmx:Edmx Version="4.0"><a b="c"/></edmx:Edmx>';

const FULL = {
  ...SERVICE,
  shortDescription: 'orders',
  labels: { team: 'blue' },
  api: {
    targetUrl: 'https://orders.example.com/api',
    credentials: {
      oauth: {
        url: 'https://orders.example.com/token',
        clientId: 'id',
        clientSecret: 'secret',
        csrfInfo: { tokenEndpointURL: 'https://orders.example.com/csrf' },
      },
    },
    spec: OPEN_API,
    requestParameters: { headers: { 'X-Key': ['a', 'b'] }, queryParameters: { q: ['1'] } },
  },
  events: { spec: EVENTS },
  documentation: { displayName: 'd', description: 'd', type: 't', tags: ['x'], docs: [{ title: 'How to order', type: 'text', source: '# Orders' }] },
};

describe('the older REST API for services', () => {
  let scene: LegacyScene;
  let ssl: OpenSsl;
  let credential: Credential;
  const call = (method: string, path = '', body?: unknown, options?: CallOptions): Promise<LegacyAnswer> =>
    scene.call(method, `${scene.services}${path}`, credential, body, options);
  const create = async (service: object): Promise<string> => {
    const { status, json } = await call('POST', '', service);
    expect([status, json]).toEqual([200, { id: expect.any(String) }]);
    return json.id as string;
  };
  const refused = ({ status, json }: LegacyAnswer): readonly [number, string] => {
    expect(json.code).toBe(status);
    return [status, json.error as string];
  };
  beforeAll(async () => {
    scene = await startLegacyScene();
    ssl = openSsl();
    ({ credential } = await scene.enrol(ssl));
  });
  afterAll(async () => {
    ssl.remove();
    await scene.stop();
  });

  it('lists nothing, makes a service, reads it as it was sent, changes it, lists it and removes it', async () => {
    expect(await call('GET')).toMatchObject({ status: 200, json: [], type: 'application/json;charset=UTF-8' });
    const service = { ...SERVICE, labels: { a: 'b' }, events: { spec: EVENTS } };
    const id = await create(service);
    expect(await call('GET', `/${id}`)).toMatchObject({ status: 200, json: { ...service, provider: '', labels: {} } });
    const changed = { ...service, name: 'other orders', description: 'changed' };
    const answer = await call('PUT', `/${id}`, changed);
    expect([answer.status, answer.json]).toEqual([200, { ...changed, provider: '', labels: {} }]);
    expect((await call('GET')).json).toEqual([{ id, provider: '', name: 'other orders', description: 'changed', labels: {} }]);
    expect(await call('DELETE', `/${id}`)).toMatchObject({ status: 204, text: '' });
    expect((await call('GET')).json).toEqual([]);
    for (const method of ['GET', 'DELETE']) expect(refused(await call(method, `/${id}`))).toEqual([404, `service with ID ${id} not found`]);
    expect(refused(await call('PUT', `/${id}`, service))).toEqual([404, `service with ID ${id} not found`]);
  });

  it('keeps a service as a bundle with its API, events, documents and credentials', async () => {
    const id = await create(FULL);
    const { application } = await scene.director(
      `query ($app: ID!, $id: ID!) { application(id: $app) { bundle(id: $id) { name description
        defaultInstanceAuth { credential { ... on OAuthCredentialData { clientId url } } additionalHeaders additionalQueryParams requestAuth { csrf { tokenEndpointURL } } }
        apiDefinitions { data { name targetURL spec { type format data } } } eventDefinitions { data { name spec { type format data } } }
        documents { data { title displayName description format kind data } } } } }`,
      { app: scene.connector.scene.application, id },
    );
    expect(application.bundle).toEqual({
      name: 'orders',
      description: 'what is ordered',
      defaultInstanceAuth: {
        credential: { clientId: 'id', url: 'https://orders.example.com/token' },
        additionalHeaders: { 'X-Key': ['a', 'b'] },
        additionalQueryParams: { q: ['1'] },
        requestAuth: { csrf: { tokenEndpointURL: 'https://orders.example.com/csrf' } },
      },
      apiDefinitions: { data: [{ name: 'orders', targetURL: FULL.api.targetUrl, spec: { type: 'OPEN_API', format: 'JSON', data: JSON.stringify(OPEN_API) } }] },
      eventDefinitions: { data: [{ name: 'orders', spec: { type: 'ASYNC_API', format: 'JSON', data: JSON.stringify(EVENTS) } }] },
      documents: { data: [{ title: 'How to order', displayName: 'How to order', description: ' ', format: 'MARKDOWN', kind: 'text', data: '# Orders' }] },
    });
    const { requestParameters } = FULL.api;
    expect((await call('GET', `/${id}`)).json).toEqual({
      provider: '',
      name: 'orders',
      description: 'what is ordered',
      labels: {},
      api: { ...FULL.api, apiType: 'OPEN_API', headers: requestParameters.headers, queryParameters: requestParameters.queryParameters },
      events: FULL.events,
      documentation: {
        displayName: 'ServiceDocumentation',
        description: 'Documents for legacy Service',
        type: '',
        docs: [{ title: 'How to order', type: '.md', source: '# Orders' }],
      },
    });
    await call('DELETE', `/${id}`);
  });

  it('takes headers and query parameters at their older place, and a user with a password', async () => {
    const api = {
      targetUrl: 'http://orders.example.com',
      headers: { A: ['1'] },
      queryParameters: { b: ['2'] },
      credentials: { basic: { username: 'u', password: 'p' } },
    };
    const id = await create({ ...SERVICE, api });
    expect((await call('GET', `/${id}`)).json.api).toEqual({ ...api, requestParameters: { headers: api.headers, queryParameters: api.queryParameters } });
    await call('DELETE', `/${id}`);
  });

  it('keeps descriptions as they were written: digits of numbers, XML, YAML, text in text', async () => {
    const numbers = '{"n": 12345678901234567890.50, "a" : [1.0, 1e2]}';
    const id = await create({ ...SERVICE, api: { targetUrl: 'https://a.example.com' }, events: { spec: 'asyncapi: 2.6.0' } });
    const specOf = async (): Promise<string> => (await call('GET', `/${id}`)).text;
    const put = async (api: string): Promise<LegacyAnswer> =>
      call('PUT', `/${id}`, `{"provider":"p","name":"orders","description":"d","api":${api},"events":{"spec":"asyncapi: 2.6.0"}}`);
    expect((await put(`{"targetUrl":"https://a.example.com","spec":${numbers}}`)).status).toBe(200);
    expect(await specOf()).toContain(`"spec":${numbers},"apiType":"OPEN_API"`);
    expect((await put(`{"targetUrl":"https://a.example.com","spec":${JSON.stringify(EDMX)},"apiType":"oData"}`)).json.api).toMatchObject({
      spec: EDMX,
      apiType: 'ODATA',
    });
    expect((await put(`{"targetUrl":"https://a.example.com","spec":"openapi: 3.0.3"}`)).json.api).toMatchObject({
      spec: 'openapi: 3.0.3',
      apiType: 'OPEN_API',
    });
    expect((await put(`{"targetUrl":"https://a.example.com","spec":${JSON.stringify(numbers)}}`)).text).toContain(`"spec":${numbers}`);
    expect((await call('GET', `/${id}`)).json.events).toEqual({ spec: 'asyncapi: 2.6.0' });
    await call('DELETE', `/${id}`);
  });

  it('replaces what a service has: API, events, documents and credentials come and go', async () => {
    const id = await create(FULL);
    const bare = { ...SERVICE, events: { spec: EVENTS } };
    expect((await call('PUT', `/${id}`, bare)).json).toEqual({ ...bare, provider: '', labels: {} });
    const docs = [1, 2, 3].map((n) => ({ title: `t${n}`, type: 'x', source: String(n) }));
    const again = (await call('PUT', `/${id}`, { ...SERVICE, api: { targetUrl: 'https://b.example.com' }, documentation: { docs } })).json;
    expect(again.events).toBeUndefined();
    expect(again.api).toEqual({ targetUrl: 'https://b.example.com' });
    expect(again.documentation.docs).toEqual(docs.map((doc) => ({ ...doc, type: '.md' })));
    const many = Array.from({ length: 40 }, (_, n) => ({ title: `many ${n}`, type: 'x', source: '' }));
    expect(
      (await call('PUT', `/${id}`, { ...SERVICE, api: { targetUrl: 'https://b.example.com' }, documentation: { docs: many } })).json.documentation.docs,
    ).toHaveLength(40);
    await call('DELETE', `/${id}`);
  });

  it('leaves alone what came through another door', async () => {
    const { addBundle } = await scene.director(
      `mutation ($id: ID!) { addBundle(applicationID: $id, in: { name: "made elsewhere", instanceAuthRequestInputSchema: "{\\"type\\":\\"object\\"}",
        apiDefinitions: [{ name: "api", targetURL: "https://a.example.com", group: "g", version: { value: "1.0.0" } }] }) { id } }`,
      { id: scene.connector.scene.application },
    );
    const id = addBundle.id as string;
    expect((await call('GET', `/${id}`)).json).toMatchObject({ name: 'made elsewhere', description: '', api: { targetUrl: 'https://a.example.com' } });
    expect((await call('PUT', `/${id}`, { ...SERVICE, api: { targetUrl: 'https://b.example.com' } })).status).toBe(200);
    const { application } = await scene.director(
      `query ($app: ID!, $id: ID!) { application(id: $app) { bundle(id: $id) { instanceAuthRequestInputSchema apiDefinitions { data { targetURL group version { value } } } } } }`,
      { app: scene.connector.scene.application, id },
    );
    expect(JSON.parse(application.bundle.instanceAuthRequestInputSchema)).toEqual({ type: 'object' });
    expect(application.bundle.apiDefinitions.data).toEqual([{ targetURL: 'https://b.example.com', group: 'g', version: { value: '1.0.0' } }]);
    await scene.director(`mutation ($id: ID!) { addAPIDefinitionToBundle(bundleID: $id, in: { name: "second", targetURL: "https://c.example.com" }) { id } }`, {
      id,
    });
    expect(refused(await call('GET', `/${id}`))).toEqual([500, `while getting service: service with ID ${id} has more than one API definition`]);
    await call('DELETE', `/${id}`);
  });

  describe('identifiers', () => {
    const withIdentifier = (identifier: string) => ({ ...SERVICE, identifier, events: { spec: EVENTS } });
    const label = async (): Promise<unknown> => {
      const { application } = await scene.director('query ($id: ID!) { application(id: $id) { labels } }', { id: scene.connector.scene.application });
      return application.labels.legacy_servicesMetadata;
    };

    it('are kept in a label, stay when a service changes, and are free when it is gone', async () => {
      const id = await create(withIdentifier('orders-1'));
      expect(JSON.parse((await label()) as string)).toEqual({ [id]: { id, identifier: 'orders-1' } });
      expect((await call('PUT', `/${id}`, withIdentifier('orders-2'))).json.identifier).toBe('orders-1');
      expect((await call('GET')).json).toEqual([expect.objectContaining({ id, identifier: 'orders-1' })]);
      expect(refused(await call('POST', '', withIdentifier('orders-1')))).toEqual([409, 'Service with Identifier orders-1 already exists']);
      await call('DELETE', `/${id}`);
      expect(await label()).toBe('{}');
      await call('DELETE', `/${await create(withIdentifier('orders-1'))}`);
    });

    it('are given once, also to many who ask at once, and none is lost', async () => {
      const answers = await Promise.all([...Array(12)].map((_, n) => call('POST', '', withIdentifier(n < 8 ? 'same' : `own-${n}`))));
      expect(answers.map(({ status }) => String(status)).sort()).toEqual([...Array(5).fill('200'), ...Array(7).fill('409')]);
      const known = Object.values(JSON.parse((await label()) as string) as Record<string, { identifier: string }>).map(({ identifier }) => identifier);
      expect(known.sort()).toEqual(['own-10', 'own-11', 'own-8', 'own-9', 'same']);
      const { json } = await call('GET');
      expect(json).toHaveLength(5);
      for (const { id } of json as { id: string }[]) await call('DELETE', `/${id}`);
    });

    it('of services that were removed elsewhere are free again, and an unreadable label is no obstacle', async () => {
      const id = await create(withIdentifier('left'));
      await scene.director('mutation ($id: ID!) { deleteBundle(id: $id) { id } }', { id });
      const again = await create(withIdentifier('left'));
      await scene.director('mutation ($id: ID!) { setApplicationLabel(applicationID: $id, key: "legacy_servicesMetadata", value: "nonsense") { key } }', {
        id: scene.connector.scene.application,
      });
      expect((await call('GET', `/${again}`)).json.identifier).toBeUndefined();
      await call('DELETE', `/${again}`);
    });
  });

  describe('refuses in the words that clients know', () => {
    const post = async (service: unknown): Promise<readonly [number, string]> => refused(await call('POST', '', service));
    const structure = 'while validating input, Incorrect structure of service definition, ';
    const events = { spec: EVENTS };

    it('a service that says too little, or too much', async () => {
      for (const body of [{}, null, { provider: '', events }, { name: null }])
        expect(await post(body)).toEqual([400, `${structure}Provider field cannot be empty.;Name field cannot be empty.;Description field cannot be empty.`]);
      expect(await post({ ...SERVICE })).toEqual([
        400,
        `while validating input, At least one of service definition attributes: 'api', 'events' have to be provided`,
      ]);
      expect(await post({ ...SERVICE, api: { targetUrl: 'nope' } })).toEqual([400, `${structure}targetUrl: nope does not validate as url`]);
      for (const given of [{}, { spec: null }, { spec: '' }])
        expect(await post({ ...SERVICE, events: given })).toEqual([400, `${structure}spec cannot be empty`]);
      const credentials = { basic: { username: 'u', password: 'p' }, oauth: { url: 'https://a.example.com', clientId: 'c', clientSecret: 's' } };
      expect(await post({ ...SERVICE, api: { targetUrl: 'https://a.example.com', credentials } })).toEqual([
        400,
        'while validating input, api.CredentialsWithCSRF is invalid: too many authentication methods provided',
      ]);
    });

    it('a body that is no JSON, and one of another shape', async () => {
      for (const body of ['', '{', 'x', '[]', '7', '{"name":7}', '{"labels":{"a":1}}', '{"api":[]}', '{"api":{"headers":{"a":"b"}}}'])
        expect(await post(body)).toEqual([400, expect.stringMatching(/^while unmarshalling service: \S/)]);
    });

    it('what the Director does not take, with its reason', async () => {
      const [status, error] = await post({ ...SERVICE, name: 'x'.repeat(101), events });
      expect([status, error]).toEqual([400, expect.stringMatching(/^while creating service: graphql: Invalid data BundleCreateInput \[/)]);
      expect((await call('GET')).json).toEqual([]);
      const id = await create({ ...SERVICE, events });
      const wrong = { ...SERVICE, name: 'changed', api: { targetUrl: 'https://a.example.com', spec: EDMX } };
      expect(refused(await call('PUT', `/${id}`, wrong))).toEqual([
        400,
        expect.stringMatching(/^while updating service: graphql: Invalid data APIDefinitionInput \[/),
      ]);
      expect((await call('GET', `/${id}`)).json.name).toBe('orders');
      await call('DELETE', `/${id}`);
    });

    it('the name of an application that is not there, of one that is another, and of several', async () => {
      const { sql, tenant } = scene.connector.scene;
      const at = (name: string): Promise<LegacyAnswer> => scene.call('GET', `/${name}/v1/metadata/services`, credential);
      expect(refused(await at('nobody'))).toEqual([404, 'application with name nobody not found']);
      expect(refused(await at('%E4%A'))).toEqual([404, 'application with name %E4%A not found']);
      expect(refused(await at('a%22%20b'))).toEqual([404, 'application with name a" b not found']);
      const other = newUuidV7();
      await sql(
        `insert into application (id, owner_tenant, name, norm_name, readers, labels) values ($1, $2, 'other', 'mp-other', array[$2::uuid], '{"name": "mp-other"}')`,
        [other, tenant],
      );
      await sql('insert into access (tenant_id, kind, resource_id, owner, source_id) values ($1, 1, $2, true, $1)', [tenant, other]);
      expect(refused(await at('mp-other'))).toEqual([404, 'application with name mp-other not found']);
      await sql(`update application set labels = '{"name": "mp-shop"}' where id = $1`, [other]);
      expect(refused(await at('mp-shop'))).toEqual([500, 'found more than 1 application with name mp-shop']);
      await sql('delete from application where id = $1', [other]);
    });

    it('a service of another application, and an id that is none', async () => {
      const { sql, tenant } = scene.connector.scene;
      const [other, bundle] = [newUuidV7(), newUuidV7()];
      await sql(`insert into application (id, owner_tenant, name, norm_name, readers) values ($1, $2, 'foreign', 'mp-foreign', array[$2::uuid])`, [
        other,
        tenant,
      ]);
      await sql('insert into access (tenant_id, kind, resource_id, owner, source_id) values ($1, 1, $2, true, $1)', [tenant, other]);
      await sql(`insert into bundle (id, application_id, name) values ($1, $2, 'theirs')`, [bundle, other]);
      for (const id of [bundle, newUuidV7(), 'nonsense'])
        for (const [method, body] of [
          ['GET', undefined],
          ['PUT', { ...SERVICE, events }],
          ['DELETE', undefined],
        ] as const)
          expect(refused(await call(method, `/${id}`, body))).toEqual([404, `service with ID ${id} not found`]);
      expect(await sql('select name from bundle where id = $1', [bundle])).toEqual([{ name: 'theirs' }]);
    });

    it('a certificate that is none of ours by token', async () => {
      const token = await scene.connector.spentToken(credential.authId);
      expect(refused(await scene.call('GET', scene.services, token))).toEqual([403, 'invalid token or certificate']);
    });
  });
});
