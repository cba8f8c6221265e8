import { describe, expect, it } from '@jest/globals';
import { printDistinguishedName } from './distinguished-name.ts';
import { faultsOfSubject, subjectName, subjectText } from './subject.ts';
import { SUBJECT } from './testing/requests.ts';

describe('the subject of our certificates', () => {
  it('is told in the order that clients know, and written in the order of the contract', () => {
    expect(subjectText(SUBJECT, 'id')).toBe('O=Org,OU=OrgUnit,L=Locality,ST=State,C=PL,CN=id');
    expect(printDistinguishedName(subjectName(SUBJECT, 'id'))).toBe('CN=id,OU=OrgUnit,O=Org,L=Locality,ST=State,C=PL');
  });

  it('holds nothing that clients would split at', () => {
    expect(faultsOfSubject(SUBJECT)).toEqual([]);
    for (const value of ['', ' x', 'a,b', 'a=b', 'a\nb', 'x'.repeat(65)]) expect(faultsOfSubject({ ...SUBJECT, locality: value })).toHaveLength(1);
    expect(faultsOfSubject({ ...SUBJECT, country: 'POL', organization: '' })).toHaveLength(2);
  });
});
