import { z } from 'zod';
import { type HostClass, HOST_CLASSES } from './hosts.ts';

/** Ways of showing who one is. */
export const WAYS_IN = ['user', 'client', 'token', 'certificate', 'foreign-certificate', 'service', 'service-account'] as const;

export type WayIn = (typeof WAYS_IN)[number];

const route = z.strictObject({
  /** For metrics and logs. */
  name: z.string(),
  /** Names at which it is served. */
  hosts: z.array(z.enum(HOST_CLASSES)).min(1),
  /** Whole path, or a prefix of whole segments when it ends in a slash; `*` is one segment of any kind. */
  path: z.string().regex(/^\/([a-z0-9.-]+(\/|$)|\*\/)*$/),
  methods: z.array(z.enum(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])).min(1),
  /** One of these ways must show who calls. */
  auth: z.union([z.literal('anonymous'), z.array(z.enum(WAYS_IN)).min(1)]),
  kind: z.enum(['graphql', 'rest', 'proxy', 'static', 'redirect', 'health', 'document', 'oauth', 'hydrator']),
  /** How refusals are told; left out: as a bearer route always did. */
  errorStyle: z.enum(['bearer', 'graphql', 'director', 'adapter']).optional(),
  /** Service behind the route. */
  upstream: z.enum(['director', 'connector', 'provisioner', 'cockpit']).optional(),
  /** Prefix that is taken off before the request goes on. */
  strip: z.string().optional(),
  /** Folder that is served, document that is answered, or where a redirect leads. */
  target: z.string().optional(),
  /** True where what is asked in clear is answered in clear, also where everything else is sent to TLS. */
  inClear: z.boolean().optional(),
});

export type Route = z.infer<typeof route>;

type Many<T> = readonly [T, ...T[]];

const graphql = (service: 'director' | 'connector' | 'provisioner', hosts: Many<HostClass>, auth: Many<WayIn>, errorStyle: Route['errorStyle']): Route => ({
  name: service,
  hosts: [...hosts],
  path: `/${service}/graphql`,
  // Pages of browsers show no certificates, so they ask for no permission there.
  methods: auth.some((way) => way.endsWith('certificate')) ? ['GET', 'POST'] : ['GET', 'POST', 'OPTIONS'],
  auth: [...auth],
  kind: 'graphql',
  upstream: service,
  strip: `/${service}`,
  errorStyle,
});

const open = (name: string, hosts: Many<HostClass>, path: string, rest: Pick<Route, 'kind'> & Partial<Route>): Route => ({
  name,
  hosts: [...hosts],
  path,
  methods: ['GET', 'HEAD'],
  auth: 'anonymous',
  ...rest,
});

const legacy = (path: string, hosts: Many<HostClass>, way: WayIn): Route => ({
  name: 'legacy',
  hosts: [...hosts],
  path,
  methods: ['GET', 'POST', 'PUT', 'DELETE'],
  auth: [way],
  kind: 'rest',
  upstream: 'connector',
  errorStyle: 'adapter',
});

const PAGES: Many<HostClass> = ['bare', 'jwt'];
const PLAYGROUND: Many<HostClass> = ['bare', 'jwt', 'oauth', 'cert'];
const TOKENS: Many<HostClass> = ['bare', 'token'];
const LEGACY: Many<HostClass> = ['bare', 'adapter'];
const LEGACY_CERT: Many<HostClass> = ['adapter-cert', 'cert'];
/** All that anybody can reach. */
const EVERYWHERE: Many<HostClass> = ['bare', 'jwt', 'oauth', 'token', 'cert', 'foreign', 'adapter', 'adapter-cert', 'health'];

/** What the Director's older API lacks stands at an address of its own. */
const EXTENSIONS = { name: 'director-extensions', path: '/director/ext/graphql' } as const;

/** The public doors. */
export const PUBLIC_ROUTES: readonly Route[] = [
  graphql('director', ['bare'], ['user', 'client'], 'bearer'),
  graphql('director', ['jwt'], ['user'], 'bearer'),
  graphql('director', ['oauth'], ['client'], 'bearer'),
  graphql('director', ['cert'], ['certificate'], 'director'),
  graphql('director', ['foreign'], ['foreign-certificate'], 'director'),
  { ...graphql('director', ['bare'], ['user', 'client'], 'bearer'), ...EXTENSIONS },
  { ...graphql('director', ['jwt'], ['user'], 'bearer'), ...EXTENSIONS },
  { ...graphql('director', ['oauth'], ['client'], 'bearer'), ...EXTENSIONS },
  { ...graphql('director', ['cert'], ['certificate'], 'director'), ...EXTENSIONS },
  graphql('connector', ['bare', 'jwt'], ['token'], 'graphql'),
  graphql('connector', ['cert'], ['certificate'], 'graphql'),
  graphql('provisioner', ['bare'], ['user', 'client'], 'bearer'),
  graphql('provisioner', ['jwt'], ['user'], 'bearer'),
  graphql('provisioner', ['oauth'], ['client'], 'bearer'),
  legacy('/v1/applications/', LEGACY, 'token'),
  legacy('/v1/applications/', LEGACY_CERT, 'certificate'),
  legacy('/*/v1/metadata/', LEGACY_CERT, 'certificate'),
  open('legacy-health', [...LEGACY, ...LEGACY_CERT], '/v1/health', { kind: 'proxy', upstream: 'connector' }),
  open('pki', EVERYWHERE, '/v1/pki/', { kind: 'rest', upstream: 'connector', methods: ['GET', 'HEAD', 'POST'], inClear: true }),
  open('pki-index', EVERYWHERE, '/v1/pki', { kind: 'rest', upstream: 'connector', inClear: true }),
  open('spiffe-bundle', EVERYWHERE, '/.well-known/spiffe/bundle', { kind: 'rest', upstream: 'connector', inClear: true }),
  open('info', PAGES, '/v1/info', { kind: 'proxy', upstream: 'director' }),
  open('director-root', PLAYGROUND, '/director', { kind: 'redirect', target: '/director/' }),
  open('director-examples', PLAYGROUND, '/director/examples/', { kind: 'static', target: 'examples' }),
  open('director-playground', PLAYGROUND, '/director/', { kind: 'static', target: 'playground' }),
  open('playground-config', PAGES, '/playground/config.json', { kind: 'document', target: 'playground' }),
  open('playground', PAGES, '/playground/', { kind: 'static', target: 'playground' }),
  open('playground-root', PAGES, '/playground', { kind: 'redirect', target: '/playground/' }),
  open('specification-root', PAGES, '/specification', { kind: 'redirect', target: '/specification/' }),
  open('specification', PAGES, '/specification/', { kind: 'static', target: 'specification' }),
  open('oauth-token', TOKENS, '/oauth2/token', { kind: 'oauth', methods: ['POST', 'OPTIONS'] }),
  open('oauth-introspect', TOKENS, '/oauth2/introspect', { kind: 'oauth', methods: ['POST', 'OPTIONS'] }),
  open('oauth-revoke', TOKENS, '/oauth2/revoke', { kind: 'oauth', methods: ['POST', 'OPTIONS'] }),
  open('oauth-discovery', TOKENS, '/.well-known/openid-configuration', { kind: 'oauth' }),
  open('oauth-keys', TOKENS, '/.well-known/jwks.json', { kind: 'oauth' }),
  open('health', EVERYWHERE, '/healthz', { kind: 'health', inClear: true }),
];

const INSIDE: Many<HostClass> = ['internal'];
const SERVICES: Many<WayIn> = ['service', 'service-account'];

const hydrator = (path: string, openToAll: boolean): Route => ({
  name: 'hydrator',
  hosts: ['internal'],
  path,
  methods: ['GET', 'POST'],
  auth: openToAll ? 'anonymous' : [...SERVICES],
  kind: 'hydrator',
  errorStyle: 'graphql',
});

/** For the services behind the Gateway: the public keys of internal tokens, their way to the Director, and identities for others' edges. */
export const internalRoutes = ({ openHydrator }: { readonly openHydrator: boolean }): readonly Route[] => [
  open('internal-keys', INSIDE, '/internal/jwks.json', { kind: 'document', target: 'signing-keys' }),
  { ...graphql('director', INSIDE, SERVICES, 'graphql'), name: 'internal-director', methods: ['GET', 'POST'] },
  // At a name of its own the Director was reached without a prefix.
  { ...graphql('director', INSIDE, SERVICES, 'graphql'), name: 'internal-director-direct', path: '/graphql', strip: '', methods: ['GET', 'POST'] },
  hydrator('/hydrators/v1/tokens/resolve', openHydrator),
  hydrator('/hydrators/v1/certificate/data/resolve', openHydrator),
  hydrator('/hydrators/tenant-mapping', openHydrator),
  hydrator('/hydrators/authn-mapping/', openHydrator),
  open('internal-health', INSIDE, '/healthz', { kind: 'health' }),
];

/** A route table, checked, the longest paths first. @throws Error when an entry is not one */
export function routeTable(routes: readonly Route[]): readonly Route[] {
  const checked = z.array(route).parse(routes);
  const nobody = checked.find(({ kind, auth }) => kind === 'graphql' && auth === 'anonymous');
  if (nobody) throw new Error(`the route ${nobody.name} passes GraphQL calls of nobody`);
  return checked.sort((a, b) => b.path.length - a.path.length);
}

/** Whole segments only. Below a prefix, another method than its own is no door at all; at an exact path the caller is told which methods there are. */
export function findRoute(routes: readonly Route[], host: HostClass, path: string, method: string): Route | undefined {
  const found = routes.find((candidate) => candidate.hosts.includes(host) && matches(candidate.path, path));
  return found && (path === found.path || allows(found, method)) ? found : undefined;
}

function matches(pattern: string, path: string): boolean {
  const prefix = pattern.endsWith('/');
  if (!pattern.includes('*')) return path === pattern || (prefix && path.startsWith(pattern));
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (prefix) wanted.pop();
  const fits = wanted.every((segment, index) => (segment === '*' ? given[index] !== '' && given[index] !== undefined : segment === given[index]));
  return fits && (prefix ? given.length > wanted.length : given.length === wanted.length);
}

export const allows = ({ methods }: Route, method: string): boolean => methods.some((allowed) => allowed === method);
