import { describe, expect, it } from '@jest/globals';
import { initialLabels, normaliseName } from './application.ts';

describe('the normalised name', () => {
  it.each([
    ['app', 'mp-app'],
    ['My App!', 'mp-my-app'],
    ['app!wordpress', 'mp-app-wordpress'],
    ['mp-clean', 'mp-clean'],
    ['mp-Not Clean', 'mp-mp-not-clean'],
    ['a--__b-', 'mp-a-b'],
  ])('of %s is %s', (name, expected) => {
    expect(normaliseName(name)).toBe(expected);
  });
});

describe('labels of a new application', () => {
  it('replaces what is computed and keeps the rest', () => {
    expect(initialLabels({ managed: 'true', name: 'x', integrationSystemID: 'x', mine: [1] }, 'App', null)).toEqual({
      managed: 'false',
      name: 'mp-app',
      mine: [1],
    });
  });
});
