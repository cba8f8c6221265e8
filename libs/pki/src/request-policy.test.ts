import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { basicConstraints, uriAlternativeName } from './certificate-extensions.ts';
import { CertificateRefused } from './certificate-refused.ts';
import { readCertificateRequest } from './certificate-request.ts';
import { bitString, contextPrimitive, integer, nothing, oid, sequence, set, text } from './der-write.ts';
import { parseDistinguishedName, printDistinguishedName } from './distinguished-name.ts';
import { OID } from './oids.ts';
import { acceptCertificateRequest, type RequestPolicy } from './request-policy.ts';
import { NEW_KEYS, openOpenSsl, type OpenSsl } from './testing/openssl.ts';
import { alternativeNames, CLIENT_ID, extensionRequest, KEYS, POLICY, requestDer, type RequestParts, SUBJECT_TEXT, wireForm } from './testing/requests.ts';

const DECODING = 'Error while decoding Certificate Signing Request: ';
const SIGNING = 'Error while signing Certificate Signing Request: ';
const URI = `spiffe://binnacle.test/tenant/t/application/${CLIENT_ID}`;

function refusalOf(csr: string, policy: Partial<RequestPolicy> = {}): string {
  try {
    acceptCertificateRequest(csr, { ...POLICY, ...policy });
    return 'accepted';
  } catch (error) {
    if (!(error instanceof CertificateRefused)) throw error;
    return error.message;
  }
}
const refusal = (parts: RequestParts, policy: Partial<RequestPolicy> = {}): string => refusalOf(wireForm(requestDer(parts)), policy);

describe('a certificate signing request', () => {
  let openssl: OpenSsl;
  beforeAll(() => {
    openssl = openOpenSsl();
  });
  afterAll(() => openssl.remove());

  const made = (key: string, ...more: readonly string[]): string => {
    const subject = `/O=Org/OU=OrgUnit/L=Locality/ST=State/C=PL/CN=${CLIENT_ID}`;
    const pem = openssl.run('req', '-new', '-newkey', ...(NEW_KEYS[key] ?? []), '-nodes', '-keyout', 'key.pem', '-subj', subject, ...more);
    return Buffer.from(pem).toString('base64');
  };

  it.each(['rsa2048', 'rsa3072', 'rsa4096', 'p256', 'p384', 'ed25519'])('of openssl with a %s key is accepted (B5)', (key) => {
    const request = acceptCertificateRequest(made(key), POLICY);
    expect(printDistinguishedName(request.subject.toReversed())).toBe(SUBJECT_TEXT);
    expect(request.key.export({ format: 'pem', type: 'spki' })).toBe(openssl.run('pkey', '-in', 'key.pem', '-pubout'));
  });

  it.each(['rsa512', 'rsa1024', 'rsa2048 with exponent 3', 'p224', 'p521', 'secp256k1', 'p256 with explicit parameters'])(
    'with a %s key is refused (T4, B5)',
    (key) => {
      expect(refusalOf(made(key))).toBe(`${SIGNING}CSR: Invalid key`);
    },
  );

  it('with a compressed point, or of a key that is for RSASSA-PSS only, is refused', () => {
    openssl.run('ecparam', '-name', 'prime256v1', '-genkey', '-conv_form', 'compressed', '-noout', '-out', 'compressed.pem');
    openssl.run('ec', '-in', 'compressed.pem', '-conv_form', 'compressed', '-out', 'compressed.pem');
    const pem = openssl.run('req', '-new', '-key', 'compressed.pem', '-subj', '/CN=x');
    expect(refusalOf(Buffer.from(pem).toString('base64'))).toBe(`${SIGNING}Error while parsing CSR: malformed public key`);
    expect(refusalOf(made('rsa-pss'))).toBe(`${SIGNING}CSR: Invalid signature algorithm`);
  });

  it.each(['rsa2048', 'p256'])('of a %s key that is signed with SHA-1 is refused (T4)', (key) => {
    expect(refusalOf(made(key, '-sha1'))).toBe(`${SIGNING}CSR: Invalid signature algorithm`);
  });

  it('is judged in the order of the contract', () => {
    expect(refusalOf('wrong-csr')).toBe(`${DECODING}Error while parsing base64 content. Incorrect value provided.`);
    expect(refusalOf('wrongCSR')).toBe(`${SIGNING}Error while decoding pem block.`);
    expect(refusalOf(wireForm(Buffer.from('junk')))).toMatch(new RegExp(`^${SIGNING}Error while parsing CSR: .`));
    const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey;
    const broken = requestDer({ key: weak, subject: 'CN=other' });
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
    expect(refusalOf(wireForm(broken))).toMatch(new RegExp(`^${SIGNING}CSR signature invalid: .`));
    const steps = [
      ['O=Org', 'CSR: Invalid common name provided.'],
      ['CN=other', 'CSR: Invalid common name provided.'],
      [`CN=${CLIENT_ID}`, 'CSR: No country provided.'],
      [`CN=${CLIENT_ID},C=DE`, 'CSR: Invalid country provided.'],
      [`CN=${CLIENT_ID},C=PL`, 'CSR: No organization provided.'],
      [`CN=${CLIENT_ID},C=PL,O=x`, 'CSR: Invalid organization provided.'],
      [`CN=${CLIENT_ID},C=PL,O=Org`, 'CSR: No organizational unit provided.'],
      [`CN=${CLIENT_ID},C=PL,O=Org,OU=x`, 'CSR: Invalid organizational unit provided.'],
      [`CN=${CLIENT_ID},C=PL,O=Org,OU=OrgUnit`, 'CSR: No locality provided.'],
      [`CN=${CLIENT_ID},C=PL,O=Org,OU=OrgUnit,L=x`, 'CSR: Invalid locality provided.'],
      [`CN=${CLIENT_ID},C=PL,O=Org,OU=OrgUnit,L=Locality`, 'CSR: No province provided.'],
      [`CN=${CLIENT_ID},C=PL,O=Org,OU=OrgUnit,L=Locality,ST=x`, 'CSR: Invalid province provided.'],
      [SUBJECT_TEXT, 'CSR: Invalid key'],
    ] as const;
    for (const [subject, message] of steps) expect(refusal({ key: weak, subject })).toBe(SIGNING + message);
  });

  it('may be wrapped, have words before its block and any label; not blanks in the base64, a second block or anything behind', () => {
    const pem = Buffer.from(wireForm(requestDer()), 'base64').toString();
    const send = (value: string): string => refusalOf(Buffer.from(value).toString('base64'));
    const wrapped = wireForm(requestDer()).replace(/.{76}/g, '$&\r\n');
    expect(refusalOf(wrapped)).toBe('accepted');
    expect(refusalOf(wrapped.replaceAll('\r\n', ' '))).toContain('Error while parsing base64 content');
    expect(send(`Certificate Request:\n    Data:\n${pem}`)).toBe('accepted');
    expect(send(pem.replaceAll('\n', '\r\n'))).toBe('accepted');
    expect(refusalOf(wireForm(requestDer(), 'SOMETHING'))).toBe('accepted');
    for (const text of [
      pem + pem,
      `${pem}x`,
      pem.replace('-----END', '----END'),
      pem.replace(/\n(.)/, '\n*$1'),
      pem.replace('\n', '\nProc-Type: 4,ENCRYPTED\n\n'),
    ]) {
      expect(send(text)).toBe(`${SIGNING}Error while decoding pem block.`);
    }
    expect(refusalOf('')).toBe(`${SIGNING}Error while decoding pem block.`);
    expect(refusalOf('A'.repeat(16_388))).toContain(DECODING);
  });

  it.each(['serialNumber', 'STREET', 'postalCode', 'emailAddress', 'DC', 'UID', '1.2.3.4'])('with %s in its subject is refused (T2)', (type) => {
    expect(refusal({ subject: `${type}=CN\\=victim,${SUBJECT_TEXT}` })).toBe(`${SIGNING}CSR: Invalid subject attribute provided: ${type}.`);
    expect(refusal({ subject: `${SUBJECT_TEXT},${type}=x` })).toContain('CSR: Invalid');
    expect(refusal({ subject: SUBJECT_TEXT.replace('O=Org', `O=Org+${type}=x`) })).toContain('CSR: Invalid');
  });

  it.each(['C=PL', 'O=Org', 'OU=OrgUnit', 'L=Locality', 'ST=State', `CN=${CLIENT_ID}`, 'CN=victim', 'OU=Other'])(
    'with a second %s is refused (T2)',
    (second) => {
      expect(refusal({ subject: `${SUBJECT_TEXT},${second}` })).toContain('CSR: Invalid');
      expect(refusal({ subject: `${second},${SUBJECT_TEXT}` })).toContain('CSR: Invalid');
    },
  );

  it('with a common name that is no text, or only begins like the id, is refused', () => {
    const others = SUBJECT_TEXT.replace(/,CN=.*/, '');
    for (const value of ['\\00', ' ', 'x'])
      expect(refusal({ subject: `${others},CN=${CLIENT_ID}${value === ' ' ? '\\ ' : value}` })).toContain('CSR: Invalid common name');
    const invalidUtf8 = Buffer.concat([Buffer.from([0x0c, CLIENT_ID.length + 1]), Buffer.from(CLIENT_ID), Buffer.from([0xff])]).toString('hex');
    for (const der of [invalidUtf8, '0403414243', '0101ff', '1301ff', '1602c3a4']) {
      const subject = [...parseDistinguishedName(others), [{ type: 'CN', der }]];
      expect(refusal({ subject })).toBe(`${SIGNING}Error while parsing CSR: malformed subject`);
    }
  });

  it('may ask for the URI that it gets anyway, and for nothing else, or is signed without it (B7)', () => {
    const asking = (...extensions: readonly Uint8Array[]): RequestParts => ({ attributes: [extensionRequest(...extensions)] });
    const uri = contextPrimitive(6, Buffer.from(URI));
    const dns = contextPrimitive(2, Buffer.from('director.test'));
    expect(refusal(asking(uriAlternativeName(URI)), { uri: URI })).toBe('accepted');
    const unwanted = [
      asking(uriAlternativeName('spiffe://binnacle.test/tenant/t/application/victim')),
      asking(alternativeNames(dns)),
      asking(alternativeNames(uri, dns)),
      asking(alternativeNames(uri, uri)),
      asking(basicConstraints({ pathLength: undefined })),
      asking(uriAlternativeName(URI), basicConstraints(false)),
    ];
    for (const parts of unwanted) {
      expect(refusal(parts, { uri: URI })).toMatch(new RegExp(`^${SIGNING}CSR: Invalid extension requested: 2\\.5\\.29\\.1[79]\\.$`));
      expect(refusal(parts, { unwantedExtensions: 'ignore' })).toBe('accepted');
    }
    expect(refusal(asking(uriAlternativeName(URI)))).toContain('CSR: Invalid extension requested');
    const password = sequence(oid('1.2.840.113549.1.9.7'), set(text(0x0c, 'secret')));
    expect(refusal({ attributes: [password] })).toBe('accepted');
    expect(refusal({ attributes: [extensionRequest(), extensionRequest()] })).toContain('Error while parsing CSR');
  });

  it('is signed for the key only that the enrolment was bound to, and never for a key of ours', () => {
    const { spkiSha256 } = readCertificateRequest(requestDer()).publicKey;
    expect(refusal({}, { requiredSpkiSha256: spkiSha256, forbiddenSpkiSha256: new Set(['x']) })).toBe('accepted');
    expect(refusal({ key: KEYS.p384 }, { requiredSpkiSha256: spkiSha256 })).toContain('CSR: Invalid key');
    expect(refusal({}, { forbiddenSpkiSha256: new Set([spkiSha256]) })).toContain('CSR: Invalid key');
    expect(refusal({}, { keyKinds: ['rsa'] })).toContain('CSR: Invalid key');
  });

  it('must be DER of version 1 with an attributes part', () => {
    expect(refusal({ version: 1 })).toContain('Error while parsing CSR: malformed request');
    const der = requestDer();
    for (const bytes of [
      Buffer.concat([der, Buffer.from([0])]),
      der.subarray(0, -1),
      Buffer.concat([Buffer.from([0x30, 0x80]), der.subarray(4), Buffer.alloc(2)]),
    ]) {
      expect(refusalOf(wireForm(bytes))).toContain('Error while parsing CSR');
    }
    // The same value with a length of three octets where two would do.
    expect(refusalOf(wireForm(Buffer.concat([Buffer.from([0x30, 0x83, 0]), der.subarray(2)])))).toContain('Error while parsing CSR');
  });

  it('is DER in every part, also in attributes that nobody reads', () => {
    const attribute = (value: string): Uint8Array => sequence(oid('1.2.840.113549.1.9.7'), set(Buffer.from(value, 'hex')));
    expect(refusal({ attributes: [attribute('0c0178')] })).toBe('accepted');
    for (const value of ['010178', '0102ffff', '050100', '02020001', '0200', '1e0178', '1c027878', '100178', '2c030c0178', '030108', '0600']) {
      expect(refusal({ attributes: [attribute(value)] })).toContain('Error while parsing CSR');
    }
  });

  it('with a costly or impossible RSA key is refused before the key is used', () => {
    const rsaSpki = (modulus: Uint8Array, exponent: Uint8Array): Buffer =>
      sequence(sequence(oid(OID.rsaEncryption), nothing), bitString(sequence(integer(modulus), integer(exponent))));
    const huge = Buffer.alloc(1_500, 0xff);
    expect(refusal({ spki: rsaSpki(huge, Buffer.from([1, 0, 1])) })).toContain('CSR: Invalid key');
    expect(refusal({ spki: rsaSpki(Buffer.alloc(256, 0xff), Buffer.alloc(9, 0xff)) })).toContain('CSR: Invalid key');
  });

  it.each(['rsa', 'p256', 'p384', 'ed25519'] as const)('of a %s key is refused when any one bit of it is another (B6)', (kind) => {
    const der = requestDer({ key: KEYS[kind], attributes: [extensionRequest(uriAlternativeName(URI))] });
    expect(readCertificateRequest(der).publicKey.kind).toBe(kind);
    const accepted: number[] = [];
    for (let bit = 0; bit < der.length * 8; bit += 1) {
      const flipped = Buffer.from(der);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      try {
        readCertificateRequest(flipped);
        accepted.push(bit);
      } catch (error) {
        if (!(error instanceof CertificateRefused)) throw error;
      }
    }
    expect(accepted).toEqual([]);
  });
});
