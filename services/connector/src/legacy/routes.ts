import type { ConnectorContext, Operations } from '../graphql/resolvers.ts';
import { certificateIdentityOf, identityOf } from '../identity/identity.ts';
import { signLegacyRequest } from './applications/certificates.ts';
import { type AdapterUrls, managementInfo, signingInfo } from './applications/infos.ts';
import type { DirectorClient } from './director-client.ts';
import { type LegacyCall, requireApplication } from './legacy-call.ts';
import { createService } from './metadata/create-service.ts';
import { deleteService } from './metadata/delete-service.ts';
import { requireOwnName, type ServiceOwner } from './metadata/find-application.ts';
import { listServices } from './metadata/list-services.ts';
import type { OneAtATime } from './metadata/one-at-a-time.ts';
import { readWantedService } from './metadata/read-input.ts';
import { readService } from './metadata/read-service.ts';
import { updateService } from './metadata/update-service.ts';
import { LegacyRefusal } from './refusal.ts';

export interface LegacyAnswer {
  readonly status: number;
  /** JSON; left out: nothing. */
  readonly json?: string;
}

export type Body = () => Promise<string>;

/** One path with what it does by method; the groups of the path are its parameters. */
export interface LegacyRoute {
  readonly path: RegExp;
  readonly methods: Readonly<Partial<Record<string, (call: LegacyCall, body: Body, parameters: readonly string[]) => Promise<LegacyAnswer>>>>;
}

export interface LegacyOptions {
  readonly urls: AdapterUrls;
  readonly director: DirectorClient;
  readonly operations: Operations;
  readonly oneAtATime: OneAtATime;
}

/** The paths of the older REST API that need an identity. */
export function legacyRoutes(options: LegacyOptions): readonly LegacyRoute[] {
  return [...applicationRoutes(options), ...metadataRoutes(options)];
}

const json = (status: number, value: object): LegacyAnswer => ({ status, json: JSON.stringify(value) });
const contextOf = ({ caller, idempotencyKey, requestId }: LegacyCall): ConnectorContext => ({ caller, idempotencyKey, requestId });

function applicationRoutes({ urls, director, operations }: LegacyOptions): readonly LegacyRoute[] {
  const infos = { urls, director, configuration: (call: LegacyCall) => operations.configuration(contextOf(call)) };
  const sign = async (call: LegacyCall, body: Body): Promise<LegacyAnswer> => {
    identityOf(call.caller);
    return json(201, await signLegacyRequest((csr) => operations.signCertificateSigningRequest(csr, contextOf(call)), await body()));
  };
  return [
    {
      path: /^\/v1\/applications\/signingRequests\/info$/,
      methods: { GET: async (call) => (identityOf(call.caller), json(200, await signingInfo(infos, call))) },
    },
    {
      path: /^\/v1\/applications\/management\/info$/,
      methods: { GET: async (call) => (identityOf(call.caller), json(200, await managementInfo(infos, call))) },
    },
    { path: /^\/v1\/applications\/certificates(?:\/renewals)?$/, methods: { POST: sign } },
    {
      path: /^\/v1\/applications\/certificates\/revocations$/,
      methods: {
        async POST(call) {
          await operations.revokeCertificate(contextOf(call));
          return { status: 201 };
        },
      },
    },
  ];
}

function metadataRoutes({ director, oneAtATime }: LegacyOptions): readonly LegacyRoute[] {
  const owner = async (call: LegacyCall, name: string, scope: 'application:read' | 'application:write'): Promise<ServiceOwner> => {
    certificateIdentityOf(call.caller);
    const found = requireApplication(call, scope);
    await requireOwnName(director, found, decoded(name));
    return found;
  };
  return [
    {
      path: /^\/([^/]+)\/v1\/metadata\/services$/,
      methods: {
        GET: async (call, _, [name = '']) => json(200, await telling('getting services', listServices(director, await owner(call, name, 'application:read')))),
        async POST(call, body, [name = '']) {
          const found = await owner(call, name, 'application:write');
          const wanted = readWantedService(await body());
          return json(200, { id: await telling('creating service', createService(director, oneAtATime, found, wanted)) });
        },
      },
    },
    {
      path: /^\/([^/]+)\/v1\/metadata\/services\/([^/]+)$/,
      methods: {
        async GET(call, _, [name = '', id = '']) {
          const found = await owner(call, name, 'application:read');
          return { status: 200, json: await telling('getting service', readService(director, found, decoded(id))) };
        },
        async PUT(call, body, [name = '', id = '']) {
          const found = await owner(call, name, 'application:write');
          const wanted = readWantedService(await body());
          await telling('updating service', updateService(director, found, decoded(id), wanted));
          return { status: 200, json: await telling('getting service', readService(director, found, decoded(id))) };
        },
        async DELETE(call, _, [name = '', id = '']) {
          const found = await owner(call, name, 'application:write');
          await telling('deleting service', deleteService(director, oneAtATime, found, decoded(id)));
          return { status: 204 };
        },
      },
    },
  ];
}

/** What the Director says is told with what was being done; what this adapter says of itself stands alone. */
async function telling<T>(doing: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw error instanceof LegacyRefusal && error.status !== 404 && !error.message.startsWith('Service with Identifier')
      ? error.prefixed(`while ${doing}: `)
      : error;
  });
}

/** A part of a path; one that is not encoded well is taken as it is and found nowhere. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
