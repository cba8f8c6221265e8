import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Edge, startEdge } from './support/edge.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const CLIENT = 3;
const SERVER = 2;

interface Span {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface ExportedSpan extends Omit<Span, 'service' | 'attributes'> {
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

interface Exported {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: ExportedSpan['attributes'] };
    readonly scopeSpans: readonly { readonly spans: readonly ExportedSpan[] }[];
  }[];
}

const valuesOf = (attributes: ExportedSpan['attributes']): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

/** An OTLP/HTTP receiver that keeps what it is sent. */
async function startReceiver() {
  const spans: Span[] = [];
  const others: string[] = [];
  let text = '';
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      text += body;
      if (request.url !== '/v1/traces') {
        others.push(request.url ?? '');
        return void response.end();
      }
      for (const { resource, scopeSpans } of (JSON.parse(body) as Exported).resourceSpans) {
        const service = String(valuesOf(resource.attributes)['service.name']);
        for (const span of scopeSpans.flatMap((scope) => scope.spans))
          spans.push({ ...span, parentSpanId: span.parentSpanId ?? '', service, attributes: valuesOf(span.attributes) });
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    spans,
    /** Paths that anything but traces was sent to. */
    others,
    text: () => text,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

describe('traces', () => {
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  let edge: Edge;
  beforeAll(async () => {
    receiver = await startReceiver();
    const otel = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '100' };
    edge = await startEdge({ gateway: otel, director: otel });
  }, 90_000);
  afterAll(async () => {
    await edge.stop();
    await receiver.stop();
  });

  async function found(wanted: (span: Span) => boolean): Promise<Span> {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const span = receiver.spans.find(wanted);
      if (span) return span;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`no such span among\n${receiver.spans.map((span) => JSON.stringify(span)).join('\n')}`);
  }

  /** From the statement up: database client → Director → call of the Gateway → Gateway. */
  async function chainOf(traceId: string): Promise<readonly Span[]> {
    const statement = await found(
      ({ traceId: of, service, attributes }) =>
        (of === traceId && service === 'binnacle-director' && 'db.system' in attributes) || (of === traceId && 'db.system.name' in attributes),
    );
    const chain = [statement];
    for (let parent = statement.parentSpanId; parent !== ''; ) {
      const above = receiver.spans.find(({ spanId }) => spanId === parent) ?? (chain.length < 4 ? await found(({ spanId }) => spanId === parent) : undefined);
      if (!above) break;
      chain.push(above);
      parent = above.parentSpanId;
    }
    return chain;
  }

  it('are one from the client through Gateway and Director to the statement, and hold no secret', async () => {
    const token = await edge.issuer.token();
    const [traceId, clientSpan] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
    const call = { query: '{ applications(filter: [{key: "canary-in-statement"}]) { totalCount } }', token, tenant: 'acme' };
    expect((await edge.call({ ...call, headers: { traceparent: `00-${traceId}-${clientSpan}-01`, cookie: 'canary-cookie' } })).status).toBe(200);
    const chain = await chainOf(traceId);
    const shape = chain.map(({ service, kind }) => `${service} ${kind === SERVER ? 'server' : kind === CLIENT ? 'client' : 'internal'}`);
    expect(shape.at(0)).toBe('binnacle-director client');
    expect(shape.slice(-3)).toEqual(['binnacle-director server', 'binnacle-gateway client', 'binnacle-gateway server']);
    expect(chain.at(-1)?.parentSpanId).toBe(clientSpan);
    expect(receiver.others).toEqual([]);
    for (const secret of [token, 'canary-in-statement', 'canary-cookie', 'Bearer ']) expect(receiver.text()).not.toContain(secret);
  }, 60_000);

  it('begin at the Gateway when the client brings none, and the last ones are sent before the process ends', async () => {
    const before = new Set(receiver.spans.map(({ traceId }) => traceId));
    expect(
      (await edge.call({ query: 'mutation { registerApplication(in: {name: "traced"}) { id } }', token: await edge.issuer.token(), tenant: 'acme' })).status,
    ).toBe(200);
    edge.gateway.signal('SIGTERM');
    expect(await edge.gateway.exited).toBe(0);
    const root = receiver.spans.find(
      ({ service, kind, traceId, attributes }) =>
        service === 'binnacle-gateway' && kind === SERVER && !before.has(traceId) && JSON.stringify(attributes).includes('/director/graphql'),
    );
    expect(root?.parentSpanId).toBe('');
    const chain = await chainOf(root?.traceId ?? '');
    expect(chain.at(-1)?.spanId).toBe(root?.spanId);
  }, 60_000);
});

describe('without an address for traces', () => {
  // Its interface, empty functions, comes with the metrics.
  it.each(['gateway', 'director'])('the %s loads nothing of tracing', (service) => {
    const spy = `import { registerHooks } from 'node:module';
      registerHooks({ resolve(specifier, context, next) {
        const found = next(specifier, context);
        if (/@opentelemetry.(?!api)|import-in-the-middle|require-in-the-middle/.test(found.url)) process.stderr.write('LOADED ' + found.url + '\\n');
        return found;
      } });`;
    const loaded = (env: Readonly<Record<string, string>>): string =>
      spawnSync(
        process.execPath,
        [
          '-C',
          'binnacle-src',
          '--import',
          `data:text/javascript,${encodeURIComponent(spy)}`,
          '--import',
          './libs/telemetry/src/register.ts',
          `services/${service}/src/main.ts`,
          '--settings',
        ],
        { cwd: ROOT, encoding: 'utf8', env: { PATH: process.env['PATH'], ...env } },
      ).stderr;
    expect(loaded({})).not.toContain('LOADED');
    expect(loaded({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })).toContain('LOADED');
  });
});
