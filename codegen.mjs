/** Types of the Director's SDL; run by `./binnacle codegen`, output not in git. */
export default {
  schema: ['schema/director/*.graphql', 'schema/extensions/*.graphql'],
  generates: {
    'services/director/src/generated/graphql.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        skipTypename: true,
        immutableTypes: true,
        maybeValue: 'T | null',
        defaultScalarType: 'unknown',
        scalars: {
          CLOB: 'string',
          PageCursor: 'string',
          Timestamp: 'string',
          JSON: 'string',
          JSONSchema: 'string',
          HttpHeadersSerialized: 'string',
          QueryParamsSerialized: 'string',
          Labels: 'Readonly<Record<string, unknown>>',
          HttpHeaders: 'Readonly<Record<string, readonly string[]>>',
          QueryParams: 'Readonly<Record<string, readonly string[]>>',
        },
      },
    },
  },
};
