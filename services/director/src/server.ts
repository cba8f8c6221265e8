import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Histogram, listen, type Metrics } from '@binnacle/http/admin-server';
import { createDraining } from '@binnacle/http/draining';
import type { TokenVerifier } from '@binnacle/internal-token/verify';
import type { Declarations } from '@binnacle/read-compiler/declaration';
import { Row } from '@binnacle/read-compiler/naive-executor';
import type { Registry } from '@binnacle/registry/registry';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import type { Envelope } from '@binnacle/secrets/envelope';
import { createUseRecorder } from '@binnacle/trust/use-recorder';
import express from 'express';
import { type GraphQLSchema, isAbstractType } from 'graphql';
import { authShape } from './auths/auth-shape.ts';
import type { TrustServices } from './auths/trust-services.ts';
import { loadRequirements } from './authorization/requirements.ts';
import { checkDeclarations, declarations } from './declarations.ts';
import { startApollo } from './execution/apollo.ts';
import { createGraphQLHandler } from './execution/graphql-handler.ts';
import type { DirectorServices } from './execution/services.ts';
import { createStatusFlip } from './execution/status-flip.ts';
import { extendedDeclarations, extendedMutations } from './extensions.ts';
import { mutations } from './mutations.ts';
import { loadSchema } from './schema.ts';
import type { DiscoveryPaths } from './webhooks/discovery.ts';

export interface DirectorOptions {
  readonly host: string;
  readonly port: number;
  /** Folder of the SDL and of scopes.json. */
  readonly schemaFolder: string;
  /** The same for what the extension endpoint adds. */
  readonly extensionsFolder: string;
  readonly registry: Registry;
  readonly envelope: Envelope;
  readonly trust: TrustServices;
  readonly verifier: TokenVerifier;
  readonly metrics: Metrics;
  readonly discoveryPaths?: DiscoveryPaths;
}

export interface Director {
  readonly port: number;
  /** From now on answers ask callers to open a new connection. */
  startDraining(): void;
  /** Stops accepting and waits for open calls. */
  close(): Promise<void>;
}

/** Wires the Director and listens. */
export async function startDirector(options: DirectorOptions): Promise<Director> {
  const seconds = new Histogram({
    name: 'director_operation_seconds',
    help: 'Time to answer an operation',
    labelNames: ['operation', 'outcome'],
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
    registers: [options.metrics],
  });
  const uses = createUseRecorder(options.registry);
  const flipStatus = createStatusFlip(options.registry, uses);
  const handlerOf = async (services: DirectorServices): Promise<ReturnType<typeof createGraphQLHandler>> =>
    createGraphQLHandler({ services, verifier: options.verifier, apollo: await startApollo(services), flipStatus, seconds });
  const handler = await handlerOf(servicesOf(options, [options.schemaFolder], declarations, mutations));
  // The published endpoint is what clients know, member for member; what is ours comes at an address of its own.
  const extended = await handlerOf(servicesOf(options, [options.schemaFolder, options.extensionsFolder], extendedDeclarations, extendedMutations));
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.all('/graphql', handler);
  app.all('/ext/graphql', extended);
  app.get(['/healthz', '/livez'], (_, response) => void response.type('text/plain').send('ok'));
  app.all('/v1/info', (request, response) => {
    if (request.method !== 'GET') return void response.status(405).set('allow', 'GET').json({ error: 'only GET is served here' });
    // Names of the trust anchors come with the Connector.
    response.json({ certIssuer: '', certSubject: '', rootCA: '', ordAggregatorVersion: '' });
  });
  app.use(
    (_, response) =>
      void response
        .status(404)
        .json({ errors: [{ message: 'there is nothing at this address: operations are sent to /graphql', extensions: { code: 'NOT_FOUND' } }], data: null }),
  );
  // GraphQL requests skip express: its routing costs more than a read by id. Everything else goes through it.
  const server = createServer((request, response) =>
    request.url === '/graphql' || request.url?.startsWith('/graphql?') ? handler(request, response) : app(request, response),
  );
  const draining = createDraining(server);
  server.headersTimeout = 10_000;
  server.requestTimeout = 120_000;
  server.keepAliveTimeout = 75_000;
  await listen(server, options.port, options.host);
  return {
    port: (server.address() as AddressInfo).port,
    startDraining: draining.start,
    close: async () => {
      await draining.close();
      await uses.stop();
    },
  };
}

function servicesOf(options: DirectorOptions, folders: readonly string[], declared: Declarations, known: DirectorServices['mutations']): DirectorServices {
  const schema = loadSchema(...folders);
  const requirements = loadRequirements(schema, ...folders);
  checkDeclarations(declared, schema, requirements);
  tellTypes(schema);
  const { registry, envelope, trust, discoveryPaths = {} } = options;
  return {
    schema,
    declarations: declared,
    requirements,
    registry,
    envelope,
    trust,
    mutations: known,
    shapeRules: authShape,
    newId: () => newUuidV7(),
    discoveryPaths,
  };
}

/** Tells graphql-js the concrete types of rows and of plain values. */
function tellTypes(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isAbstractType(type))
      type.resolveType = (value: unknown) => (value instanceof Row ? value.type : authShape.typeOf(type.name, value as Record<string, unknown>));
  }
}
