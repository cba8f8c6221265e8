import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { onlyValueOf, parseDistinguishedName } from './distinguished-name.ts';
import { ForwardedClientCertError, parseForwardedClientCert } from './forwarded-client-cert.ts';

const EMPTY = { by: [], hash: undefined, cert: undefined, chain: undefined, subject: undefined, uri: [], dns: [] };

describe('X-Forwarded-Client-Cert', () => {
  it('is read in any order of its attributes, an empty URI included', () => {
    const subject = 'O=Org,OU=OrgUnit,L=Locality,ST=State,C=PL,CN=id';
    const expected = { ...EMPTY, by: ['spiffe://mesh/gateway'], hash: 'abcd', subject };
    expect(parseForwardedClientCert(`By=spiffe://mesh/gateway;Hash=abcd;Subject="${subject}";URI=`)).toEqual([expected]);
    expect(parseForwardedClientCert(`URI=;Subject="${subject}"; Hash=ABCD ;By=spiffe://mesh/gateway`)).toEqual([expected]);
    expect(parseForwardedClientCert('Hash=abc;Subject="";URI=')).toEqual([{ ...EMPTY, hash: 'abc', subject: '' }]);
  });

  it('has certificates URL-encoded, and several elements, URIs and names', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nAB+/=\n-----END CERTIFICATE-----\n';
    const header = `Hash=01;Cert="${encodeURIComponent(pem)}";URI=spiffe://a;URI="spiffe://b,c;d=e";DNS=x;DNS=y, By="a\\"b\\\\";Hash=02`;
    expect(parseForwardedClientCert(header)).toEqual([
      { ...EMPTY, hash: '01', cert: pem, uri: ['spiffe://a', 'spiffe://b,c;d=e'], dns: ['x', 'y'] },
      { ...EMPTY, by: ['a"b\\'], hash: '02' },
    ]);
  });

  it.each([
    '',
    'Hash',
    'Hash=01;Hash=02',
    'Subject="CN=a";Subject="CN=b"',
    'Subject="CN=a',
    'Subject=CN=a"b"',
    'Subject="CN=a"x',
    'Hash=xyz',
    'CN=victim;Hash=01',
    'Cert="%zz"',
    'Subject="CN=a",CN=victim"',
    'Subject="CN=a",Subject',
    'Hash=01,',
    ';Hash=01',
    `Hash=${'0'.repeat(70_000)}`,
  ])('is refused as %j', (header) => {
    expect(() => parseForwardedClientCert(header)).toThrow(ForwardedClientCertError);
  });

  it.each(['Subject="CN=a\\",CN=victim"', 'Subject="OU=CN=victim,CN=a"', 'Subject="serialNumber=CN=victim,CN=a"', 'Subject="CN=a\\\\";Hash=00'])(
    'never yields the victim of %s (T-6)',
    (header) => {
      const [element] = parseForwardedClientCert(header);
      expect(onlyValueOf(parseDistinguishedName(element?.subject ?? ''), 'CN')).not.toBe('victim');
    },
  );

  it('is read or refused, nothing else, whatever it is', () => {
    const unit = fc.constantFrom('Subject=', 'Hash=', 'URI=', 'By=', 'Cert=', '"', '\\', ',', ';', '=', 'CN=x', '%41', '%', 'ab', ' ', '01');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 14 }), (header) => {
        try {
          expect(parseForwardedClientCert(header).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(ForwardedClientCertError);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
