import { describe, expect, it } from '@jest/globals';
import { GatewayRefusal } from '../refusal.ts';
import { boundTo, hostClassOf, namedHosts } from './hosts.ts';

const names = namedHosts({ domain: 'example.com', bare: ['localhost', '[::1]'] });
const outcome = (host: string, table = names): string | number => {
  try {
    return hostClassOf(host, table);
  } catch (error) {
    if (error instanceof GatewayRefusal) return error.status;
    throw error;
  }
};

describe('the name a client calls', () => {
  it.each([
    ['compass-gateway.example.com', 'jwt'],
    ['compass-gateway.example.com:8443', 'jwt'],
    ['COMPASS-Gateway.Example.COM.', 'jwt'],
    ['compass-gateway-auth-oauth.example.com', 'oauth'],
    ['compass-gateway-mtls.example.com', 'cert'],
    ['compass-gateway-sap-mtls.example.com', 'foreign'],
    ['adapter-gateway.example.com', 'adapter'],
    ['adapter-gateway-mtls.example.com', 'adapter-cert'],
    ['oauth2.example.com', 'token'],
    ['hydrator.example.com', 'health'],
    ['localhost:8443', 'bare'],
    ['[::1]:8443', 'bare'],
    ['evil.compass-gateway.example.com', 421],
    ['compass-gateway.example.com.evil', 421],
    ['example.com', 421],
    ['[::2]', 421],
    ['compass-gateway.example.com@evil', 400],
    ['compass-gateway.example.com:99999', 400],
    ['compass-gateway.example.com:80:80', 400],
    ['a b', 400],
    ['', 400],
  ])('%s is %s', (host, expected) => {
    expect(outcome(host)).toBe(expected);
  });

  it('is not looked at where a listener is bound to one class', () => {
    expect(outcome('whatever.test', boundTo('cert'))).toBe('cert');
    expect(outcome('not a name', boundTo('cert'))).toBe(400);
  });
});
