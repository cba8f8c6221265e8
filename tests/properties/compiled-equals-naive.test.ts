import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { extendedDeclarations as declarations } from '../../services/director/src/extensions.ts';
import { loadSchema } from '../../services/director/src/schema.ts';
import { type Answer, type DirectorUnderTest, startDirectorUnderTest, type TestCaller } from '../../services/director/src/testing/director-under-test.ts';
import { type Landscape, seedLandscape } from './random-landscape.ts';
import { type RandomQuery, randomQuery, reworded } from './random-query.ts';

/** The same documents over the same landscape in every run. By the environment: another seed, more runs, and a counterexample made small. */
const SEED = Number(process.env['BINNACLE_PROPERTY_SEED'] ?? 20_261_124);
const RUNS = Number(process.env['BINNACLE_PROPERTY_RUNS'] ?? 1_000);
const LIMIT_MS = RUNS * 200;

/** Fields that are shown with a scope only. */
const FIELD_SCOPES = new Set(
  Object.values(declarations.types).flatMap(({ fields }) =>
    Object.values(fields).flatMap((field) => ('sanitize' in field && field.sanitize !== undefined ? [field.sanitize] : [])),
  ),
);

/** Every declared field. */
const DECLARED = Object.values(declarations.types).flatMap(({ name, fields }) => Object.keys(fields).map((field) => `${name}.${field}`));

describe('compiled answers', () => {
  const schema = loadSchema(...['director', 'extensions'].map((folder) => path.resolve(import.meta.dirname, '../../schema', folder)));
  // What answers most is asked for most.
  const pages = ['applications', 'applications', 'applications', 'runtimes', 'formations'];
  const roots = [...Object.keys(declarations.roots), 'viewer', 'healthChecks', ...pages, ...pages, ...pages];
  let director: DirectorUnderTest;
  let landscape: Landscape;
  /** Statements of the naive resolvers since it was last set to 0. */
  let naiveStatements = 0;
  beforeAll(async () => {
    director = await startDirectorUnderTest();
    landscape = await seedLandscape(director, SEED);
    const read = director.registry.read;
    director.registry.read = (statement, tenant) => {
      if (statement.name === 'naive') naiveStatements += 1;
      return read(statement, tenant);
    };
  }, 60_000);
  afterAll(() => director.stop());

  function randomCaller(g: fc.GeneratorValue): TestCaller {
    const among = <T>(values: readonly T[]): T => g(fc.constantFrom, ...values);
    const hidden = new Set(g(fc.boolean) ? [] : g(fc.subarray, [...FIELD_SCOPES]));
    const consumerType = among(['Static User', 'Static User', 'Static User', 'Runtime', 'Application'] as const);
    return {
      tenant: among([landscape.tenants[0] ?? '', ...landscape.tenants]),
      scopes: director.allScopes.filter((scope) => !hidden.has(scope)),
      consumerType,
      consumerId: consumerType === 'Static User' ? 'tester' : among(landscape.ids[consumerType] ?? []),
    };
  }

  it(
    'are those of one naive resolver for each field, for any document, caller and landscape',
    async () => {
      const asked = new Set<string>();
      const counts = { documents: 0, compiled: 0, answered: 0, objects: 0 };
      const expectEqual = async (caller: TestCaller, { text, introspecting, variables, rootFields }: RandomQuery): Promise<void> => {
        const shown = `${text}\n${JSON.stringify(variables)}\n${JSON.stringify({ ...caller, scopes: caller.scopes?.length })}`;
        naiveStatements = 0;
        const compiled = await director.extended(caller, text, variables);
        const wasCompiled = naiveStatements === 0;
        const naive = await director.extended(caller, introspecting, variables);
        const sawAll = rootFields === 1 || naive.data !== null;
        expect({ shown, ...comparable(compiled, sawAll) }).toEqual({ shown, ...comparable(naive, sawAll) });
        counts.documents += 1;
        if (wasCompiled) counts.compiled += 1;
        if (!compiled.errors) counts.answered += 1;
        counts.objects += JSON.stringify(compiled.data).split('{').length;
      };
      const property = fc.asyncProperty(fc.gen(), async (g) => {
        const caller = randomCaller(g);
        const query = randomQuery(g, schema, landscape, roots);
        for (const field of query.asked) asked.add(field);
        // The second document has the shape of the first: it is answered by the plan that the first one left.
        await expectEqual(caller, query);
        await expectEqual(caller, reworded(query, landscape, g(fc.integer, { min: 1, max: 3 })));
      });
      await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: process.env['BINNACLE_PROPERTY_SHRINK'] === undefined });
      // Most documents must reach the compiler and answer something, or this compares nothing.
      expect(counts.compiled).toBeGreaterThan(counts.documents * 0.8);
      expect(counts.answered).toBeGreaterThan(counts.documents * 0.6);
      // Chance may leave out a few fields, not whole types.
      expect(DECLARED.filter((field) => !asked.has(field)).slice(3)).toEqual([]);
      expect(counts.objects).toBeGreaterThan(counts.documents * 3);
    },
    LIMIT_MS,
  );
});

/**
 * What both must agree on: the order of keys and errors too. Where in the document an error was is told by graphql-js alone, and where several
 * root fields fail and nothing is left of the data, which of their errors are told depends on which failed first.
 */
function comparable({ status, data, errors }: Answer, sawAll: boolean): object {
  const { __schema: _, ...rest } = data ?? {};
  const all = (errors ?? []) as readonly { message: string; path: readonly (string | number)[]; extensions: object }[];
  const told = all.map(({ message, path: at, extensions }) => JSON.stringify({ message, path: at, extensions })).sort();
  return { status, data: data === null ? null : JSON.stringify(rest), errors: sawAll ? told : told.length > 0 };
}
