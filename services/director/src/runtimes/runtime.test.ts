import { describe, expect, it } from '@jest/globals';
import { acceptedLabels } from './runtime.ts';

describe('labels of a runtime', () => {
  it('are normalised unless the caller says otherwise', () => {
    expect(acceptedLabels({ a: 1 })).toEqual({ isNormalized: 'true', a: 1 });
    expect(acceptedLabels({ isNormalized: 'false' })).toEqual({ isNormalized: 'false' });
  });

  it('drop what callers cannot set', () => {
    expect(acceptedLabels({ runtimeType: 'x', xsappnameCMPClone: 'x', CMPSaaSAppName: 'x', '1_defaultEventing': 'true' })).toEqual({ isNormalized: 'true' });
  });
});
