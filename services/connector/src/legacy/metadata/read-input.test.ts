import { describe, expect, it } from '@jest/globals';
import { LegacyRefusal } from '../refusal.ts';
import { readWantedService, type WantedService } from './read-input.ts';

const read = (service: object): WantedService => readWantedService(JSON.stringify({ provider: 'p', name: 'n', description: 'd', ...service }));
const api = (more: object): WantedService['api'] => read({ api: { targetUrl: 'https://a.example.com/', ...more } }).api;
const refusal = (service: object): string => {
  try {
    read(service);
  } catch (error) {
    if (error instanceof LegacyRefusal) return error.message;
    throw error;
  }
  return '';
};
const structure = (text: string): string => `while validating input, Incorrect structure of service definition, ${text}`;

describe('a service that a client wants', () => {
  it('fetches its description where it brings none', () => {
    const spec = { format: 'JSON', type: 'OPEN_API' };
    expect(api({})).toEqual({ name: 'n', targetURL: 'https://a.example.com/', spec: undefined });
    expect(api({ specificationUrl: 'https://b.example.com/spec' })?.['spec']).toEqual({ ...spec, fetchRequest: { url: 'https://b.example.com/spec' } });
    expect(api({ specificationUrl: 'https://b.example.com/s.yaml' })?.['spec']).toMatchObject({ format: 'YAML' });
    expect(api({ apiType: 'ODATA' })?.['spec']).toEqual({ format: 'XML', type: 'ODATA', fetchRequest: { url: 'https://a.example.com/$metadata' } });
    expect(api({ apiType: 'odata', specificationUrl: 'https://b.example.com/s' })?.['spec']).toMatchObject({
      fetchRequest: { url: 'https://b.example.com/s' },
    });
    expect(api({ specificationUrl: 'https://b.example.com/spec', spec: { a: 1 } })?.['spec']).toEqual({ ...spec, data: '{"a":1}' });
  });

  it('fetches it with credentials of its own', () => {
    const given = {
      specificationCredentials: { basic: { username: 'u', password: 'p' } },
      specificationRequestParameters: { headers: { h: ['v'] }, queryParameters: {} },
    };
    expect(api({ specificationUrl: 'https://b.example.com/s', ...given })?.['spec']).toMatchObject({
      fetchRequest: { url: 'https://b.example.com/s', auth: { credential: { basic: { username: 'u', password: 'p' } }, additionalHeaders: { h: ['v'] } } },
    });
  });

  it('has the newer headers where it has both, and no credentials where it has none', () => {
    const bundle = (more: object) => read({ api: { targetUrl: 'https://a.example.com', ...more } }).bundle['defaultInstanceAuth'];
    expect(bundle({ headers: { old: ['1'] }, requestParameters: { headers: { fresh: ['2'] } } })).toEqual({ additionalHeaders: { fresh: ['2'] } });
    expect(bundle({ credentials: {}, headers: {}, requestParameters: { queryParameters: {} } })).toBeUndefined();
    expect(bundle({ credentials: { certificateGen: { commonName: 'c' } } })).toBeUndefined();
  });

  it('is read by names in any case, without what nobody knows', () => {
    const wanted = readWantedService(
      '{"Provider":"p","NAME":"n","description":"x","Description":"d","unknown":{},"Events":{"Spec":{"a":1}},"API":null,"identifier":""}',
    );
    expect(wanted).toMatchObject({ bundle: { name: 'n', description: 'd' }, api: undefined, events: { spec: { data: '{"a":1}' } }, identifier: undefined });
  });

  it.each([
    ['', 'targetUrl field cannot be empty.'],
    ['nope', 'targetUrl: nope does not validate as url'],
    ['http://', 'targetUrl: http:// does not validate as url'],
    ['http://a b', 'targetUrl: http://a b does not validate as url'],
    ['javascript:alert(1)', 'targetUrl: javascript:alert(1) does not validate as url'],
    ['file:///etc/passwd', 'targetUrl: file:///etc/passwd does not validate as url'],
  ])('is refused with the address %j', (targetUrl, text) => {
    expect(refusal({ api: { targetUrl } })).toBe(structure(text));
  });

  it.each(['https://a.example.com', 'http://localhost:8080/x?y=z', 'http://shop.production.svc.cluster.local', 'http://127.0.0.1', 'a.example.com/path'])(
    'is taken with the address %s',
    (targetUrl) => {
      expect(refusal({ api: { targetUrl } })).toBe('');
    },
  );

  it('is refused with incomplete credentials', () => {
    const credentials = { oauth: { url: 'x', csrfInfo: {} } };
    expect(refusal({ api: { targetUrl: 'https://a.example.com', credentials } })).toBe(
      structure(
        'url: x does not validate as url;oauth clientId field cannot be empty.;oauth clientSecret field cannot be empty.;tokenEndpointURL field cannot be empty.',
      ),
    );
    expect(refusal({ api: { targetUrl: 'https://a.example.com', credentials: { basic: { username: 'u' } } } })).toBe(
      structure('basic auth password field cannot be empty.'),
    );
  });
});
