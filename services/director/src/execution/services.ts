import type { Declarations } from '@binnacle/read-compiler/declaration';
import type { ShapeRules } from '@binnacle/read-compiler/shape';
import type { Registry } from '@binnacle/registry/registry';
import type { Envelope } from '@binnacle/secrets/envelope';
import type { GraphQLSchema } from 'graphql';
import type { TrustServices } from '../auths/trust-services.ts';
import type { DiscoveryPaths } from '../webhooks/discovery.ts';
import type { Requirements } from '../authorization/requirements.ts';
import type { AnyMutation } from '../call.ts';

/** What running operations needs, wired once in server.ts. */
export interface DirectorServices {
  readonly schema: GraphQLSchema;
  readonly declarations: Declarations;
  readonly requirements: Requirements;
  readonly registry: Registry;
  readonly envelope: Envelope;
  readonly trust: TrustServices;
  /** By their names in the schema. */
  readonly mutations: Readonly<Record<string, AnyMutation>>;
  readonly shapeRules: ShapeRules;
  readonly newId: () => string;
  readonly discoveryPaths: DiscoveryPaths;
}
