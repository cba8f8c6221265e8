import { describe, expect, it } from '@jest/globals';
import { sortedSubject, subjectFault } from './subject.ts';

describe('the subject of a mapping', () => {
  it('is stored in one order, whatever order it came in; the state is left out', () => {
    const sorted = 'CN=compass, OU=2c0f, OU=E2E Org, OU=Region, O=Org, L=Here, C=DE';
    expect(sortedSubject('C=DE, L=Here, O=Org, OU=Region, OU=E2E Org, OU=2c0f, CN=compass')).toBe(sorted);
    expect(sortedSubject('cn=compass,OU=E2E Org,ST=State,OU=2c0f , OU=Region,O=Org,L=Here,C=DE')).toBe(sorted);
    expect(sortedSubject(sorted)).toBe(sorted);
  });

  it('keeps an escaped comma in its value', () => {
    expect(sortedSubject('C=DE, L=l, O=Acme\\, Inc, OU=u, CN=c')).toBe('CN=c, OU=u, O=Acme\\, Inc, L=l, C=DE');
  });

  it.each([
    ['', 'must be a valid certificate subject'],
    ['nonsense', 'must be a valid certificate subject'],
    ['CN=, O=a', 'must be a valid certificate subject'],
    ['CN=a, O=b, L=c, C=DE', 'must have OU'],
    ['OU=a', 'must have C, O, L, CN'],
    ['C=DE, O=o, OU=u, L=l, CN=a, CN=b', 'must have one CN only'],
    ['C=DE, O=o, OU=u, L=l, CN=a, serialNumber=1', 'has attributes that are not compared: SERIALNUMBER'],
  ])('%j is refused: %s', (subject, fault) => {
    expect(subjectFault(subject)).toBe(fault);
  });
});
