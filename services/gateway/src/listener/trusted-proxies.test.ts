import { describe, expect, it } from '@jest/globals';
import { originOf, trustedProxies } from './trusted-proxies.ts';

const proxies = trustedProxies(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7']);
const from = (address: string, forwardedFor?: string, forwardedProto?: string) =>
  originOf({ address, encrypted: false }, { forwardedFor, forwardedProto }, proxies);

describe('where a call comes from', () => {
  it('is what trusted proxies say, and for everybody else the connection itself', () => {
    expect(from('10.1.2.3', '198.51.100.9', 'https')).toEqual({ address: '198.51.100.9', protocol: 'https', byProxy: true });
    expect(from('198.51.100.1', '203.0.113.5', 'https')).toEqual({ address: '198.51.100.1', protocol: 'http', byProxy: false });
    expect(from('::ffff:10.1.2.3', '198.51.100.9')).toMatchObject({ address: '198.51.100.9', byProxy: true });
    expect(from('2001:db8::5', '198.51.100.9')).toMatchObject({ byProxy: true });
  });

  it('is the last address that no proxy of ours has, since a client may write those before it', () => {
    expect(from('10.1.2.3', '1.1.1.1, 198.51.100.9, 10.9.9.9, 192.0.2.7').address).toBe('198.51.100.9');
    expect(from('10.1.2.3', '1.1.1.1, not an address').address).toBe('10.1.2.3');
    expect(from('10.1.2.3').address).toBe('10.1.2.3');
  });

  it('cannot be configured with what is no range', () => {
    for (const wrong of ['10.0.0.0/33', '10.0.0', 'proxy.example.com', '::1/129', '10.0.0.0/x']) expect(() => trustedProxies([wrong])).toThrow('no address');
  });
});
