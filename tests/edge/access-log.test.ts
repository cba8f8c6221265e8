import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Edge, startEdge } from './support/edge.ts';

/** Stands in everything that is secret or only the caller's. */
const CANARY = 'canary-7f3a';

describe('the logs of Gateway and Director', () => {
  let edge: Edge;
  beforeAll(async () => {
    edge = await startEdge({ gateway: { LOG_LEVEL: 'debug' }, director: { LOG_LEVEL: 'debug' } });
  }, 60_000);
  afterAll(() => edge.stop());

  const lines = (): readonly Readonly<Record<string, unknown>>[] =>
    edge.gateway
      .output()
      .split('\n')
      .filter((line) => line.includes('"msg":"request"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ route }) => !String(route).startsWith('internal-'));

  it('have one line a request, with its id and tenant, and never a secret or what was sent', async () => {
    const token = await edge.issuer.token();
    const mutation = `mutation($p: String!) { registerApplication(in: { name: "logged", bundles: [{ name: "b", defaultInstanceAuth: { credential: { basic: { username: "u", password: $p } } } }],
      webhooks: [{ type: CONFIGURATION_CHANGED, url: "https://u:${CANARY}@example.com/${CANARY}", auth: { credential: { oauth: { clientId: "c", clientSecret: $p, url: "https://example.com" } } } }] }) { id } }`;
    const calls: readonly (readonly [target: string, init: RequestInit])[] = [
      ['/director/graphql', { method: 'POST', body: JSON.stringify({ query: mutation, variables: { p: CANARY } }) }],
      [
        '/director/graphql',
        { method: 'POST', body: JSON.stringify({ query: `{ applications(filter: [{ key: "${CANARY}", query: "$[" }]) { totalCount } }` }) },
      ],
      ['/director/graphql', { method: 'POST', body: `{"query": "${CANARY}` }],
      ['/director/graphql', { method: 'POST', body: JSON.stringify({ query: `{ ${CANARY.replace('-', '_')} }` }) }],
      ['/director/graphql', { method: 'POST', body: '{}', headers: { authorization: `Bearer ${CANARY}.${CANARY}.${CANARY}` } }],
      [
        '/director/graphql',
        { method: 'POST', body: '{}', headers: { authorization: `Basic ${CANARY}`, cookie: CANARY, 'connector-token': CANARY, 'x-authorization': CANARY } },
      ],
      ['/director/graphql', { method: 'POST', body: '{}', headers: { tenant: `${CANARY}"` } }],
      [`/director/graphql?query=${encodeURIComponent(`{ viewer { id(${CANARY}) } }`)}&access_token=${CANARY}`, {}],
      [`/${CANARY}?token=${CANARY}`, {}],
      [`/specification/${CANARY}.html`, {}],
    ];
    const ids: string[] = [];
    for (const [target, init] of calls) {
      const response = await fetch(edge.url + target, {
        ...init,
        headers: { authorization: `Bearer ${token}`, tenant: 'acme', 'content-type': 'application/json', ...(init.headers as Record<string, string>) },
      });
      await response.text();
      ids.push(response.headers.get('x-request-id') ?? '');
    }
    await edge.raw(`GET /healthz HTTP/1.1\r\nhost: x\r\nbad header: ${CANARY}\r\n\r\n`);
    for (let attempt = 0; attempt < 100 && lines().length < ids.length + 1; attempt += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    for (const id of ids) expect(lines().filter(({ requestId }) => requestId === id)).toHaveLength(1);
    expect(lines()).toHaveLength(ids.length + 1);
    // An answer may end on a connection that another request opened.
    for (const line of edge.gateway
      .output()
      .split('\n')
      .filter((text) => text.includes('"msg":"request"')))
      expect(line.match(/"requestId":/g)).toHaveLength(1);
    expect(lines()[0]).toEqual({
      level: 'info',
      time: expect.any(String),
      service: 'gateway',
      requestId: ids[0],
      route: 'director',
      method: 'POST',
      status: 200,
      ms: expect.any(Number),
      tenant: 'acme',
      consumer: 'tester',
      msg: 'request',
    });
    for (const { output, adminPort } of [edge.gateway, edge.director]) {
      const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
      for (const text of [output(), metrics]) {
        expect(text).not.toContain(CANARY);
        expect(text).not.toContain(CANARY.replace('-', '_'));
        expect(text).not.toContain(token.split('.')[2]);
      }
    }
    // The Director's lines of a call carry the id that its caller was told.
    expect(edge.director.output()).toContain(`"requestId":"${ids[0]}"`);
  });
});
