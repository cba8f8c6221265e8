import { z } from 'zod';

const route = z.strictObject({
  /** For metrics and logs. */
  name: z.string(),
  /** Whole path, or a prefix of whole segments when it ends in a slash. */
  path: z.string().regex(/^\/[a-z0-9./-]*$/),
  methods: z.array(z.enum(['GET', 'POST', 'OPTIONS', 'HEAD'])).min(1),
  /** `caller`: one of the listener's authenticators must know who calls. */
  auth: z.enum(['caller', 'anonymous']),
  kind: z.enum(['graphql', 'proxy', 'static', 'redirect', 'health', 'document', 'oauth']),
  /** How a caller who is not accepted is told so: as a bearer route always did, or as GraphQL errors. */
  errorStyle: z.enum(['bearer', 'graphql']).optional(),
  /** Service behind the route. */
  upstream: z.enum(['director', 'connector', 'provisioner', 'cockpit']).optional(),
  /** Prefix that is taken off before the request goes on. */
  strip: z.string().optional(),
  /** Folder that is served, document that is answered, or where a redirect leads. */
  target: z.string().optional(),
});

export type Route = z.infer<typeof route>;

/** The public doors of this version. */
export const PUBLIC_ROUTES: readonly Route[] = [
  {
    name: 'director',
    path: '/director/graphql',
    methods: ['GET', 'POST', 'OPTIONS'],
    auth: 'caller',
    kind: 'graphql',
    upstream: 'director',
    strip: '/director',
  },
  {
    name: 'director-extensions',
    path: '/director/ext/graphql',
    methods: ['GET', 'POST', 'OPTIONS'],
    auth: 'caller',
    kind: 'graphql',
    upstream: 'director',
    strip: '/director',
  },
  {
    name: 'connector',
    path: '/connector/graphql',
    methods: ['GET', 'POST', 'OPTIONS'],
    auth: 'caller',
    kind: 'graphql',
    upstream: 'connector',
    strip: '/connector',
    errorStyle: 'graphql',
  },
  {
    name: 'provisioner',
    path: '/provisioner/graphql',
    methods: ['GET', 'POST', 'OPTIONS'],
    auth: 'caller',
    kind: 'graphql',
    upstream: 'provisioner',
    strip: '/provisioner',
  },
  { name: 'info', path: '/v1/info', methods: ['GET', 'HEAD'], auth: 'anonymous', kind: 'proxy', upstream: 'director' },
  { name: 'director-root', path: '/director', methods: ['GET', 'HEAD'], auth: 'anonymous', kind: 'redirect', target: '/director/' },
  { name: 'director-examples', path: '/director/examples/', methods: ['GET', 'HEAD'], auth: 'anonymous', kind: 'static', target: 'examples' },
  { name: 'director-playground', path: '/director/', methods: ['GET', 'HEAD'], auth: 'anonymous', kind: 'static', target: 'playground' },
  { name: 'playground-config', path: '/playground/config.json', methods: ['GET', 'HEAD'], auth: 'anonymous', kind: 'document', target: 'playground' },
  { name: 'playground', path: '/playground/', methods: ['GET', 'HEAD'], auth: 'anonymous', kind: 'static', target: 'playground' },
  { name: 'playground-root', path: '/playground', methods: ['GET', 'HEAD'], auth: 'anonymous', kind: 'redirect', target: '/playground/' },
  { name: 'specification-root', path: '/specification', methods: ['GET', 'HEAD'], auth: 'anonymous', kind: 'redirect', target: '/specification/' },
  { name: 'specification', path: '/specification/', methods: ['GET', 'HEAD'], auth: 'anonymous', kind: 'static', target: 'specification' },
  { name: 'oauth-token', path: '/oauth2/token', methods: ['POST', 'OPTIONS'], auth: 'anonymous', kind: 'oauth' },
  { name: 'oauth-introspect', path: '/oauth2/introspect', methods: ['POST', 'OPTIONS'], auth: 'anonymous', kind: 'oauth' },
  { name: 'oauth-revoke', path: '/oauth2/revoke', methods: ['POST', 'OPTIONS'], auth: 'anonymous', kind: 'oauth' },
  { name: 'oauth-discovery', path: '/.well-known/openid-configuration', methods: ['GET', 'HEAD'], auth: 'anonymous', kind: 'oauth' },
  { name: 'oauth-keys', path: '/.well-known/jwks.json', methods: ['GET', 'HEAD'], auth: 'anonymous', kind: 'oauth' },
  { name: 'health', path: '/healthz', methods: ['GET', 'HEAD'], auth: 'anonymous', kind: 'health' },
];

/** For the services behind the Gateway: the public keys of internal tokens, and their way to the Director. */
export const INTERNAL_ROUTES: readonly Route[] = [
  { name: 'internal-keys', path: '/internal/jwks.json', methods: ['GET', 'HEAD'], auth: 'anonymous', kind: 'document', target: 'signing-keys' },
  {
    name: 'internal-director',
    path: '/director/graphql',
    methods: ['GET', 'POST'],
    auth: 'caller',
    kind: 'graphql',
    upstream: 'director',
    strip: '/director',
    errorStyle: 'graphql',
  },
  { name: 'internal-health', path: '/healthz', methods: ['GET', 'HEAD'], auth: 'anonymous', kind: 'health' },
];

/** A route table, checked, the longest paths first. @throws Error when an entry is not one */
export function routeTable(routes: readonly Route[]): readonly Route[] {
  const checked = z.array(route).parse(routes);
  const open = checked.find(({ kind, auth }) => kind === 'graphql' && auth === 'anonymous');
  if (open) throw new Error(`the route ${open.name} passes GraphQL calls of nobody`);
  return checked.sort((a, b) => b.path.length - a.path.length);
}

/** Whole segments only. Below a prefix, another method than its own is no door at all; at an exact path the caller is told which methods there are. */
export function findRoute(routes: readonly Route[], path: string, method: string): Route | undefined {
  const found = routes.find((candidate) => path === candidate.path || (candidate.path.endsWith('/') && path.startsWith(candidate.path)));
  return found && (path === found.path || allows(found, method)) ? found : undefined;
}

export const allows = ({ methods }: Route, method: string): boolean => methods.some((allowed) => allowed === method);
